"""Forgetting: questions and answers are deleted from the database. Tools stay, unless they are selected too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, delete, exists, or_, select, true, update

from latm.event import EventKind
from latm.ledger import Usage
from latm.question import Scope
from latm.store.claims import is_free, select_claims
from latm.store.database import in_parts
from latm.store.payments import keep_forgotten
from latm.store.revisions import touch
from latm.store.schema import (
    answers,
    audits,
    claims,
    events,
    examples,
    journal,
    makings,
    programs,
    scopes,
    tasks,
    versions,
)
from latm.store.tasks import TaskTable, forget_unfinished
from latm.store.usage import usage_of

_WORD = re.compile(r"\w+|[^\w\s]")
_LABELS = (EventKind.DROPPED, EventKind.RESTORED, EventKind.DRIFTED)


@dataclass(frozen=True, slots=True)
class Selection:
    """What to forget: everything that matches all conditions set.

    Attributes:
        scope: only what has this scope.
        project: only what has a scope of this project.
        but: nothing that has a scope of these projects.
        task: only what belongs to this task.
        before: only what is older than this moment, ISO 8601, UTC; empty for any time.
        containing: only what contains this text exactly.
    """

    scope: Scope | None = None
    project: str | None = None
    but: Sequence[str] = ()
    task: str | None = None
    before: str = ""
    containing: str = ""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was forgotten.

    Attributes:
        answers: how many answered questions.
        examples: how many examples of tasks.
        makings: how many makings lost their conversations, which show examples; what they cost stays.
        demonstrations: how many versions of tools lost their demonstrations.
        tasks: how many tasks with their tools.
    """

    answers: int = 0
    examples: int = 0
    makings: int = 0
    demonstrations: int = 0
    tasks: int = 0

    def __add__(self, other: "Forgotten") -> "Forgotten":
        return Forgotten(*(getattr(self, name) + getattr(other, name) for name in Forgotten.__slots__))


class ForgetTable(TaskTable):
    """Forgetting in the tool cache."""

    def forget(self, what: Selection, *, tools: bool = False) -> Forgotten:
        """Forget questions and answers everywhere: log, examples, conversations, demonstrations, journals.

        A tool stays, and is then found by the fixed wording of its questions.

        Args:
            what: what to forget.
            tools: whether to forget the tasks and their tools too, except those that are pinned or being made; only if
                neither an age nor a text is selected.
        """
        meant = select(tasks.c.id, tasks.c.name).where(_of_scope(tasks.c.scope, what), _is(tasks.c.name, what.task))
        with self.writing() as connection:
            ids = dict(connection.execute(meant).all())
            demonstrations = _forget_demonstrations(connection, list(ids), what)
            given = _forget_examples(connection, list(ids), what)
            forgotten = Forgotten(
                answers=_forget_answers(connection, what),
                examples=len(given),
                makings=_forget_makings(connection, what),
                demonstrations=len(demonstrations),
            )
            audited = _forget_audits(connection, list(ids), what)
            labelled = _forget_labels(connection, list(ids), what)
            _forget_unfinished(connection, list(ids.values()), what)
            touch(connection, sorted({*demonstrations, *given, *audited, *labelled}))
        if tools and not (what.before or what.containing):
            deleted = self.delete_tasks(set(ids.values()) - self.pinned_tasks())
            forgotten = replace(forgotten, tasks=len(deleted))
        with self.writing() as connection:
            _forget_scopes(connection)
        self._dialect.shrink(self._engine)
        return forgotten


def _of_scope(column: ColumnElement[str], what: Selection) -> ColumnElement[bool]:
    wanted: ColumnElement[bool] = true()
    if what.scope is not None:
        wanted &= column == what.scope.digest
    if what.project is not None:
        wanted &= column.in_(_digests(what.project))
    for project in what.but:
        wanted &= column.not_in(_digests(project))
    return wanted


def _digests(project: str) -> Select[str]:
    return select(scopes.c.digest).where(scopes.c.project == project)


def _is(column: ColumnElement[str], value: str | None) -> ColumnElement[bool]:
    return true() if value is None else column == value


def _older(column: ColumnElement[str], what: Selection) -> ColumnElement[bool]:
    return column < what.before if what.before else true()


def _contain(what: Selection, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether one of these columns contains the text; plain data contains it as JSON writes it."""
    if not what.containing:
        return true()
    return or_(*(cast(column, Text).contains(what.containing, autoescape=True) for column in columns))


def _holds(column: ColumnElement[object]) -> ColumnElement[bool]:
    """Whether a column of plain data is not empty; what is empty already is not written again."""
    return cast(column, Text).not_in(("[]", "{}"))


def _forget_answers(connection: Connection, what: Selection) -> int:
    spent = (answers.c.calls, answers.c.input_tokens, answers.c.output_tokens, answers.c.cost)
    rows = connection.execute(
        delete(answers)
        .where(_of_scope(answers.c.scope, what), _is(answers.c.task, what.task), _older(answers.c.answered_at, what))
        .where(_contain(what, answers.c.question, answers.c.text, answers.c.evidence))
        .returning(*spent)
    ).all()
    keep_forgotten(connection, sum((usage_of(row) for row in rows if row.calls), Usage()))
    return len(rows)


def _forget_examples(connection: Connection, ids: Sequence[int], what: Selection) -> list[int]:
    """Delete examples, and return the task of each."""
    lost: list[int] = []
    for part in in_parts(ids):
        which = (
            examples.c.task_id.in_(part),
            _older(examples.c.added_at, what),
            _contain(what, examples.c.question, examples.c.answer),
        )
        losing = select(examples.c.task_id).where(*which).distinct()
        unworded = select(tasks.c.id).where(tasks.c.id.in_(losing), tasks.c.wording == "")
        for task_id in connection.scalars(unworded).all():
            _keep_wording(connection, task_id)
        lost += connection.scalars(delete(examples).where(*which).returning(examples.c.task_id))
    return lost


def _keep_wording(connection: Connection, task_id: int) -> None:
    """Keep the fixed wording of a task's questions before they are deleted: it finds the tool from now on."""
    of_task = select(examples.c.question).where(examples.c.task_id == task_id, examples.c.dropped == "")
    questions = connection.scalars(of_task.order_by(examples.c.id)).all()
    sources = select(programs.c.source).where(
        programs.c.id.in_(select(versions.c.program).where(versions.c.task_id == task_id))
    )
    wording = wording_of(questions, connection.scalars(sources).all())
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(wording=wording))


