"""Orders: what a making starts from, by what is known of a task now."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from latm.answering.index import Index
from latm.answering.snapshot import Snapshot
from latm.errors import NotFoundError
from latm.form import Form, Same, find_form, fit_form, parse_form, ruled_by
from latm.known import Known
from latm.learning.breadth import in_breadth
from latm.learning.watcher import Watcher
from latm.making.adapting import adapted
from latm.making.order import Order
from latm.settings import Settings
from latm.store import ToolCache
from latm.task import Example, Task, TaskStatus
from latm.tool import Program, ToolStatus, ToolVersion

_FOREIGN_PER_TASK = 3
_FOREIGN_TASKS = 20


class Orders:
    """Writes the orders of makings.

    Args:
        cache: the tool cache with the standing cases and the versions that were found wrong.
        watcher: gives the current snapshot.
        settings: how tools are made.
        same: decides whether two answers are the same; None: the task's form decides.
    """

    def __init__(self, cache: ToolCache, watcher: Watcher, settings: Settings, same: Same | None = None) -> None:
        self._cache = cache
        self._watcher = watcher
        self._settings = settings
        self._same = same

    def suspended(self, name: str) -> ToolVersion | None:
        """The newest version of a task if audits have suspended it."""
        versions = self._cache.tools(task=name)
        return versions[-1] if versions and versions[-1].status is ToolStatus.SUSPENDED else None

    def now(self, name: str) -> Order:
        """The order for a ripe task: a tool, or a repair of one that was found wrong.

        Raises:
            NotFoundError: there is no such task.
        """
        snapshot = self._watcher.snapshot
        task = snapshot.task(name)
        if task is None:
            raise NotFoundError(f"There is no task {name!r}.")
        if (failed := self.suspended(name)) is not None:
            order = self._order(snapshot, task)
            others = tuple(program for program in order.reusable if program.id != failed.id)
            return replace(order, previous=failed.program, reusable=others)
        if self._settings.grouping == "arrival":
            return self._order(snapshot, task)
        broad = in_breadth(task.examples, self._settings.examples_shown, self._settings.examples_held_out)
        order = self._order(snapshot, replace(task, examples=broad.examples))
        return replace(order, shown=broad.shown, may_be_several=True)

    def wider(self, name: str, part: str) -> Order:
        """The order for one tool for both a served task and a new kind that its tool abstains from.

        Raises:
            NotFoundError: one of them is gone, or no tool serves the task.
        """
        snapshot = self._watcher.snapshot
        task, other, tool = snapshot.task(name), snapshot.task(part), snapshot.tool(name)
        if task is None or other is None or tool is None:
            raise NotFoundError(f"{name!r} or {part!r} is not a task any more, or has no tool.")
        order = self._order(snapshot, replace(task, examples=(*task.examples, *other.examples)))
        foreign = [(known, example) for known, example in order.foreign if known != part]
        return replace(order, foreign=foreign, previous=tool.program, reusable=(), widens=True)

    def of_examples(self, name: str, examples: Sequence[Example]) -> Order:
        """The order for a task that a caller names, from the caller's examples."""
        snapshot = self._watcher.snapshot
        known = snapshot.task(name)
        scope = examples[0].scope if examples else known.scope if known else Task(name).scope
        return self._order(snapshot, Task(name, tuple(examples), scope=scope, form=(known or Task(name)).form))

    def _order(self, snapshot: Snapshot, task: Task) -> Order:
        neighbours = snapshot.neighbours(task, _FOREIGN_TASKS)
        foreign = [
            (known.task.name, example) for known in neighbours for example in known.task.examples[:_FOREIGN_PER_TASK]
        ]
        near = neighbours[: self._settings.shortlist] if self._settings.reuse else []
        if self._settings.reuse and self._settings.reuse_across_scopes:
            near += snapshot.neighbours_elsewhere(task, self._settings.shortlist)
        if self._settings.reuse:
            near += self._resting(task)
        programs = {known.tool.id: known.tool.program for known in near if known.tool is not None}
        if self._settings.grouping == "look-back":
            # An edited preamble costs no making: the old tool, behind the new text, is checked with the new examples.
            questions = [example.question for example in task.examples]
            edited = (_adapted(known, questions) for known in near)
            programs |= {program.id: program for program in edited if program is not None}
        asked = self._settings.answer_form or ""
        form = ruled_by(self._same, self._form_now(task))
        return Order(task.name, task.examples, foreign, tuple(programs.values()), form, asked_form=asked)

    def _resting(self, task: Task) -> list[Known]:
        """The resting tasks that a task resembles most: a kind that comes back finds its old tool."""
        resting = {known.task.name: known for known in self._cache.resting(task.scope)}
        if not resting or not task.examples:
            return []
        index = Index().with_many({name: _wording(known.task) for name, known in resting.items()})
        matches = index.nearest(task.examples[0].question, self._settings.shortlist)
        return [resting[match.task] for match in matches]

    def _form_now(self, task: Task) -> Form:
        """The form that the serving tool was verified with; otherwise a new one, as more examples show more of it."""
        if task.status is TaskStatus.SERVED and task.form != Form() and not self._settings.answer_form:
            return task.form
        return reduce(Form.taught, task.form.rulings, self._form(task.examples))

    def _form(self, examples: Sequence[Example]) -> Form:
        """The form of the answers: the one that the user gives, or the one that the examples show."""
        answers = [example.answer for example in examples]
        if self._settings.answer_form:
            return fit_form(parse_form(self._settings.answer_form), answers)
        return find_form(answers, [example.question for example in examples])

    def resumed(self, order: Order, work: Any) -> Order:
        """The order of an earlier maker that was broken off, if any: its paid completions fit those prompts."""
        if work == work_of(order):
            return order
        scope = order.examples[0].scope if order.examples else Task(order.task).scope
        examples = [Example(question, answer, source, scope) for question, answer, source in work["examples"]]
        foreign = [
            (task, Example(question, answer, source, scope)) for task, question, answer, source in work["foreign"]
        ]
        form = ruled_by(self._same, self._form(examples))
        shown, several = work.get("shown"), work.get("may_be_several", False)
        return replace(order, examples=examples, foreign=foreign, form=form, shown=shown, may_be_several=several)


def work_of(order: Order) -> Any:
    """An order as plain data."""
    return {
        "examples": [[one.question, one.answer, one.source] for one in order.examples],
        "foreign": [[task, one.question, one.answer, one.source] for task, one in order.foreign],
        "shown": order.shown,
        "may_be_several": order.may_be_several,
    }


def _wording(task: Task) -> tuple[str, ...]:
    questions = tuple(example.question for example in task.examples)
    return (*questions, task.wording) if task.wording else questions


def _adapted(known: Known, questions: Sequence[str]) -> Program | None:
    if known.tool is None:
        return None
    return adapted(known.tool.program, [example.question for example in known.task.examples], questions)
