"""Certificates in the database: read, advanced by new facts and written back, all in the transaction of the facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from latm.auditing import (
    UNWATCHED,
    Audited,
    Begun,
    Certificate,
    Decided,
    Epoch,
    Fact,
    Goal,
    Policy,
    advance,
    apply,
    dump_certificate,
    load_certificate,
)
from latm.event import Event, EventKind
from latm.store.database import in_parts, now
from latm.store.loading import statuses
from latm.store.schema import certificates, examples, tasks
from latm.store.usage import AnyRow
from latm.task import GOLD
from latm.tool import ToolStatus

_KINDS = {
    ToolStatus.SERVING: EventKind.PROMOTED,
    ToolStatus.SHADOW: EventKind.SHADOWED,
    ToolStatus.SUSPENDED: EventKind.SUSPENDED,
    ToolStatus.RETIRED: EventKind.RETIRED,
}
OLD = 3
"""Old questions that are asked again before a promotion, and in each later look."""
_NEWS = 0.8
"""Readers hear of a bound once it has changed by this factor, not with each answer."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What facts made of a version's certificate.

    Attributes:
        state: as it is now, and is stored.
        events: what was decided; not on record yet.
        is_news: whether readers of the task are to see it.
    """

    state: Certificate
    events: Sequence[Event]
    is_news: bool


def certificate_row(connection: Connection, task_id: int, version: int) -> AnyRow | None:
    """The row of a version's certificate; None before its first fact."""
    which = (certificates.c.task_id == task_id, certificates.c.version == version)
    return connection.execute(select(certificates).where(*which)).first()


def certificate_rows(connection: Connection, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], AnyRow]:
    """The rows of the certificates of versions, by task id and number, as far as they have one yet."""
    found: dict[tuple[int, int], AnyRow] = {}
    for part in in_parts({task_id for task_id, _ in keys}):
        for row in connection.execute(select(certificates).where(certificates.c.task_id.in_(part))).all():
            found[row.task_id, row.version] = row
    return found


def load_state(connection: Connection, task_id: int, version: int) -> Certificate:
    """A version's certificate; of one that has none yet, the one that its events speak of."""
    row = certificate_row(connection, task_id, version)
    if row is not None:
        return state_of(row)
    found = statuses(connection, select(tasks.c.id).where(tasks.c.id == task_id))
    return Certificate(UNWATCHED, found.get((task_id, version), ToolStatus.CANDIDATE), version)


def state_of(row: AnyRow) -> Certificate:
    """A row's certificate. What was served unwatched is counted in a column alone, which is quicker."""
    state = load_certificate(row.state)
    if row.served == state.epoch.served:
        return state
    epoch = state.epoch
    watched = Epoch(epoch.number, row.served, epoch.drawn, epoch.right, epoch.wrong, min(epoch.share, row.watched))
    return replace(state, epoch=watched)


def moved_by(  # noqa: PLR0913, PLR0917  # one version, and everything that happened to it
    connection: Connection,
    task_id: int,
    task: str,
    version: int,
    facts: Iterable[Fact],
    who: str = "auditor",
    row: AnyRow | None = None,
) -> Moved:
    """Advance a version's certificate by facts, and store it; the events are the caller's to append.

    Args:
        connection: inside the transaction of the facts.
        task_id: of the version's task.
        task: its name.
        version: its number within the task.
        facts: new ones, in order.
        who: who makes it happen.
        row: the certificate's, where it has been read in this transaction.
    """
    row = row or certificate_row(connection, task_id, version)
    before = state_of(row) if row else load_state(connection, task_id, version)
    given = list(facts)
    moved = advance(before, given)
    decided = [
        Event(_KINDS[one.status], task, version, who, one.why, dict(one.evidence))
        for one in moved.decisions
        if one not in given
    ]
    decided += [_drift(before, event) for event in decided if _shows_drift(before, event)]
    audited = any(isinstance(fact, Audited) for fact in given)
    known = row.error if row else 1.0
    is_news = bool(decided) or promised(moved.state) <= _NEWS * known or _NEWS * promised(moved.state) > known
    save(connection, task_id, version, moved.state, audited=audited, shown=None if is_news else known)
    return Moved(moved.state, decided, is_news)


