"""Learning: from answers to examples, from examples to tools."""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from uuid import uuid4

import anyio

from latm.answer import Answer, Route
from latm.concurrency import gather, plain_errors
from latm.dispatching.catalogue import Catalogue
from latm.errors import SettingsError
from latm.ledger import Usage, break_even, expected_questions
from latm.making.maker import Order, ToolMaker
from latm.models import Models
from latm.models.journal import Journaled
from latm.provenance import Making
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.store import ToolCache
from latm.task import Example, Task, TaskStatus
from latm.tool import Tool
from latm.using.direct import DirectAnswer

_FOREIGN_PER_TASK = 3
_FOREIGN_AT_MOST = 60
_EXAMPLES_KEPT = 24
_CLAIM_SECONDS = 120.0


class Learner:
    """Keeps direct answers as examples of their kinds, finds the kinds that are ripe for a tool, and has it made.

    Args:
        cache: where everything learnt is kept.
        catalogue: the view of it that the dispatcher uses.
        sandbox: where proposed tools run.
        models: the tool maker, and the model of direct answers.
        settings: how tools are made, and when.
    """

    def __init__(
        self, cache: ToolCache, catalogue: Catalogue, sandbox: Sandbox, models: Models, settings: Settings
    ) -> None:
        self._cache = cache
        self._catalogue = catalogue
        self._sandbox = sandbox
        self._models = models
        self._settings = settings
        self._owner = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._passed = 0
        self._spent: defaultdict[str, list[Usage]] = defaultdict(list)

    def learn(self, answers: Sequence[Answer], remaining: int | None) -> list[Task]:
        """Keep the direct answers among these as examples of their kinds.

        Args:
            answers: in the order of the stream.
            remaining: how many questions are still to come; None where unknown.

        Returns:
            The tasks that are now ripe for a tool.
        """
        self._passed += len(answers)
        direct = [answer for answer in answers if answer.route is Route.DIRECT]
        touched = dict.fromkeys(name for answer in direct if (name := self._keep(answer)))
        return [task for task in map(self._catalogue.task, touched) if self._is_ripe(task, remaining)]

    def placed(self, answer: Answer) -> Answer:
        """The answer under the task that its question became an example of, where it was of no known kind before."""
        kind = self._catalogue.kind_of(answer.question) if answer.task is None else None
        return replace(answer, task=kind.name) if kind else answer

    def _keep(self, answer: Answer) -> str | None:
        """Add an answer to the examples of its kind; the task's name, or None where it learns nothing more."""
        kind = self._catalogue.kind_of(answer.question)
        name = kind.name if kind else self._catalogue.new_name(answer.question)
        self._spent[name].append(answer.usage)
        settled = kind and kind.status in {TaskStatus.SERVED, TaskStatus.UNTOOLABLE}
        if self._models.direct is None or settled or (kind and len(kind.examples) >= _EXAMPLES_KEPT):
            return None
        self._catalogue.add_examples(name, [Example(answer.question, answer.text, self._models.direct.name)])
        return name

    def _is_ripe(self, task: Task, remaining: int | None) -> bool:
        """Whether there are examples enough, twice as many as at the last try, and a tool would pay."""
        wanted = max(self._settings.examples_shown + self._settings.examples_held_out, 2 * task.tried_at)
        if self._settings.making == "never" or self._models.maker is None or len(task.examples) < wanted:
            return False
        return expected_questions(len(task.examples), self._passed, remaining) >= self._break_even(task)

    def _break_even(self, task: Task) -> float:
        """How many questions of a task a tool must answer to pay: in money where prices are known, else in tokens."""
        direct = self._spent[task.name]
        spent = sum(direct, Usage())
        making = self._cache.average_making_usage() or Usage(input_tokens=self._settings.making_tokens, cost=None)
        if making.cost and spent.cost:
            return break_even(float(making.cost), float(spent.cost) / len(direct))
        return break_even(making.tokens, spent.tokens / max(len(direct), 1))

    async def make_ripe(self, tasks: Sequence[Task]) -> list[Making]:
        """Make the tools of several tasks at once, each from what is known now; not those that another process makes.

        Raises:
            LatmError: as `make`.
        """
        orders = [self._order(task, task.examples[task.tried_at :]) for task in tasks]
        makings = await gather([partial(self._make, order) for order in orders])
        return [making for making in makings if making]

    async def make(self, task: str, examples: Sequence[Example]) -> Making:
        """Make one tool from these examples; what the models said survives a crash, and is not paid for twice.

        Raises:
            SettingsError: no tool maker is set, or another process is making a tool for this task.
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing was decided.
            SandboxError: the machine failed; nothing was decided.
        """
        making = await self._make(self._order(self._catalogue.add_examples(task, examples), examples))
        if making is None:
            raise SettingsError(
                f"A tool for {task!r} is being made elsewhere.", hint="Wait for it, or try again in a few minutes."
            )
        return making

    async def _make(self, order: Order) -> Making | None:
        if self._models.maker is None:
            raise SettingsError("No tool maker is set.", hint="Set one: --maker provider:model, or LATM_MAKER.")
        if not self._cache.claim_making(order.task, self._owner, _CLAIM_SECONDS):
            return None
        async with self._claimed(order.task):
            journal = self._cache.journal(order.task)
            model = Journaled(self._models.maker, journal)
            judge = DirectAnswer(Journaled(self._models.direct, journal)) if self._models.direct else None
            making, tool = await ToolMaker(model, judge, self._sandbox, self._settings).make(order)
            self._catalogue.settle(making, tool)
        return making

    @asynccontextmanager
    async def _claimed(self, task: str) -> AsyncIterator[None]:
        """Keep the claim on a task alive; a claim of a process that died runs out soon."""

        async def renew() -> None:
            while True:
                await anyio.sleep(_CLAIM_SECONDS / 3)
                self._cache.renew_claim(task, self._owner, _CLAIM_SECONDS)

        try:
            with plain_errors():
                async with anyio.create_task_group() as group:
                    group.start_soon(renew)
                    yield
                    group.cancel_scope.cancel()
        finally:
            self._cache.release_making(task, self._owner)

    def _order(self, task: Task, examples: Sequence[Example]) -> Order:
        foreign = self._catalogue.foreign_examples(task.name, _FOREIGN_PER_TASK, _FOREIGN_AT_MOST)
        return Order(task.name, examples, foreign, self._reusable(task.name, examples) if self._settings.reuse else ())

    def _reusable(self, name: str, examples: Sequence[Example]) -> Sequence[Tool]:
        """The tools of the tasks that the examples resemble most."""
        nearest = [
            near for one in examples[:1] for near in self._catalogue.candidates(one.question, self._settings.shortlist)
        ]
        found = [self._catalogue.tool(task.name) for task in nearest if task.name != name]
        return tuple({tool.id: tool for tool in found if tool}.values())
