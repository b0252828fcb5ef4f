"""What follows from a finished making: its record, its version, and its result for the task."""

from dataclasses import asdict, replace

from sqlalchemy import Connection, delete, insert, select, update

from latm.auditing import Certificate, Goal
from latm.event import Event, EventKind
from latm.known import ABSENCE
from latm.ledger import Usage
from latm.provenance import Making, Outcome
from latm.store.certifying import begun, save
from latm.store.events import append_events, in_shadow, serving_number
from latm.store.loading import load_versions
from latm.store.makings import making_values
from latm.store.names import scope_digest
from latm.store.payments import paid_in, settle
from latm.store.schema import claims, guards, journal, makings, tasks
from latm.store.tools import add_version
from latm.store.usage import usage_of
from latm.task import TaskStatus
from latm.tool import ToolStatus, ToolVersion


def put_on_record(connection: Connection, making: Making, owner: str | None) -> bool:
    """Record a making, once, and clear its claim and its journal.

    Args:
        connection: inside the transaction.
        making: the making, under the current name of its task.
        owner: the owner of the claim for it; None if nobody claimed it.

    Returns:
        Whether anything may follow from it: not if another owner has the claim now.
    """
    is_held = owner is None or _holds(connection, making.task, owner)
    if not is_held and _is_on_record(connection, making):
        return False
    making = replace(making, usage=_usage_of(connection, making, is_held=is_held))
    connection.execute(insert(makings), making_values(making) | {"scope": scope_digest(connection, making.task)})
    settle(connection, [making.usage])
    for table in (claims, journal) if is_held else ():
        connection.execute(delete(table).where(table.c.task == making.task))
    return is_held


def take_up(  # noqa: PLR0913  # one version, and how it begins
    connection: Connection, task_id: int, new: ToolVersion, why: str, goal: Goal, *, serves: bool
) -> ToolVersion:
    """Give a task a version, which serves, earns its promotion or waits for a person.

    Args:
        connection: inside the transaction.
        task_id: the task's id.
        new: the version, not yet numbered.
        why: the reason, in one sentence.
        goal: what the version must show.
        serves: whether it begins to serve now.
    """
    stored = _added(connection, task_id, new, why, goal if serves else None)
    if not serves and stored.status is ToolStatus.CANDIDATE:
        save(connection, task_id, stored.number, Certificate(goal, attempt=0))
    return stored


def _usage_of(connection: Connection, making: Making, *, is_held: bool) -> Usage:
    """What a making cost that is not billed elsewhere.

    The journal holds what was paid for it, including steps that a maker who took over did not repeat. It goes with
    this record. If a maker lost its claim, what it put there is billed with the making of the new owner.
    """
    apart = paid_in(making.usage)
    if not is_held:
        return replace(apart, payments=making.usage.payments)
    rows = connection.execute(select(journal).where(journal.c.task == making.task)).all()
    kept = sum((usage_of(row) for row in rows), apart)
    return replace(kept, payments=making.usage.payments) if kept.calls > making.usage.calls else making.usage


def _holds(connection: Connection, task: str, owner: str) -> bool:
    claim = select(claims.c.task).where(claims.c.task == task, claims.c.owner == owner)
    return connection.execute(claim).first() is not None


def _is_on_record(connection: Connection, making: Making) -> bool:
    """Whether a making is already on record: its maker may not know, because the connection broke just then.

    It may be there under another name, if its task was divided, merged or renamed since.
    """
    same = (getattr(makings.c, name) == getattr(making, name) for name in ("started_at", "seconds", "reason"))
    return connection.execute(select(makings.c.id).where(*same)).first() is not None


def _added(connection: Connection, task_id: int, new: ToolVersion, why: str, goal: Goal | None) -> ToolVersion:
    """The task's version with this program, verified. Without a goal, or if it was withdrawn before, it waits."""
    version, is_new = add_version(connection, task_id, new)
    happened = []
    if is_new:
        connection.execute(delete(guards).where(guards.c.task_id == task_id, guards.c.guard == ABSENCE))
        evidence = asdict(new.verification)
        happened.append(Event(EventKind.VERIFIED, new.task, version.number, "maker", why, evidence))
    if goal is not None and version.status is ToolStatus.CANDIDATE:
        happened += begun(connection, task_id, new.task, version.number, goal, who="maker", why=why).events
    append_events(connection, task_id, happened)
    known = load_versions(connection, tasks.c.id == task_id)
    return next(each for each in known if each.number == version.number)


def conclude(connection: Connection, task_id: int, making: Making, came: int, stored: ToolVersion | None) -> None:
    """Record the result of the making for the task."""
    decided: dict[str, object] = {"tried_at": came, "failures": 0, "retry_at": 0.0}
    if serving_number(connection, task_id) is None:
        status, reason = _without_tool(making, stored)
        decided |= {"status": status, "reason": reason}
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(decided))


def _without_tool(making: Making, stored: ToolVersion | None) -> tuple[TaskStatus, str]:
    if stored and stored.status is ToolStatus.CANDIDATE:
        return TaskStatus.WAITING, f"version {stored.number} of its tool is not promoted yet"
    if stored and stored.status is ToolStatus.SHADOW:
        return TaskStatus.WAITING, in_shadow(stored.number)
    if stored:
        return TaskStatus.FAILED, f"the tool {stored.id} was made again, but it is {stored.status} here"
    if making.outcome is Outcome.UNTOOLABLE:
        return TaskStatus.UNTOOLABLE, making.reason
    return TaskStatus.FAILED, making.reason
