"""The paper's own tool maker (arXiv 2305.17126, section 3.1), beside ours for faithful comparison.

Three stages of one conversation whose history is kept: a function is proposed from examples until it runs; the maker
writes unit tests for further examples until they pass on it; and it writes down how the tests call it, for a tool user.
Nothing else is checked: whether a tool is right rests on tests that its own maker wrote.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from latm.answering.paper_user import CODE, question_key, read_code, run_code
from latm.errors import InputError
from latm.making.conversation import Conversation
from latm.making.gates import said
from latm.making.order import Made, Order, OutOfTriesError
from latm.models import Model
from latm.prompting import render
from latm.provenance import Attempt, Outcome
from latm.sandbox.protocol import Sandbox, Verdict
from latm.settings import Settings
from latm.task import Example
from latm.tool import Demonstration, Program, ToolKind, Verification

_USE = re.compile(
    r"^\W*Question:[*_ \t]*(?P<question>.*?)\s*^\W*Solution:\W*?\s*```(?:python|py)?[ \t]*\n(?P<code>.*?)^```",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)

Check = Callable[[str], Awaitable[str]]
"""From a completion to what is wrong with it, in words for the maker; empty if nothing is."""


class PaperMaker:
    """Makes tools by the paper's protocol.

    Args:
        model: the strong model that writes them.
        sandbox: where its functions and tests run.
        settings: examples and tries of each stage, and the temperature; wrapping has as many tries as verifying.
    """

    def __init__(self, model: Model, sandbox: Sandbox, settings: Settings) -> None:
        self._model = model
        self._sandbox = sandbox
        self._settings = settings

    async def make(self, task: str, examples: Sequence[Example]) -> Made:
        """Make a tool from examples: the first ones are shown, the next are tested.

        Raises:
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing was decided.
            SandboxError: the machine failed; nothing was decided.
        """
        shown, tested = self._chosen(task, examples)
        talk = Conversation(self._model, self._settings.temperature)
        program: Program | None = None
        uses: tuple[Demonstration, ...] = ()
        try:
            program, uses = await self._make(talk, shown, tested)
            outcome, reason = Outcome.MADE, f"its maker's tests of {len(tested)} examples pass"
        except OutOfTriesError as failed:
            outcome, reason = Outcome.FAILED, str(failed)
        return Made(talk.record(task, outcome, reason, program), program, uses)

    async def carry_out(self, order: Order) -> Made:
        """Make a tool for an order, and run the uses that it is wrapped with, which must not contradict an example.

        Raises:
            LatmError: as `make`.
        """
        made = replace(await self.make(order.task, order.examples), form=order.form)
        if made.program is None:
            return made
        checked = await check_uses(self._sandbox, order, made.program, made.demonstrations)
        if not checked.failure:
            held = Verification(answered=checked.right, held_out=checked.right)
            return replace(made, verification=held)
        making = replace(made.making, outcome=Outcome.FAILED, reason=checked.failure, tool_id=None)
        return Made(making, form=order.form)

    def _chosen(self, task: str, examples: Sequence[Example]) -> tuple[Sequence[Example], Sequence[Example]]:
        shown = self._settings.examples_shown
        wanted = shown + self._settings.examples_held_out
        if len(examples) < wanted:
            raise InputError(
                f"Making a tool for {task!r} takes {wanted} examples, and there are {len(examples)}.",
                hint="Give more examples, or set examples_shown and examples_held_out lower.",
            )
        return examples[:shown], examples[shown:wanted]

    async def _make(
        self, talk: Conversation, shown: Sequence[Example], tested: Sequence[Example]
    ) -> tuple[Program, tuple[Demonstration, ...]]:
        settings = self._settings
        proposed = await self._stage(talk, "propose", shown, settings.tries_propose, self._runs)
        function = read_code(proposed).strip() + "\n"

        async def passes(completion: str) -> str:
            return await self._runs(f"```python\n{function}\n\n{read_code(completion)}\n```")

        await self._stage(talk, "verify", tested, settings.tries_verify, passes)
        guide = await self._stage(talk, "wrap", (), settings.tries_verify, _holds_uses)
        return Program(function, ToolKind.PAPER), tuple(read_uses(guide))

    async def _stage(
        self, talk: Conversation, stage: str, examples: Sequence[Example], tries: int, check: Check
    ) -> str:
        """Ask until a completion is good enough, each failure fed back; that completion."""
        listed = "\n\n".join(f"Question: {example.question}\nAnswer: {example.answer}" for example in examples)
        prompt, failure = render("latm.making", f"paper_{stage}", examples=listed), ""
        for _ in range(tries):
            completion = await talk.say(stage, prompt)
            failure = await check(completion)
            talk.attempts.append(Attempt(stage, prompt, completion, stage if failure else "", failure))
            if not failure:
                return completion
            prompt = render("latm.making", f"paper_{stage}_failed", failure=failure)
        raise OutOfTriesError(f"no {stage} try of {tries} was good enough; the last: {failure.splitlines()[0]}")

    async def _runs(self, completion: str) -> str:
        result = await self._sandbox.load(read_code(completion))
        return "" if result.verdict is Verdict.OK else f"{result.verdict}: {result.detail}"


@dataclass(frozen=True, slots=True)
class UsesChecked:
    """What running a paper tool's uses showed.

    Attributes:
        right: how many give the right answer of an example.
        failure: how the first that gives another one differs; empty if none does.
    """

    right: int
    failure: str = ""


async def check_uses(sandbox: Sandbox, order: Order, program: Program, uses: Sequence[Demonstration]) -> UsesChecked:
    """Run the code of each use, and compare what it finds with the answer of the example that asks the same.

    Raises:
        SandboxError: the machine failed.
    """
    answers = {question_key(example.question): example.answer for example in order.examples}
    right = 0
    for use in uses:
        wanted = answers.get(question_key(use.question))
        if wanted is None:
            continue
        result = await run_code(sandbox, program.source, use.arguments[CODE], use.question)
        if result.verdict is not Verdict.OK or not order.form.same(result.text or "", wanted):
            return UsesChecked(right, f"Right answer: {wanted}. The tool: {said(result)}")
        right += 1
    return UsesChecked(right)


async def _holds_uses(completion: str) -> str:
    return "" if read_uses(completion) else "It holds no question with a ```python block as its solution."


def read_uses(guide: str) -> list[Demonstration]:
    """The questions in a guide, each with the code that answers it."""
    return [Demonstration(found["question"].strip(), {CODE: found["code"].rstrip()}) for found in _USE.finditer(guide)]
