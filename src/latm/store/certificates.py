"""Audits and certificates in the database: which audits are drawn and due, what they found, and what that proves.

Every answer is counted in the transaction that records it, and its own name decides its coin. So an answer
is in a bound exactly if it is on record, and a drawn audit stays due until it has a verdict, whatever happens.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, select, update

from latm.answer import Route
from latm.auditing import Audited, Fact, Goal, Renewed, Retargeted, Source
from latm.event import Event, EventKind
from latm.ledger import Usage
from latm.question import ANY
from latm.store.answers import serve_no_more
from latm.store.certifying import certificate_rows, load_state, state_of
from latm.store.compared import ABSTAINED, RIGHT, WRONG, Audit, Certified, Named, Verdict
from latm.store.counting import Given, advanced, coin_of, compare_in_shadow, due_row
from latm.store.database import Database, in_parts, now, rows_of
from latm.store.dialects import Clock, upsert
from latm.store.drifting import ask_again, conclude_change
from latm.store.examples import add_to_samples
from latm.store.loading import load_scopes, load_versions
from latm.store.names import ids_of, names_of
from latm.store.owners import is_alive
from latm.store.payments import keep_forgotten, settle
from latm.store.schema import answers, audits, certificates, tasks
from latm.store.usage import AnyRow, usage_of, usage_values
from latm.task import GOLD, Example
from latm.tool import ToolStatus, ToolVersion

_TWICE = 0.1
"""The share of audits that ask the reference twice, to see how often it disagrees with itself."""
_WATCHED = (ToolStatus.SERVING, ToolStatus.SHADOW)


class CertificateTable(Database):
    """The audits in the tool cache."""

    def certificates(self, task: str | None = None) -> list[Certified]:
        """What is known about each version that was ever watched or served, by task and number."""
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
            task: only audits of this task's versions.
            verdict: only audits with this verdict; empty for those that are due.
            limit: the most audits; None for all.
        """
        found = _select_audits().order_by(audits.c.id.desc()).limit(limit)
        if task is not None:
            found = found.where(tasks.c.name == task)
        if verdict is not None:
            found = found.where(audits.c.verdict == verdict)
        with self.reading() as connection:
            return _to_audits(connection, connection.execute(found).all())

    def audits_wait(self) -> bool:
        """Whether anybody could carry out an audit now."""
        with self.reading() as connection:
            ready = select(audits.c.id).where(audits.c.due <= Clock()).limit(1)
            if connection.execute(ready).first() is not None:
                return True
            held = select(audits.c.owner).where(audits.c.due.is_not(None), audits.c.owner != "").distinct()
            return any(not is_alive(owner) for owner in connection.scalars(held))

    def claim_audits(
        self, owner: str, seconds: float, limit: int, newest: int | None = None, *, shadow: bool | None = None
    ) -> list[Audit]:
        """Claim due audits, the oldest first, so that only the owner carries them out.

        Args:
            owner: who carries them out, as named by `new_owner`.
            seconds: how long the claim holds. After that, or once the owner's process has ended, others may take over.
            limit: the most audits.
            newest: only audits up to this id, and the old questions that follow from them; None for all.
            shadow: True: only audits of versions in shadow; False: only the others; None: all.
        """
        ready = select(audits.c.id).where(audits.c.due <= Clock())
        if newest is not None:
            ready = ready.where((audits.c.id <= newest) | (audits.c.source == Source.OLD))
        if shadow is not None:
            ready = ready.where((audits.c.source == Source.SHADOW) == shadow)
        with self.writing() as connection:
            _free_the_dead(connection)
            ids = connection.scalars(ready.order_by(audits.c.id).limit(limit)).all()
            if not ids:
                return []
            held = {"owner": owner, "due": Clock() + seconds}
            connection.execute(update(audits).where(audits.c.id.in_(ids)).values(held))
            rows = connection.execute(_select_audits().where(audits.c.id.in_(ids)).order_by(audits.c.id)).all()
            return _to_audits(connection, rows)

    def postpone_audit(  # noqa: PLR0913, PLR0917  # one try, and what it came to
        self, audit_id: int, tries: int, why: str, usage: Usage, seconds: float, reference: str | None = None
    ) -> None:
        """Record that the reference could not be asked. It is asked again; until then the audit counts as found wrong.

        Args:
            audit_id: the audit's id.
            tries: how many tries came before this one; each counts once.
            why: what failed.
            usage: what was spent nevertheless.
            seconds: how long until the next try.
            reference: what it said nevertheless, so that it is not asked for that again.
        """
        with self.writing() as connection:
            later: dict[str, Any] = {"owner": "", "tries": tries + 1, "why": why, "due": Clock() + seconds}
            later |= {} if reference is None else {"reference": reference}
            this_try = (audits.c.id == audit_id, audits.c.due.is_not(None), audits.c.tries == tries)
            if connection.execute(update(audits).where(*this_try).values(later).returning(audits.c.id)).first():
                _add_usage(connection, audit_id, usage)

    def newest_audit(self) -> int:
        """The id of the latest audit; 0 without one."""
        with self.reading() as connection:
            newest: int = connection.execute(select(func.coalesce(func.max(audits.c.id), 0))).scalar_one()
        return newest

    def settle_audits(self, found: Mapping[int, Verdict], *, owner: str = "") -> list[Event]:
        """Record verdicts with all that follows from them. Of two verdicts for one audit, the first counts.

        The question of a wrong answer becomes an example of its task, with the reference's answer, and the next
        version is verified with it.

        Args:
            found: the verdicts, by the ids of their audits.
            owner: who claimed them; a verdict that it repeats because it did not learn of the record changes nothing.

        Returns:
            The events of the versions.
        """
        with self.writing() as connection:
            rows = _still_due(connection, found)
            for late in found.keys() - {row.id for row in rows}:
                if not _is_settled(connection, late, owner):
                    _add_usage(connection, late, found[late].usage)
            if not rows:
                return []
            settled = update(audits).where(audits.c.id == bindparam("which"))
            connection.execute(settled, [_settled_values(row, found[row.id], owner) for row in rows])
            settle(connection, [found[row.id].usage for row in rows])
            _forget_abstained(connection, [row for row in rows if found[row.id].verdict == ABSTAINED], found)
            kept = [row for row in rows if found[row.id].verdict != ABSTAINED]
            for row in kept:
                if row.source != Source.EXACT:
                    _let_it_teach(connection, row, found[row.id])
                elif found[row.id].verdict == WRONG:
                    serve_no_more(connection, row.serial)
            _compare_the_shadows(connection, kept, found)
            of_versions = [(row, found[row.id].verdict == WRONG) for row in kept if row.source != Source.EXACT]
            return _audited(connection, of_versions)

    def answered(self, names: Sequence[str], *, by: Literal["serial", "id", "question"] = "serial") -> list[Named]:
        """Recorded answers, the oldest first, as audits that nobody has asked for yet.

        Args:
            names: what names the answers: their serials, the ids that callers gave their questions, or the questions.
            by: which of these the names are.
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
        """Record gold answers, or callers' reports of wrong answers. This separate evidence is not in any bound.

        Args:
            reported: audits from `answered`, each with a verdict, and with the right answer if that is known.

        Returns:
            How many were new, and the events of their versions.
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
                    happened += _audited(connection, [(kept, one.verdict == WRONG)])
        return count, happened

    def retarget(self, goal_of: Callable[[ToolVersion], Goal]) -> list[Event]:
        """Ask of every version what the settings ask now.

        Args:
            goal_of: the goal of a version.

        Returns:
            The events that follow: a version that has not earned its promotion goes back into shadow.
        """
        happened: list[Event] = []
        with self.writing() as connection:
            watched = [version for version in load_versions(connection) if version.status in _WATCHED]
            ids = ids_of(connection, {version.task for version in watched})
            rows = certificate_rows(connection, [(ids[version.task], version.number) for version in watched])
            for version in watched:
                task_id, goal = ids[version.task], goal_of(version)
                row = rows.get((task_id, version.number))
                state = state_of(row) if row else load_state(connection, task_id, version.number)
                if state.goal == goal:
                    continue
                facts: list[Fact] = [Retargeted(goal)]
                if state.goal.audit_share != goal.audit_share:
                    facts.append(Renewed(state.epoch.number))  # a bound over both would use the smaller share
                happened += advanced(connection, task_id, version.task, version.number, facts)
        return happened


