"""Loading many tasks at once with all that a reader needs: few queries, plain rows, no query per task."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, TableClause, column, select, table, true, union

from latm.event import LEADS_TO, EventKind
from latm.form import FOLDED, Form
from latm.garbage import collection_paused
from latm.known import ABSENCE, Known
from latm.question import ANY, Scope
from latm.store import schema
from latm.store.columns import decoded, restored
from latm.store.schema import certificates, events, guards, scopes, tasks, versions
from latm.store.usage import AnyRow
from latm.task import Example, Task, TaskStatus
from latm.tool import Demonstration, Program, ToolKind, ToolStatus, ToolVersion, Verification

_DECIDES: Mapping[str, ToolStatus] = {str(kind): status for kind, status in LEADS_TO.items()}
_STATUS = {str(status): status for status in TaskStatus}
_KIND = {str(kind): kind for kind in ToolKind}


def plain_table(name: str) -> TableClause:
    """A table without its column types, which is several times faster to read and write."""
    return table(name, *(column(each.name) for each in schema.metadata.tables[name].columns))


_EXAMPLES = plain_table("examples")
_PROGRAMS = plain_table("programs")
_VERSIONS = plain_table("versions")


def load_known(connection: Connection, which: ColumnElement[bool] | None = None) -> list[Known]:
    """Tasks in the order in which they were found.

    Args:
        connection: inside a transaction.
        which: a condition on the table of tasks; None for all.
    """
    with collection_paused():
        return _load_known(connection, which)


def _load_known(connection: Connection, which: ColumnElement[bool] | None) -> list[Known]:
    ids = _ids(which)
    columns = (tasks.c.id, tasks.c.name, tasks.c.scope, tasks.c.form, tasks.c.status, tasks.c.reason, tasks.c.wording)
    found = connection.execute(select(*columns).where(_or_all(which))).all()
    if not found:
        return []
    rows = sorted(found, key=lambda row: row.id)  # if the database sorts, it reads every task's row
    scope_of = load_scopes(connection, select(tasks.c.scope).where(_or_all(which)))
    form_of = {row.form: form_from(row.form) for row in rows}
    examples = _load_examples(connection, ids, {row.id: scope_of[row.scope] for row in rows})
    tools, shadows = _load_serving(connection, ids, {row.id: row.name for row in rows})
    absences = _load_absences(connection, ids)
    known = []
    for task_id, name, scope, form, status, reason, wording in rows:
        tool = tools.get(task_id)
        served = tool.id if tool else None
        of = (_STATUS[status], reason, served, scope_of[scope], form_of[form], wording)
        task = Task(name, tuple(examples[task_id]), *of)
        known.append(Known(task, tool, task_id, shadows.get(task_id), absences.get(task_id, (0, 0))))
    return known


def _load_absences(connection: Connection, ids: Select[int]) -> dict[int, tuple[int, int]]:
    """By task, the results of its tool's claims that nothing is there, if it made any."""
    claims = select(guards.c.task_id, guards.c.held, guards.c.wrong).where(
        guards.c.task_id.in_(ids), guards.c.guard == ABSENCE
    )
    return {task: (held, wrong) for task, held, wrong in connection.execute(claims).all()}


def load_versions(connection: Connection, which: ColumnElement[bool] | None = None) -> list[ToolVersion]:
    """Versions of tasks, by the task's name and by number, each with its status.

    Args:
        connection: inside a transaction.
        which: a condition on the table of tasks; None for all.
    """
    ids = _ids(which)
    names = dict(connection.execute(select(tasks.c.id, tasks.c.name).where(_or_all(which))).all())
    status = statuses(connection, ids)
    known, pinned = _load_programs(connection, ids), pins(connection, ids)
    rows = connection.execute(_select_versions(ids)).all()
    found = [
        _to_version(
            row,
            names[row.task_id],
            known,
            status.get((row.task_id, row.number), ToolStatus.CANDIDATE),
            pinned=pinned.get(row.task_id) == row.number,
        )
        for row in rows
    ]
    return sorted(found, key=lambda version: (version.task, version.number))


def statuses(connection: Connection, ids: Select[int]) -> dict[tuple[int, int], ToolStatus]:
    """The status of each version of some tasks, by task and number: the last deciding event decides."""
    deciding = (
        select(events.c.task_id, events.c.version, events.c.kind)
        .where(events.c.version.is_not(None), events.c.kind.in_(_DECIDES), events.c.task_id.in_(ids))
        .order_by(events.c.id)
    )
    return {(task, version): _DECIDES[kind] for task, version, kind in connection.execute(deciding).all()}


def pins(connection: Connection, ids: Select[int]) -> dict[int, int]:
    """The pinned version by task, for the tasks that have one."""
    last = (
        select(events.c.task_id, events.c.version, events.c.kind)
        .where(events.c.kind.in_((EventKind.PINNED, EventKind.UNPINNED)), events.c.task_id.in_(ids))
        .order_by(events.c.id)
    )
    found = {task: (version, kind) for task, version, kind in connection.execute(last).all()}
    return {task: version for task, (version, kind) in found.items() if kind == EventKind.PINNED}


