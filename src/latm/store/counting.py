"""Counting the answers of versions as they are recorded, and throwing their coins, all in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, bindparam, insert, select, update

from latm.answer import Answer, Route
from latm.auditing import Coin, Fact, Served, Source
from latm.event import Event
from latm.ledger import Usage
from latm.store.certifying import certificate_rows, load_state, moved_by, state_of
from latm.store.database import now, rows_of
from latm.store.dialects import upsert
from latm.store.events import append_events
from latm.store.loading import load_shadows
from latm.store.names import ids_of, names_of
from latm.store.revisions import touch
from latm.store.schema import audits, certificates, coin
from latm.store.usage import AnyRow, usage_values

T = TypeVar("T")

_NO_TASK = _NO_VERSION = 0
"""No task or version has this number."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that is being recorded, as far as a bound needs it."""

    serial: str
    question: str
    text: str
    scope: str


@dataclass(frozen=True, slots=True)
class ByVersion:
    """Answers that are being recorded, by the versions that gave them.

    Attributes:
        by: task id, number and epoch of the version, by the answer's serial.
        given: the answers of each version, by task id and number.
    """

    by: Mapping[str, tuple[int, int, int]]
    given: Mapping[tuple[int, int], Sequence[Given]]


def by_version(connection: Connection, batch: Sequence[Answer], names: Mapping[str, str]) -> ByVersion:
    """Which versions gave which answers. Answers of deleted tasks are not in any bound."""
    tools = {answer.tool for answer in batch if answer.tool is not None and answer.serial}
    ids = ids_of(connection, {names[task] for task, _ in tools})
    keys = {tool: (ids[names[tool[0]]], tool[1]) for tool in tools if names[tool[0]] in ids}
    epochs = _certified(connection, certificates.c.epoch, keys.values())
    by: dict[str, tuple[int, int, int]] = {}
    given: dict[tuple[int, int], list[Given]] = {}
    for answer in batch:
        if answer.serial and answer.tool is not None and (key := keys.get(answer.tool)):
            by[answer.serial] = *key, epochs.get(key, 0)
            given.setdefault(key, []).append(_given(answer))
    return ByVersion(by, given)


def compare_all(
    connection: Connection, wanted: Sequence[tuple[Answer, Sequence[str]]], names: Mapping[str, str]
) -> int:
    """Have versions in shadow compared with direct answers that are being recorded, and return how many may be."""
    ids = ids_of(connection, {names[name] for _, tasks_ in wanted for name in tasks_})
    pairs = [(ids[names[name]], _given(answer)) for answer, own in wanted for name in own if names[name] in ids]
    if pairs:
        compare_in_shadow(connection, pairs)
    return len(pairs)


def _given(answer: Answer) -> Given:
    return Given(answer.serial, answer.question, answer.text, answer.scope.digest)