def _still_due(connection: Connection, ids: Iterable[int]) -> list[AnyRow]:
    due = select(audits).where(audits.c.due.is_not(None)).order_by(audits.c.id)
    return list(rows_of(connection, due, audits.c.id, ids))


def _settled_values(row: AnyRow, found: Verdict, owner: str) -> dict[str, Any]:
    return {
        "which": row.id,
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
        **usage_values(usage_of(row) + found.usage),
    }


def _forget_abstained(connection: Connection, rows: Sequence[AnyRow], found: Mapping[int, Verdict]) -> None:
    """Delete audits of questions that were not the version's own; what was spent on them stays."""
    for part in in_parts(row.id for row in rows):
        connection.execute(delete(audits).where(audits.c.id.in_(part)))
    keep_forgotten(connection, sum((usage_of(row) + found[row.id].usage for row in rows), Usage()))


def _audited(connection: Connection, found: Sequence[tuple[AnyRow, bool]]) -> list[Event]:
    """Advance each version by all verdicts on its answers at once, and return the events.

    Args:
        connection: inside the transaction of the verdicts.
        found: the audits, each with whether the answer was wrong.
    """
    facts: dict[tuple[int, int], list[Audited]] = {}
    for row, wrong in found:
        facts.setdefault((row.task_id, row.version), []).append(Audited(row.epoch, wrong, Source(row.source)))
    rows, names = certificate_rows(connection, facts), names_of(connection, {task_id for task_id, _ in facts})
    happened: list[Event] = []
    for key, own in facts.items():
        happened += _advanced_by(connection, key, names.get(key[0], ""), own, rows.get(key))
    return happened


