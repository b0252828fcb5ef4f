"""The tool maker: propose, verify, wrap, with every failure fed back."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial

from latm.answering.direct import DirectAnswer
from latm.making.bench import Bench
from latm.making.order import LONGEST, DeclinedError, Made, Order, OutOfTriesError, SeveralError
from latm.making.pairs import PairJudge
from latm.making.repairing import repair_of
from latm.models import Model
from latm.provenance import Outcome
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.tool import Program

_UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class ToolMaker:
    """Makes verified tools.

    Attributes:
        model: the strong model that writes them.
        judge: gives fresh direct answers if a tool and a model's label differ; None: every label stands.
        sandbox: where candidates run.
        settings: examples per stage, tries, temperature, and whether gold is strict.
        checking: how many makings may be at the gates at once.
        pairs: says whether two wordings of one content say the same, if a form cannot tell; None: nobody.
        user: the tool user's light model, which may read what half tools leave to it; None: tools read all themselves.
    """

    model: Model
    judge: DirectAnswer | None
    sandbox: Sandbox
    settings: Settings
    checking: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, _UNLIMITED))
    pairs: PairJudge | None = None
    user: Model | None = None

    async def make(self, order: Order) -> Made:
        """Make a tool, or find out why that is not possible. A failure is a verdict, not an error.

        Raises:
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing was decided.
            SandboxError: the machine failed; nothing was decided.
        """
        order, told = await self._repair(order)
        bench = Bench(order, self, told)
        if why := _no_ground(order):
            return await bench.conclude(Outcome.FAILED if order.asked_form else Outcome.UNTOOLABLE, why)
        if (program := await bench.known_tool()) is not None:
            reason = f"tool {program.id} answers all {len(bench.questions)} examples and passes every gate"
            return await bench.conclude(Outcome.REUSED, reason, program)
        try:
            if order.may_be_several:
                await bench.divide_by_tools()
            if order.widens and order.previous is not None:
                await bench.keep(order.previous)
            source, reason = await bench.make()
        except DeclinedError as declined:
            return await bench.conclude(Outcome.UNTOOLABLE, str(declined))
        except SeveralError as several:
            return await bench.conclude(Outcome.SEVERAL, str(several), parts=several.parts)
        except OutOfTriesError as failed:
            return await bench.conclude(Outcome.FAILED, str(failed))
        return await bench.conclude(Outcome.MADE, reason, Program.of(self._apart(source, order)))

    def _apart(self, source: str, order: Order) -> str:
        """The source as one scope's own if no program is shared: no worker, which goes by the source, is either."""
        digest = order.examples[0].scope.digest
        is_shared = self.settings.reuse_across_scopes or not digest
        return source if is_shared else f"{source.rstrip()}\n\n\n# For the scope {digest} alone.\n"

    async def is_known(self, order: Order) -> bool:
        """Whether one of the order's reusable programs would do, for no tokens.

        Raises:
            InputError: there are too few examples.
            SandboxError: the machine failed.
        """
        return not _no_ground(order) and await Bench(order, self).known_tool() is not None

    async def answers(self, order: Order, program: Program) -> bool:
        """Whether a program passes every gate of an order, for no tokens.

        Raises:
            InputError: there are too few examples.
            SandboxError: the machine failed.
        """
        return not _no_ground(order) and await Bench(order, self).is_answered_by(program)

    async def _repair(self, order: Order) -> tuple[Order, str]:
        """The order with the failures of the tool before first, and what its maker is told of that tool."""
        if order.previous is None or not order.examples:
            return order, ""
        shown, held_out = self.settings.examples_shown, self.settings.examples_held_out
        parts = (self.sandbox, order.previous, order.examples, order.form)
        repair = await repair_of(*parts, shown=shown, held_out=held_out, widens=order.widens)
        return replace(order, examples=repair.examples, shown=repair.shown, may_be_several=False), repair.told


def _no_ground(order: Order) -> str:
    """Why there is nothing that a tool could be checked against; empty if there is."""
    count = len(order.examples)
    fitting = sum(order.form.valid(example.answer) for example in order.examples)
    if order.asked_form and not fitting:
        asked = order.asked_form
        return f"none of the {count} answers has the form {asked!r} that is set; correct answer_form, or drop it"
    if 2 * (long := sum(len(example.answer) > LONGEST for example in order.examples)) > count:
        return (
            f"{long} of the {count} answers have over {LONGEST:,} characters, which is more than a maker can be shown"
        )
    if not order.form.is_stable:
        why = f"the {count} answers have no stable content (opinions, refusals)"
        return f"{why}: there is nothing to check a tool against"
    return ""