def _certified(
    connection: Connection, column: Column[T], keys: Collection[tuple[int, int]]
) -> dict[tuple[int, int], T]:
    """A column of certificates by task id and version, for the versions that have a certificate."""
    found = select(certificates.c.task_id, certificates.c.version, column)
    rows = rows_of(connection, found, certificates.c.task_id, {task_id for task_id, _ in keys})
    return {(task_id, version): value for task_id, version, value in rows}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recorded answers mean for versions.

    Attributes:
        events: what was decided about the versions that gave them; already on record.
        due: how many audits are to be carried out.
    """

    events: Sequence[Event] = ()
    due: int = 0


def count_served(connection: Connection, served: Mapping[tuple[int, int], Sequence[Given]]) -> Recorded:
    """Count answers of versions that are being recorded, and throw their coins.

    Args:
        connection: inside the transaction that records them.
        served: the answers by task id and version.

    Returns:
        What this means for the versions.
    """
    if not served:
        return Recorded()
    happened: list[Event] = []
    due = 0
    shares = _certified(connection, certificates.c.watched, served)
    plain = [(key, len(given)) for key, given in served.items() if shares.get(key) == 0.0]
    if plain:
        which = (certificates.c.task_id == bindparam("of_task"), certificates.c.version == bindparam("of_version"))
        grown = update(certificates).where(*which).values(served=certificates.c.served + bindparam("more"))
        more = [{"of_task": task_id, "of_version": version, "more": count} for (task_id, version), count in plain]
        connection.execute(grown, more)
    watched = {key: given for key, given in served.items() if shares.get(key) != 0.0}
    if not watched:
        return Recorded()
    rows, throws = certificate_rows(connection, watched), coin_of(connection)
    names = names_of(connection, {task_id for task_id, _ in watched})
    for key, given in watched.items():
        if key[0] in names:
            counted = _count_watched(connection, key, names[key[0]], given, throws, rows.get(key))
            happened += counted.events
            due += counted.due
    return Recorded(happened, due)


def _count_watched(  # noqa: PLR0913, PLR0917  # one version, and what was read for all of them at once
    connection: Connection,
    key: tuple[int, int],
    name: str,
    given: Sequence[Given],
    throws: Coin,
    row: AnyRow | None,
) -> Recorded:
    task_id, version = key
    state = state_of(row) if row else load_state(connection, *key)
    share, epoch = state.goal.audit_share, state.epoch.number
    drawn = [one for one in given if throws.falls(one.serial, share)]
    if drawn:
        due = [due_row(one, task_id, version, epoch, Source.COIN) for one in drawn]
        connection.execute(insert(audits), due)
    served = Served(epoch, len(given), len(drawn), share)
    happened = advanced(connection, task_id, name, version, [served], row)
    return Recorded(happened, len(drawn))


def audit_exact(connection: Connection, batch: Sequence[Answer], names: Mapping[str, str], share: float) -> int:
    """Throw the coin for answers taken from earlier ones to the same requests, and return how many audits are due.

    Args:
        connection: inside the transaction that records them.
        batch: all answers, such ones among them.
        names: the current names of tasks, by the names in the answers.
        share: the chance of an audit for each.
    """
    given = [answer for answer in batch if answer.route is Route.EXACT and answer.serial]
    if not given or not share:
        return 0
    throws = coin_of(connection)
    drawn = [answer for answer in given if throws.falls(answer.serial, share)]
    ids = ids_of(connection, {names[answer.task] for answer in drawn if answer.task is not None})
    task_ids = [ids.get(names[answer.task], _NO_TASK) if answer.task is not None else _NO_TASK for answer in drawn]
    due = [
        due_row(_given(answer), task_id, _NO_VERSION, 0, Source.EXACT)
        for answer, task_id in zip(drawn, task_ids, strict=True)
    ]
    if due:
        connection.execute(insert(audits), due)
    return len(due)


def compare_in_shadow(connection: Connection, wanted: Sequence[tuple[int, Given]]) -> None:
    """Have the versions in shadow of some tasks compared with direct answers that are being recorded.

    Args:
        connection: inside the transaction.
        wanted: the ids of tasks, each with a direct answer.
    """
    shadows = load_shadows(connection, {task_id for task_id, _ in wanted})
    rows = certificate_rows(connection, shadows.items())
    epochs = {
        task_id: state_of(row).epoch.number if (row := rows.get((task_id, version))) else 0
        for task_id, version in shadows.items()
    }
    due = [
        due_row(given, task_id, shadows[task_id], epochs[task_id], Source.SHADOW)
        | {"text": None, "reference": given.text}
        for task_id, given in wanted
        if task_id in shadows
    ]
    if due:
        connection.execute(upsert(connection, audits).on_conflict_do_nothing(), due)


def coin_of(connection: Connection) -> Coin:
    """The store's coin."""
    secret: str = connection.execute(select(coin.c.secret)).scalar_one()
    return Coin(bytes.fromhex(secret))


def due_row(given: Given, task_id: int, version: int, epoch: int, source: Source) -> dict[str, Any]:
    """The row of an audit that becomes due."""
    return {
        "serial": given.serial,
        "task_id": task_id,
        "version": version,
        "source": source,
        "epoch": epoch,
        "due": 0.0,
        "owner": "",
        "tries": 0,
        "verdict": "",
        "scope": given.scope,
        "question": given.question,
        "text": given.text,
        "reference": None,
        "why": "",
        "drawn_at": now(),
        "settled_at": "",
        **usage_values(Usage()),
    }


def advanced(  # noqa: PLR0913, PLR0917  # one version, and what happened to it
    connection: Connection, task_id: int, name: str, version: int, facts: Sequence[Fact], row: AnyRow | None = None
) -> list[Event]:
    """Advance a version, and record what was decided. If its task is gone, only its counts continue."""
    moved = moved_by(connection, task_id, name, version, facts, row=row)
    if not name:
        return []
    append_events(connection, task_id, moved.events)
    if moved.is_news:
        touch(connection, [task_id])
    return list(moved.events)