def _advanced_by(
    connection: Connection, key: tuple[int, int], name: str, facts: Sequence[Audited], row: AnyRow | None
) -> list[Event]:
    task_id, version = key
    happened = advanced(connection, task_id, name, version, facts, row)
    sources = {fact.source for fact in facts}
    given_up = next((event for event in happened if event.kind is EventKind.RETIRED), None)
    if given_up is not None and Source.OLD in sources:
        return happened + conclude_change(connection, task_id, name, given_up.why)
    if not name or not sources & {Source.COIN, Source.SHADOW}:
        return happened
    state = load_state(connection, task_id, version)
    return happened + ask_again(connection, task_id, name, version, state)


def _let_it_teach(connection: Connection, row: AnyRow, found: Verdict) -> None:
    """Make the question of a wrong answer a standing case, with the reference's answer."""
    if found.verdict != WRONG or not found.reference or found.agrees is False:
        return
    scope = load_scopes(connection, select(tasks.c.scope).where(tasks.c.id == row.task_id)).get(row.scope)
    if scope is not None:
        case = Example(row.question, found.reference, found.source, scope)
        add_to_samples(connection, [(row.task_id, case)])


def _compare_the_shadows(connection: Connection, rows: Sequence[AnyRow], found: Mapping[int, Verdict]) -> None:
    """Compare newer versions in shadow with the paid references too."""
    wanted = [
        (row.task_id, Given(row.serial, row.question, reference, row.scope))
        for row in rows
        if row.source == Source.COIN and (reference := found[row.id].reference)
    ]
    if wanted:
        compare_in_shadow(connection, wanted)


def _is_settled(connection: Connection, audit_id: int, owner: str) -> bool:
    """Whether the verdict of this same owner is on record."""
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
