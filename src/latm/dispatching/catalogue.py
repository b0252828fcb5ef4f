"""What a running latm knows: its tasks, their tools, and which of them a question resembles."""

import hashlib
import re
from collections.abc import Sequence

from latm.dispatching.shortlist import Shortlist
from latm.provenance import Making
from latm.store import ToolCache
from latm.task import Example, Task, TaskStatus
from latm.tool import Tool, ToolStatus

SAME_KIND = 0.35
"""Similarity from which a question is taken to be of a task's kind. Measured on 18 task types of BIG-Bench Hard (270
shuffled questions, three seeds): at 0.3 two types merge, at 0.35 none, at 0.4 more types fall apart."""

_NEAR = 0.3
"""Share of the best similarity from which a task is worth a try. Measured on 34 task types from six examples each: the
right task is above it for every test question, with 1.9 candidates a question instead of 5."""

_USUAL_LENGTH = 10
_LONGEST_NAME = 32


class Catalogue:
    """Tasks by name, the tool that serves each, and the shortlist over them: a view of the tool cache in memory.

    Whatever is learnt goes to the cache first. What other processes learn shows after `refresh`.
    """

    def __init__(self, cache: ToolCache) -> None:
        self._cache = cache
        self._load()

    def _load(self) -> None:
        self._revision = self._cache.revision()
        self._tasks: dict[str, Task] = {}
        self._tools: dict[str, Tool] = {}
        self._shortlist = Shortlist()
        self._longest: dict[str, int] = {}
        serving = {tool.id: tool for tool in self._cache.tools(status=ToolStatus.SERVING)}
        for task in self._cache.tasks():
            self._take(task)
            for example in task.examples:
                self._index(task.name, example)
            if task.tool_id in serving:
                self._tools[task.name] = serving[task.tool_id]

    def refresh(self) -> None:
        """Take over what other processes have changed in the cache."""
        if self._cache.revision() != self._revision:
            self._load()

    @property
    def tasks(self) -> Sequence[Task]:
        """Every task, in the order in which they came."""
        return tuple(self._tasks.values())

    def task(self, name: str) -> Task:
        """The task of that name.

        Raises:
            KeyError: there is none.
        """
        return self._tasks[name]

    def tool(self, task: str) -> Tool | None:
        """The tool that serves a task."""
        return self._tools.get(task)

    def add_examples(self, name: str, examples: Sequence[Example]) -> Task:
        """Let a task, known or new, be known by more examples."""
        known = {example.question for example in self._tasks[name].examples} if name in self._tasks else set()
        self._cache.add_examples(name, examples)
        self._revision += 1
        for example in examples:
            if example.question not in known:
                self._index(name, example)
        return self._take(self._cache.task(name))

    def settle(self, making: Making, tool: Tool | None) -> Task:
        """Put a making on record, and its tool into service."""
        stored = self._cache.record_making(making, tool)
        self._revision += 1
        if stored is None:
            self._tools.pop(making.task, None)
        else:
            self._tools[making.task] = stored
        return self._take(self._cache.task(making.task))

    def _take(self, task: Task) -> Task:
        self._tasks[task.name] = task
        return task

    def _index(self, name: str, example: Example) -> None:
        self._shortlist.add(name, example.question)
        self._longest[name] = max(self._longest.get(name, 0), len(example.question))

    def candidates(self, question: str, count: int) -> list[Task]:
        """The served tasks that the question resembles most, best first; none for a text of unusual length."""
        matches = [match for match in self._shortlist.nearest(question, 4 * count) if match.task in self._tools]
        near = [match.task for match in matches[:count] if match.similarity >= _NEAR * matches[0].similarity]
        return [self._tasks[name] for name in near if len(question) <= _USUAL_LENGTH * self._longest[name]]

    def most_alike(self, question: str, tasks: Sequence[Task]) -> Task:
        """Which of some tasks the question belongs to by its wording, once it is known to be of one of their kinds."""
        return self._tasks[self._shortlist.most_alike(question, [task.name for task in tasks])]

    def kind_of(self, question: str) -> Task | None:
        """The task whose kind the question is taken to be, by its wording alone; enough to group, not to answer."""
        for match in self._shortlist.nearest(question, 1):
            if match.similarity >= SAME_KIND:
                return self._tasks[match.task]
        return None

    def new_name(self, question: str) -> str:
        """A name for a kind that was seen for the first time: its first words, and a digest that keeps it unique."""
        words = "-".join(re.findall(r"[a-z]+", question.lower()))[:_LONGEST_NAME].rstrip("-") or "task"
        return f"{words}-{hashlib.sha256(question.encode(errors='surrogatepass')).hexdigest()[:6]}"

    def foreign_examples(self, name: str, per_task: int, at_most: int) -> list[Example]:
        """Examples of other tasks, which a tool for this one must not answer differently."""
        others = (task for task in self._tasks.values() if task.name != name and task.status != TaskStatus.FAILED)
        return [example for task in others for example in task.examples[:per_task]][:at_most]