def load_scopes(connection: Connection, digests: Select[str]) -> dict[str, Scope]:
    """Scopes by their digests."""
    found = connection.execute(select(scopes).where(scopes.c.digest.in_(digests)))
    return {
        row.digest: Scope(row.project, row.instructions, row.form, row.model) if row.digest else ANY for row in found
    }


def form_from(text: str) -> Form:
    """A form from its text; an empty text belongs to a task whose form was never found."""
    return Form.load(text) if text else FOLDED


def _ids(which: ColumnElement[bool] | None) -> Select[int]:
    return select(tasks.c.id).where(_or_all(which))


def _or_all(which: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return true() if which is None else which


def _load_examples(connection: Connection, ids: Select[int], scope_of: Mapping[int, Scope]) -> dict[int, list[Example]]:
    """The standing examples by task, in the order in which they came."""
    kept = _EXAMPLES.c
    standing = select(kept.task_id, kept.question, kept.answer, kept.source).where(
        kept.dropped == "", kept.task_id.in_(ids)
    )
    found: dict[int, list[Example]] = {task: [] for task in scope_of}
    for task, question, answer, source in connection.execute(standing.order_by(kept.task_id, kept.id)).all():
        example = Example(restored(question), restored(answer), restored(source), scope_of[task])
        found[task].append(example)
    return found


def _load_serving(
    connection: Connection, ids: Select[int], names: Mapping[int, str]
) -> tuple[dict[int, ToolVersion], dict[int, ToolVersion]]:
    """The serving version of each task (the pinned one, otherwise the newest), and the newest in shadow.

    No other version is decoded.
    """
    status, pinned = statuses(connection, ids), pins(connection, ids)
    serving: dict[int, AnyRow] = {}
    shadows: dict[int, AnyRow] = {}
    for row in connection.execute(_select_versions(ids)).all():
        kept = serving.get(row.task_id)
        is_kept = kept is not None and kept.number == pinned.get(row.task_id)
        found = status.get((row.task_id, row.number))
        if found is ToolStatus.SERVING and not is_kept:
            serving[row.task_id] = row
        elif found is ToolStatus.SHADOW:
            shadows[row.task_id] = row
    if not serving and not shadows:
        return {}, {}
    known, errors = _load_programs(connection, ids), _load_errors(connection, ids)
    tools = {
        task: replace(
            _to_version(row, names[task], known, ToolStatus.SERVING, pinned=pinned.get(task) == row.number),
            error=errors.get((task, row.number), 1.0),
        )
        for task, row in serving.items()
    }
    compared = {
        task: _to_version(row, names[task], known, ToolStatus.SHADOW, pinned=False) for task, row in shadows.items()
    }
    return tools, compared


def _load_errors(connection: Connection, ids: Select[int]) -> dict[tuple[int, int], float]:
    """The bounds on the errors of versions, for versions of which audits have shown one."""
    found = certificates.c
    shown = select(found.task_id, found.version, found.error).where(found.task_id.in_(ids), found.error < 1)
    return {(task, version): error for task, version, error in connection.execute(shown).all()}


def load_shadows(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """The number of the newest version in shadow, by task, for the tasks that have one."""
    found = statuses(connection, select(tasks.c.id).where(tasks.c.id.in_(ids)))
    shadows: dict[int, int] = {}
    for (task, number), status in found.items():
        if status is ToolStatus.SHADOW:
            shadows[task] = max(number, shadows.get(task, 0))
    return shadows


def _select_versions(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    found = _VERSIONS.c
    return select(_VERSIONS).where(found.task_id.in_(ids)).order_by(found.task_id, found.number)


def _load_programs(connection: Connection, ids: Select[int]) -> dict[str, Program]:
    seconds = select(versions.c.second).where(versions.c.task_id.in_(ids), versions.c.second.is_not(None))
    used = union(select(versions.c.program).where(versions.c.task_id.in_(ids)), seconds)
    found = select(_PROGRAMS.c.id, _PROGRAMS.c.source, _PROGRAMS.c.kind).where(_PROGRAMS.c.id.in_(used))
    return {name: Program(restored(source), _KIND[kind]) for name, source, kind in connection.execute(found).all()}


def _to_version(
    row: AnyRow, task: str, known: Mapping[str, Program], status: ToolStatus, *, pinned: bool
) -> ToolVersion:
    shown = tuple([Demonstration(question, arguments) for question, arguments in decoded(row.demonstrations)])
    verification = Verification(**decoded(row.verification))
    second = known[row.second] if row.second else None
    return ToolVersion(task, known[row.program], row.number, shown, verification, status, pinned, second=second)
