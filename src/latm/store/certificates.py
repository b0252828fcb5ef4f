"""Audits and certificates in the database: what is drawn, what is due, what was found, what it proves.

Every answer is counted in the transaction that puts it on record, with the coin that its own name decides. So an answer
is in a bound exactly if it is on record, and an audit that was drawn is due until it has a verdict, whatever happens.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, select, update

from latm.answer import Route
from latm.auditing import Audited, Fact, Goal, Renewed, Retargeted, Source
from latm.event import Event, EventKind
from latm.ledger import Usage
from latm.question import ANY
from latm.store.answers import serve_no_more
from latm.store.certifying import load_state, state_of
from latm.store.compared import ABSTAINED, RIGHT, WRONG, Audit, Certified, Named, Verdict
from latm.store.counting import Given, advanced, coin_of, compare_in_shadow, due_row
from latm.store.database import Database, in_parts, now
from latm.store.dialects import Clock, upsert
from latm.store.drifting import ask_again, conclude_change
from latm.store.examples import KEPT, add_to_samples
from latm.store.loading import load_scopes, load_versions
from latm.store.names import ids_of
from latm.store.owners import is_alive
from latm.store.payments import settle
from latm.store.schema import answers, audits, certificates, tasks
from latm.store.usage import AnyRow, usage_of, usage_values
from latm.task import GOLD, Example
from latm.tool import ToolStatus, ToolVersion

_TWICE = 0.1
"""Share of the audits that ask the reference twice, to see how often it disagrees with itself."""
_WATCHED = (ToolStatus.SERVING, ToolStatus.SHADOW)


class CertificateTable(Database):
    """What the tool cache knows of audits."""

    def certificates(self, task: str | None = None) -> list[Certified]:
        """What is known of each version that was ever watched or served, by task and number."""
        found = select(certificates, tasks.c.name).join(tasks, tasks.c.id == certificates.c.task_id)
        if task is not None:
            found = found.where(tasks.c.name == task)
        counted = select(
            audits.c.task_id,
            audits.c.version,
            func.count().filter(audits.c.verdict.in_((RIGHT, WRONG)), audits.c.source != Source.OLD).label("audits"),
            func.count().filter(audits.c.due.is_not(None)).label("due"),
            func.count(audits.c.agrees).label("twice"),
            func.count().filter(audits.c.agrees == 0).label("disagreed"),
            func.count(audits.c.judged).filter(audits.c.source != Source.OLD).label("judged"),
            func.count().filter(audits.c.judged == 0, audits.c.source != Source.OLD).label("contradicted"),
        ).group_by(audits.c.task_id, audits.c.version)
        with self.reading() as connection:
            rows = connection.execute(found.order_by(tasks.c.name, certificates.c.version)).all()
            counts = {(row.task_id, row.version): row for row in connection.execute(counted).all()}
        return [_certified(row, counts.get((row.task_id, row.version))) for row in rows]

    def audits(self, task: str | None = None, *, verdict: str | None = None, limit: int | None = 100) -> list[Audit]:
        """Audits, the newest first.

        Args:
            task: only of versions of this task.
            verdict: only those with this verdict; empty for those that are due.
            limit: how many at most; None for all.
        """
        found = _select_audits().order_by(audits.c.id.desc()).limit(limit)
        if task is not None:
            found = found.where(tasks.c.name == task)
        if verdict is not None:
            found = found.where(audits.c.verdict == verdict)
        with self.reading() as connection:
            return _to_audits(connection, connection.execute(found).all())

    def audits_wait(self) -> bool:
        """Whether an audit could be carried out now, by anybody."""
        with self.reading() as connection:
            ready = select(audits.c.id).where(audits.c.due <= Clock()).limit(1)
            if connection.execute(ready).first() is not None:
                return True
            held = select(audits.c.owner).where(audits.c.due.is_not(None), audits.c.owner != "").distinct()
            return any(not is_alive(owner) for owner in connection.scalars(held))

    def claim_audits(self, owner: str, seconds: float, limit: int) -> list[Audit]:
        """Audits that are due, for the owner alone to carry out; the oldest first.

        Args:
            owner: who carries them out, as `new_owner` names it.
            seconds: until when, from now; after that, or once the owner's process has ended, others may take over.
            limit: how many at most.
        """
        with self.writing() as connection:
            _free_the_dead(connection)
            ready = select(audits.c.id).where(audits.c.due <= Clock()).order_by(audits.c.id).limit(limit)
            ids = connection.scalars(ready).all()
            if not ids:
                return []
            held = {"owner": owner, "due": Clock() + seconds}
            connection.execute(update(audits).where(audits.c.id.in_(ids)).values(held))
            rows = connection.execute(_select_audits().where(audits.c.id.in_(ids)).order_by(audits.c.id)).all()
            return _to_audits(connection, rows)

    def postpone_audit(  # noqa: PLR0913, PLR0917  # one try, and what it came to
        self, audit_id: int, tries: int, why: str, usage: Usage, seconds: float, reference: str | None = None
    ) -> None:
        """Say that the reference could not be asked; it is asked again, and until then the audit counts as found wrong.

        Args:
            audit_id: which.
            tries: how many came before this one; each counts once.
            why: what failed.
            usage: what was spent all the same.
            seconds: until it is tried again.
            reference: what it has said all the same, so that it is not asked for that again.
        """
        with self.writing() as connection:
            later: dict[str, Any] = {"owner": "", "tries": tries + 1, "why": why, "due": Clock() + seconds}
            later |= {} if reference is None else {"reference": reference}
            this_try = (audits.c.id == audit_id, audits.c.due.is_not(None), audits.c.tries == tries)
            if connection.execute(update(audits).where(*this_try).values(later).returning(audits.c.id)).first():
                _add_usage(connection, audit_id, usage)

    def settle_audit(self, audit_id: int, found: Verdict, *, owner: str = "", compare: bool = True) -> list[Event]:
        """Put a verdict on record with all that follows from it; of two for one audit, the first counts.

        A wrong answer becomes an example of its task as the reference answers it, for the next version to be held
        against.

        Args:
            audit_id: which.
            found: the verdict.
            owner: who claimed it; what it says once more, as it has not heard that it is on record, changes nothing.
            compare: whether the task may have a version in shadow, which the reference speaks of as well.

        Returns:
            What happened to the version.
        """
        settled = {
            "due": None,
            "owner": owner,
            "verdict": found.verdict,
            "text": found.text,
            "reference": found.reference,
            "again": found.again,
            "agrees": None if found.agrees is None else int(found.agrees),
            "judged": None if found.judged is None else int(found.judged),
            "why": "",
            "settled_at": now(),
        }
        with self.writing() as connection:
            which = update(audits).where(audits.c.id == audit_id, audits.c.due.is_not(None))
            row = connection.execute(which.values(settled).returning(audits)).first()
            if row is None:
                if not _is_settled(connection, audit_id, owner):
                    _add_usage(connection, audit_id, found.usage)
                return []
            _add_usage(connection, audit_id, found.usage)
            if found.verdict == ABSTAINED:  # the question was not its own; nothing was asked of the model
                connection.execute(delete(audits).where(audits.c.id == audit_id))
                return []
            if row.source == Source.EXACT:
                if found.verdict == WRONG:
                    serve_no_more(connection, row.serial)
                return []
            _let_it_teach(connection, row, found)
            if compare:
                _compare_the_shadow(connection, row, found)
            return _audited(connection, row, wrong=found.verdict == WRONG)

    def answered(self, names: Sequence[str], *, by: Literal["serial", "id", "question"] = "serial") -> list[Named]:
        """Answers on record, the oldest first, as audits that nobody has asked for yet.

        Args:
            names: of answers: their serials, the ids that callers gave their questions, or the questions.
            by: which of these they are.
        """
        found: list[Named] = []
        column = answers.c[by]
        with self.reading() as connection:
            for part in in_parts(names):
                which = (column.in_(part), answers.c.serial.is_not(None))
                given = select(answers, tasks.c.name).join(tasks, tasks.c.id == answers.c.tool_task, isouter=True)
                scope_of = load_scopes(connection, select(answers.c.scope).where(*which))
                for row in connection.execute(given.where(*which).order_by(answers.c.row)).all():
                    of = (row.serial, row.name or "", row.version or 0, Source.GOLD, row.question)
                    audit = Audit(0, *of, scope_of.get(row.scope, ANY), text=row.text)
                    found.append(Named(getattr(row, by), audit, row.name is not None, row.route == Route.EXACT))
        return found

    def report(self, reported: Sequence[Audit]) -> tuple[int, list[Event]]:
        """Put gold answers on record, or callers' words that answers were wrong: evidence of its own kind, in no bound.

        Args:
            reported: as `answered` gave them, each with a verdict, and with the right answer as far as it is known.

        Returns:
            How many were new, and what happened to their versions.
        """
        happened: list[Event] = []
        count = 0
        with self.writing() as connection:
            for one in reported:
                count += one.verdict == WRONG and serve_no_more(connection, one.serial)
                row = connection.execute(select(answers).where(answers.c.serial == one.serial)).first()
                if row is None or row.tool_task is None:
                    continue
                given = Given(one.serial, row.question, row.text, row.scope)
                gold = due_row(given, row.tool_task, row.version, row.epoch or 0, Source.GOLD)
                gold |= {"due": None, "verdict": one.verdict, "reference": one.reference, "settled_at": now()}
                new = upsert(connection, audits).values(gold).on_conflict_do_nothing().returning(audits)
                kept = connection.execute(new).first()
                if kept is not None:
                    count += 1
                    _let_it_teach(connection, kept, Verdict(one.verdict, one.text, one.reference, source=GOLD))
                    happened += _audited(connection, kept, wrong=one.verdict == WRONG)
        return count, happened

    def retarget(self, goal_of: Callable[[ToolVersion], Goal]) -> list[Event]:
        """Let what is asked of every version be as the settings say now.

        Args:
            goal_of: what is asked of a version.

        Returns:
            What followed from it: a version that has not earned its promotion goes back into shadow.
        """
        happened: list[Event] = []
        with self.writing() as connection:
            for version in load_versions(connection):
                if version.status not in _WATCHED:
                    continue
                task_id, goal = ids_of(connection, [version.task])[version.task], goal_of(version)
                state = load_state(connection, task_id, version.number)
                if state.goal == goal:
                    continue
                facts: list[Fact] = [Retargeted(goal)]
                if state.goal.audit_share != goal.audit_share:
                    facts.append(Renewed(state.epoch.number))  # a bound over both would go by the smaller share
                happened += advanced(connection, task_id, version.task, version.number, facts)
        return happened


def _audited(connection: Connection, row: AnyRow, *, wrong: bool) -> list[Event]:
    name = connection.execute(select(tasks.c.name).where(tasks.c.id == row.task_id)).scalar_one_or_none() or ""
    fact = Audited(row.epoch, wrong, Source(row.source))
    happened = advanced(connection, row.task_id, name, row.version, [fact])
    if not name:
        return happened
    if fact.source is Source.OLD:
        given_up = next((event for event in happened if event.kind is EventKind.RETIRED), None)
        return happened + (conclude_change(connection, row.task_id, name, given_up.why) if given_up else [])
    if fact.source not in {Source.COIN, Source.SHADOW}:
        return happened
    state = load_state(connection, row.task_id, row.version)
    return happened + ask_again(connection, row.task_id, name, row.version, state)


def _let_it_teach(connection: Connection, row: AnyRow, found: Verdict) -> None:
    """A wrong answer's question is a standing case from now on, with the answer that the reference gave."""
    if found.verdict != WRONG or not found.reference or found.agrees is False:
        return
    scope = load_scopes(connection, select(tasks.c.scope).where(tasks.c.id == row.task_id)).get(row.scope)
    if scope is not None:
        case = Example(row.question, found.reference, found.source, scope)
        add_to_samples(connection, [(row.task_id, case)], KEPT)