def wording_of(questions: Sequence[str], sources: Sequence[str] = ()) -> str:
    """The words that all questions of a task share, in order; for a single question, those in its tool's source."""
    texts = [*questions[1:], *(sources if len(questions) == 1 else ())]
    if not questions or not texts:
        return ""
    shared = set.intersection(*(set(_WORD.findall(text)) for text in texts))
    return " ".join(word for word in _WORD.findall(questions[0]) if word in shared)


def _forget_makings(connection: Connection, what: Selection) -> int:
    """Empty the conversations; what a making cost stays for the ledger."""
    emptied = update(makings).values(attempts=[], notes=[], reason="")
    full = or_(_holds(makings.c.attempts), _holds(makings.c.notes), makings.c.reason != "")
    which = (
        full,
        _of_scope(makings.c.scope, what),
        _is(makings.c.task, what.task),
        _older(makings.c.started_at, what),
        _contain(what, makings.c.attempts, makings.c.notes, makings.c.reason),
    )
    return len(connection.execute(emptied.where(*which).returning(makings.c.id)).all())


def _forget_demonstrations(connection: Connection, ids: Sequence[int], what: Selection) -> list[int]:
    """Empty the demonstrations of versions, each of which shows a question, and return the task of each.

    A version is as old as its verification.
    """
    emptied: list[int] = []
    for part in in_parts(ids):
        young = select(events.c.id).where(
            events.c.task_id == versions.c.task_id, events.c.version == versions.c.number,
            events.c.at >= what.before, events.c.kind == EventKind.VERIFIED,
        )  # fmt: skip
        which = [versions.c.task_id.in_(part), _holds(versions.c.demonstrations)]
        which += [~young.exists()] if what.before else []
        empty = update(versions).where(*which, _contain(what, versions.c.demonstrations)).values(demonstrations=[])
        emptied += connection.scalars(empty.returning(versions.c.task_id))
    return emptied


def _forget_audits(connection: Connection, ids: Sequence[int], what: Selection) -> list[int]:
    """Empty the texts of audits; what they found stays. One without a verdict never gets one and counts as wrong.

    Return the task of each.
    """
    emptied: list[int] = []
    gone = {"question": "", "text": None, "reference": None, "again": None, "why": "", "due": None, "scope": ""}
    texts = (audits.c.question, audits.c.text, audits.c.reference, audits.c.again)
    for part in in_parts(ids):
        which = (
            audits.c.task_id.in_(part), audits.c.question != "", _older(audits.c.drawn_at, what), _contain(what, *texts)
        )  # fmt: skip
        emptied += connection.scalars(update(audits).where(*which).values(gone).returning(audits.c.task_id))
    return emptied


def _forget_labels(connection: Connection, ids: Sequence[int], what: Selection) -> list[int]:
    """Empty the labels in events and the reasons why tasks have no tool: both may quote a question.

    Return the task of each.
    """
    emptied: list[int] = []
    for part in in_parts(ids):
        told = update(events).where(
            events.c.task_id.in_(part), events.c.kind.in_(_LABELS), events.c.version.is_(None),
            or_(_holds(events.c.evidence), events.c.why != ""), _older(events.c.at, what),
            _contain(what, events.c.evidence, events.c.why),
        )  # fmt: skip
        emptied += connection.scalars(told.values(evidence={}, why="").returning(events.c.task_id))
        if not what.before:
            quoting = update(tasks).where(tasks.c.id.in_(part), tasks.c.reason != "", _contain(what, tasks.c.reason))
            emptied += connection.scalars(quoting.values(reason="").returning(tasks.c.id))
    return emptied


def _forget_unfinished(connection: Connection, names: Sequence[str], what: Selection) -> None:
    """Delete what is kept of makings that broke off; those under way go on."""
    for part in in_parts(names):
        held = connection.execute(select_claims().where(claims.c.task.in_(part))).all()
        young = select(journal.c.task).where(journal.c.task.in_(part), journal.c.recorded_at >= what.before)
        spared = set(connection.scalars(young)) if what.before else set()
        idle = [claim.task for claim in held if is_free(claim) and claim.task not in spared]
        forget_unfinished(connection, idle)


def _forget_scopes(connection: Connection) -> None:
    """Delete the texts of scopes that nothing uses any more."""
    used = (
        exists().where(column == scopes.c.digest, column != "")  # as in the index of large tables
        for column in (tasks.c.scope, answers.c.scope, makings.c.scope, audits.c.scope)
    )
    connection.execute(delete(scopes).where(scopes.c.digest != "", *(~each for each in used)))