def old_questions(connection: Connection, task_id: int) -> int:
    """How many old questions of a task there are to ask again."""
    count = select(func.count()).select_from(examples).where(*of_a_model(task_id))
    return min(OLD, connection.execute(count).scalar_one())


def of_a_model(task_id: int) -> Sequence[ColumnElement[bool]]:
    """Which examples stand of a task that a model has answered: only of those another answer would say anything."""
    return (examples.c.task_id == task_id, examples.c.dropped == "", examples.c.source != GOLD)


def _shows_drift(before: Certificate, event: Event) -> bool:
    """Whether a version is found wrong that had once been shown to be right."""
    earned = before.status is ToolStatus.SERVING and before.goal.policy is Policy.CERTIFIED
    return earned and event.kind is EventKind.SUSPENDED


def _drift(before: Certificate, event: Event) -> Event:
    shown = {"audits": before.audits, "wrong": before.wrong}
    evidence = {"what": "meaning", "when_promoted": shown, "since": dict(event.evidence)}
    why = "what is right, or what is asked, is not what it was when it was promoted"
    return Event(EventKind.DRIFTED, event.task, event.version, event.who, why, evidence)


def save(  # noqa: PLR0913  # one version, and what is kept of it
    connection: Connection,
    task_id: int,
    version: int,
    state: Certificate,
    *,
    audited: bool = False,
    shown: float | None = None,
) -> None:
    """Store a certificate.

    Args:
        connection: inside the transaction.
        task_id: of the version's task.
        version: its number within the task.
        state: the certificate.
        audited: whether an audit is among what changed it.
        shown: the bound that readers go on to see; None: the one that it has now.
    """
    values: dict[str, Any] = {
        "attempt": state.attempt,
        "watched": state.goal.audit_share,
        "epoch": state.epoch.number,
        "served": state.epoch.served,
        "state": dump_certificate(state),
        "error": promised(state) if shown is None else shown,
    }
    values |= {"audited_at": now()} if audited else {}
    which = (certificates.c.task_id == task_id, certificates.c.version == version)
    if connection.execute(update(certificates).where(*which).values(values).returning(certificates.c.epoch)).first():
        return
    new = {"task_id": task_id, "version": version, "audited_at": "", "begun_at": now()}
    connection.execute(insert(certificates).values(new | values))


def promised(state: Certificate) -> float:
    """What share of a version's answers is wrong at most: as its promotion has shown, or the bound on what it served.

    Before it has served, only what audits in shadow have proven is known.
    """
    bound = state.bound.rate
    certified = state.status is ToolStatus.SERVING and state.serves(state.goal.max_error)
    return min(bound, state.goal.max_error) if certified else bound


def begun(  # noqa: PLR0913  # one version, and what is asked of it
    connection: Connection, task_id: int, task: str, version: int, goal: Goal, *, who: str, why: str
) -> Moved:
    """Let a version that is verified earn its promotion; where nothing more is asked of it, it serves at once."""
    attempts = select(func.max(certificates.c.attempt)).where(certificates.c.task_id == task_id)
    attempt = 1 + (connection.execute(attempts).scalar_one() or 0)
    old = old_questions(connection, task_id)
    moved = moved_by(connection, task_id, task, version, [Begun(goal, attempt, old)], who)
    if moved.state.status is ToolStatus.SHADOW:
        return replace(moved, events=[Event(EventKind.SHADOWED, task, version, who, _IN_SHADOW)], is_news=True)
    return replace(moved, events=[replace(event, why=why, evidence={}) for event in moved.events])


_IN_SHADOW = "it is verified, and compared with the model's answers before it serves"


def follow(connection: Connection, task_id: int, version: int, status: ToolStatus) -> None:
    """Let a certificate know what an event has made of its version, be it a person's."""
    row = certificate_row(connection, task_id, version)
    if row is None:
        return
    state = state_of(row)
    if state.status is not status:
        save(connection, task_id, version, apply(state, Decided(status)))
