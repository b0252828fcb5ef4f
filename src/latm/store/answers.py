"""Answered questions in the database, and their totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import Connection, func, select, update

from latm.answer import Answer, Route
from latm.ledger import Usage
from latm.question import ANY, Scope
from latm.store.columns import escaped, escaped_all
from latm.store.database import Database, in_parts, now, rows_of
from latm.store.dialects import insert_rows
from latm.store.loading import load_scopes
from latm.store.names import ensure_scopes
from latm.store.schema import answers, scopes, tasks
from latm.store.usage import AnyRow, earlier_text, usage_of

_COLUMNS = [column.name for column in answers.columns if column is not answers.c.row]


_NOBODY = (None, None, None)
RECENT = 20_000
"""When a kind is found, its questions among this many of the newest answers are assigned to it."""


@dataclass(frozen=True, slots=True)
class RouteTotals:
    """The totals of one route.

    Attributes:
        answers: how many answers.
        usage: their usage, summed.
        seconds: their wall time, summed.
    """

    answers: int = 0
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0

    def __add__(self, other: "RouteTotals") -> "RouteTotals":
        return RouteTotals(self.answers + other.answers, self.usage + other.usage, self.seconds + other.seconds)


@dataclass(frozen=True, slots=True)
class TaskTotals:
    """The totals of one task's answers.

    Attributes:
        task: the task's name; None for questions of no known task.
        routes: the totals by route, for the routes that occurred.
    """

    task: str | None
    routes: Mapping[Route, RouteTotals]

    @property
    def all(self) -> RouteTotals:
        """The totals of all routes together."""
        return reduce(add, self.routes.values(), RouteTotals())


@dataclass(frozen=True, slots=True)
class ServedAnswer:
    """An answer that a version gave, as the version's bound counts it.

    Attributes:
        row: its row number, which grows with each answer.
        task: the current name of the version's task.
        version: the version's number there.
        epoch: the version's epoch when it gave the answer.
        question: the question.
        text: the answer.
    """

    row: int
    task: str
    version: int
    epoch: int
    question: str
    text: str


class AnswerTable(Database):
    """The answers in the tool cache."""

    def served(self, after: int = 0) -> list[ServedAnswer]:
        """Answers that versions gave, in the order in which they were recorded, without those of deleted tasks.

        Args:
            after: only answers whose row comes after this one.
        """
        columns = (answers.c.row, tasks.c.name, answers.c.version, answers.c.epoch, answers.c.question, answers.c.text)
        found = select(*columns).join(tasks, tasks.c.id == answers.c.tool_task).where(answers.c.row > after)
        with self.reading() as connection:
            return [ServedAnswer(*row) for row in connection.execute(found.order_by(answers.c.row))]

    def answers(self, task: str | None = None, limit: int | None = 100) -> list[Answer]:
        """Answers, the newest first.

        Args:
            task: only answers of this task.
            limit: the most answers; None for all.
        """
        statement = select(answers).order_by(answers.c.row.desc()).limit(limit)
        if task is not None:
            statement = statement.where(answers.c.task == task)
        with self.reading() as connection:
            rows = connection.execute(statement).all()
            scope_of = load_scopes(connection, select(scopes.c.digest)) if any(row.scope for row in rows) else {}
        return [_to_answer(row, scope_of.get(row.scope, ANY)) for row in rows]

    def unplaced_answers(self, limit: int) -> list[Answer]:
        """The newest direct answers to questions of no known task, in the order in which they came.

        Args:
            limit: the most answers.
        """
        which = (answers.c.task.is_(None), answers.c.route == Route.DIRECT)
        statement = select(answers).where(*which).order_by(answers.c.row.desc()).limit(limit)
        with self.reading() as connection:
            rows = connection.execute(statement).all()
            scope_of = load_scopes(connection, select(answers.c.scope).where(*which).distinct())
        return [_to_answer(row, scope_of[row.scope]) for row in reversed(rows)]

    def exact(self, names: Sequence[str], since: str) -> Mapping[str, str]:
        """The newest direct answer to each of some requests.

        Args:
            names: the keys of the requests.
            since: only answers from this moment on, in the form of `before`.

        Returns:
            The texts by the keys of the requests, without requests that have no answer.
        """
        which = (answers.c.route == Route.DIRECT, answers.c.answered_at >= since)
        found = select(answers.c.exact, answers.c.text).where(*which).order_by(answers.c.row)
        with self.reading() as connection:
            return dict(rows_of(connection, found, answers.c.exact, names))

    def totals(self) -> list[TaskTotals]:
        """The totals of each task's answers, by name; questions of no known task come first.

        The database counts and adds whole numbers. Costs are exact decimals, which not every database can add, so it
        counts how often each cost occurred (tools cost nothing, so these are few), and the sums are computed here.
        """
        added = (func.sum(answers.c[name]).label(name) for name in ("calls", "input_tokens", "output_tokens"))
        group = (answers.c.task, answers.c.route, answers.c.cost)
        statement = select(*group, func.count().label("answers"), *added, func.sum(answers.c.seconds).label("seconds"))
        by_task: dict[str | None, dict[Route, RouteTotals]] = {}
        with self.reading() as connection:
            for row in connection.execute(statement.group_by(*group)):
                routes = by_task.setdefault(row.task, {})
                route = Route(row.route)
                routes[route] = routes.get(route, RouteTotals()) + _to_totals(row)
        return [TaskTotals(task, by_task[task]) for task in sorted(by_task, key=lambda task: (task is not None, task))]


By = tuple[int, int, int]
"""The version that gave an answer: task id, number and epoch."""


def insert_answers(
    connection: Connection, batch: Sequence[Answer], names: Mapping[str, str], by: Mapping[str, By]
) -> None:
    """Record answers.

    Args:
        connection: inside the transaction.
        batch: the answers in the order in which they came.
        names: the current names of tasks, by the names in the answers.
        by: the versions that gave the answers, by the serials of these.
    """
    if not batch:
        return
    ensure_scopes(connection, (answer.scope for answer in batch))
    kept = {name: escaped(now_called) for name, now_called in names.items()}
    answered_at = now()
    rows = [
        (
            *_to_values(answer, kept, answered_at),
            *by.get(answer.serial, _NOBODY),
            earlier_text(answer.earlier),
            answer.exact or None,
        )
        for answer in batch
    ]
    insert_rows(connection, answers, _COLUMNS, rows)


def on_record(connection: Connection, batch: Sequence[Answer]) -> set[str]:
    """The serials of those answers that are already on record."""
    serials = [answer.serial for answer in batch if answer.serial]
    return {row.serial for row in rows_of(connection, select(answers.c.serial), answers.c.serial, serials)}


def serve_no_more(connection: Connection, serial: str) -> bool:
    """Stop an answer that was taken from an earlier one, and all answers to the same request, from serving others.

    Args:
        connection: inside a transaction.
        serial: the serial of the wrong answer.

    Returns:
        Whether this changes anything.
    """
    which = (answers.c.serial == serial, answers.c.route == Route.EXACT)
    name = connection.execute(select(answers.c.exact).where(*which)).scalar_one_or_none()
    if name is None:
        return False
    connection.execute(update(answers).where(answers.c.exact == name).values(exact=None))
    return True


def place_answers(connection: Connection, placed: Mapping[tuple[str, str], str]) -> None:
    """Assign the newest answers to some questions to tasks, if they have no known task.

    Args:
        connection: inside a transaction.
        placed: the task's name, by the digest of the scope and the question.
    """
    if not placed:
        return
    newest = connection.execute(select(func.max(answers.c.row))).scalar_one() or 0
    by_task: dict[tuple[str, str], list[str]] = {}
    for (scope, question), task in placed.items():
        by_task.setdefault((scope, task), []).append(question)
    for (scope, task), questions in by_task.items():
        recent = (answers.c.task.is_(None), answers.c.row > newest - RECENT, answers.c.scope == scope)
        for some in in_parts(questions):
            connection.execute(update(answers).where(*recent, answers.c.question.in_(some)).values(task=task))


def _to_values(answer: Answer, names: Mapping[str, str], answered_at: str) -> tuple[Any, ...]:
    usage = answer.usage
    texts = escaped_all(answer.id, answer.question, answer.text, answer.evidence, answer.reason)
    id_, question, text, evidence, reason = texts
    return (
        id_,
        question,
        text,
        answer.route.value,
        None if answer.task is None else names[answer.task],
        answer.tool_id,
        usage.calls,
        usage.input_tokens,
        usage.output_tokens,
        None if usage.cost is None else str(usage.cost),
        answer.seconds,
        evidence,
        answered_at,
        answer.scope.digest,
        reason,
        answer.serial or None,
    )


def _to_answer(row: AnyRow, scope: Scope) -> Answer:
    return Answer(
        question=row.question,
        text=row.text,
        route=Route(row.route),
        task=row.task,
        tool_id=row.tool_id,
        usage=usage_of(row),
        seconds=row.seconds,
        evidence=row.evidence,
        id=row.id,
        scope=scope,
        reason=row.reason,
        serial=row.serial or "",
    )


def _to_totals(row: AnyRow) -> RouteTotals:
    cost = None if row.cost is None else row.cost * row.answers
    usage = Usage(int(row.calls), int(row.input_tokens), int(row.output_tokens), cost)
    return RouteTotals(row.answers, usage, row.seconds)