def _compare_the_shadow(connection: Connection, row: AnyRow, found: Verdict) -> None:
    """A reference that was paid for speaks of the newer version in shadow as well."""
    if row.source == Source.COIN and found.reference:
        given = Given(row.serial, row.question, found.reference, row.scope)
        compare_in_shadow(connection, [(row.task_id, given)])


def _is_settled(connection: Connection, audit_id: int, owner: str) -> bool:
    """Whether this very owner's verdict is on record."""
    settled = select(audits.c.owner).where(audits.c.id == audit_id, audits.c.due.is_(None))
    return bool(owner) and connection.execute(settled).scalar_one_or_none() == owner


def _add_usage(connection: Connection, audit_id: int, usage: Usage) -> None:
    if not usage.calls:
        return
    row = connection.execute(select(audits).where(audits.c.id == audit_id)).first()
    if row is not None:
        spent = usage_values(usage_of(row) + usage)
        connection.execute(update(audits).where(audits.c.id == audit_id).values(spent))
        settle(connection, [usage])


def _free_the_dead(connection: Connection) -> None:
    held = select(audits.c.owner).where(audits.c.due.is_not(None), audits.c.owner != "").distinct()
    dead = [owner for owner in connection.scalars(held) if not is_alive(owner)]
    if dead:
        again = {"owner": "", "due": Clock()}
        connection.execute(update(audits).where(audits.c.owner.in_(dead), audits.c.due.is_not(None)).values(again))


