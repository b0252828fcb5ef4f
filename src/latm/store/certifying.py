"""Certificates in the database: read, advanced by new facts and written back in the transaction of the facts."""

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
from latm.store.database import now, rows_of
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
"""How many old questions are asked again before a promotion and in each later check."""
_NEWS = 0.8
"""Readers hear of a bound when it has changed by this factor, not after each answer."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A version's certificate after some facts.

    Attributes:
        state: the certificate as it is now stored.
        events: what was decided; not yet on record.
        is_news: whether readers of the task must see it.
    """

    state: Certificate
    events: Sequence[Event]
    is_news: bool


def certificate_row(connection: Connection, task_id: int, version: int) -> AnyRow | None:
    """The row of a version's certificate; None before its first fact."""
    which = (certificates.c.task_id == task_id, certificates.c.version == version)
    return connection.execute(select(certificates).where(*which)).first()


def certificate_rows(connection: Connection, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], AnyRow]:
    """The rows of versions' certificates, by task id and number, for those that have one."""
    ids = {task_id for task_id, _ in keys}
    rows = rows_of(connection, select(certificates), certificates.c.task_id, ids)
    return {(row.task_id, row.version): row for row in rows}


def load_state(connection: Connection, task_id: int, version: int) -> Certificate:
    """A version's certificate; if it has none yet, the one that follows from its events."""
    row = certificate_row(connection, task_id, version)
    if row is not None:
        return state_of(row)
    found = statuses(connection, select(tasks.c.id).where(tasks.c.id == task_id))
    return Certificate(UNWATCHED, found.get((task_id, version), ToolStatus.CANDIDATE), version)


def state_of(row: AnyRow) -> Certificate:
    """A row's certificate. Answers served unwatched are counted in a separate column, which is faster."""
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
    """Advance a version's certificate by facts, and store it. The caller appends the events.

    Args:
        connection: inside the transaction of the facts.
        task_id: the id of the version's task.
        task: the task's name.
        version: the version's number within the task.
        facts: the new facts, in order.
        who: who causes it.
        row: the certificate's row, if this transaction has already read it.
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
    """How many old questions of a task can be asked again."""
    count = select(func.count()).select_from(examples).where(*of_a_model(task_id))
    return min(OLD, connection.execute(count).scalar_one())


def of_a_model(task_id: int) -> Sequence[ColumnElement[bool]]:
    """Selects the standing examples of a task that a model answered: only for those is another answer informative."""
    return (examples.c.task_id == task_id, examples.c.dropped == "", examples.c.source != GOLD)


def _shows_drift(before: Certificate, event: Event) -> bool:
    """Whether a version that was once shown to be right is found wrong."""
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
        task_id: the id of the version's task.
        version: the version's number within the task.
        state: the certificate.
        audited: whether an audit is among the facts that changed it.
        shown: the bound that readers still see; None: the bound that it has now.
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
    """The largest share of a version's answers that may be wrong: by its promotion, or by the bound on what it served.

    Before it serves, only what audits in shadow have proven is known.
    """
    bound = state.bound.rate
    certified = state.status is ToolStatus.SERVING and state.serves(state.goal.max_error)
    return min(bound, state.goal.max_error) if certified else bound


def begun(  # noqa: PLR0913  # one version, and what is asked of it
    connection: Connection, task_id: int, task: str, version: int, goal: Goal, *, who: str, why: str
) -> Moved:
    """Let a verified version earn its promotion. If nothing more is asked of it, it serves at once."""
    attempts = select(func.max(certificates.c.attempt)).where(certificates.c.task_id == task_id)
    attempt = 1 + (connection.execute(attempts).scalar_one() or 0)
    old = old_questions(connection, task_id)
    moved = moved_by(connection, task_id, task, version, [Begun(goal, attempt, old)], who)
    if moved.state.status is ToolStatus.SHADOW:
        return replace(moved, events=[Event(EventKind.SHADOWED, task, version, who, _IN_SHADOW)], is_news=True)
    return replace(moved, events=[replace(event, why=why, evidence={}) for event in moved.events])


_IN_SHADOW = "it is verified, and compared with the model's answers before it serves"


def follow(connection: Connection, task_id: int, version: int, status: ToolStatus) -> None:
    """Update a certificate after an event of its version, even one that a person caused."""
    row = certificate_row(connection, task_id, version)
    if row is None:
        return
    state = state_of(row)
    if state.status is not status:
        save(connection, task_id, version, apply(state, Decided(status)))