def _select_audits() -> Any:
    return select(audits, tasks.c.name).join(tasks, tasks.c.id == audits.c.task_id, isouter=True)


def _to_audits(connection: Connection, rows: Sequence[AnyRow]) -> list[Audit]:
    scope_of = load_scopes(connection, select(audits.c.scope).distinct()) if any(row.scope for row in rows) else {}
    throws = coin_of(connection)
    return [
        Audit(
            id=row.id,
            serial=row.serial,
            task=row.name or "",
            version=row.version,
            source=Source(row.source),
            question=row.question,
            scope=scope_of.get(row.scope, ANY),
            text=row.text,
            reference=row.reference,
            again=row.again,
            verdict=row.verdict,
            tries=row.tries,
            asks_twice=throws.falls(row.serial, _TWICE, purpose="again"),
            usage=usage_of(row),
            why=row.why,
            settled_at=row.settled_at,
        )
        for row in rows
    ]


def _certified(row: AnyRow, counted: AnyRow | None) -> Certified:
    known = Certified(row.name, row.version, state_of(row), audited_at=row.audited_at, begun_at=row.begun_at)
    if counted is None:
        return known
    twice = {"asked_twice": counted.twice, "disagreed": counted.disagreed}
    twice |= {"judged": counted.judged, "contradicted": counted.contradicted}
    return replace(known, audits=counted.audits, due=counted.due, **twice)
