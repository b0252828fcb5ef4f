"""Verifies a tool that was made elsewhere; its maker's claims do not count."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from latm import __version__
from latm.errors import InputError
from latm.form import Form
from latm.making.free_text import free_regions
from latm.making.gates import Gates, Stopped, first_failure
from latm.making.labels import Labels
from latm.making.order import Made, Order, distinct_examples
from latm.making.paper import check_uses
from latm.making.wrap import demonstrations
from latm.provenance import Making, Outcome
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.tool import Demonstration, Program, Verification


async def hold_against(sandbox: Sandbox, settings: Settings, order: Order, program: Program) -> Made:
    """Check a tool by all examples and every gate, as if it had just been proposed; no model is asked.

    Raises:
        InputError: it leaves reading to a model, there are too few examples, or a gate stops it.
        SandboxError: the machine failed; nothing was decided.
    """
    if program.schema:
        said = f"The tool for {order.task!r} leaves reading to a light model, and is not taken from elsewhere."
        raise InputError(said, hint="Have one made here, from examples: latm make.")
    started = time.monotonic()
    examples = distinct_examples(order.task, order.examples, settings)
    questions = [example.question for example in examples]
    few = questions[: settings.examples_shown + settings.examples_held_out]
    labels = Labels(examples, None, order.form, gold_is_strict=True)
    foreign = Labels([example for _, example in order.foreign], None, Form(), gold_is_strict=True)
    foreign_questions = [example.question for _, example in order.foreign]
    gates = Gates(sandbox, labels, free_regions(questions, settings.examples_of_text))
    answers = gates.answers("held-out-examples", questions)
    checks = [gates.runs(), answers, *gates.strict(few, foreign, foreign_questions)]
    if stopped := await first_failure(checks, program.source):
        raise refusal(order.task, stopped)
    verification = Verification(
        answered=len(questions),
        held_out=len(questions),
        rewritten=len(labels.rewritten),
        foreign=len(foreign_questions),
        folds=await gates.folds(program.source, few),
    )
    shown = demonstrations(labels.among(few), await gates.traces(program.source, few))
    reason = f"verified here on {len(questions)} examples and {len(foreign_questions)} foreign ones"
    return Made(_making(order, program, reason, started), program, shown, verification, order.form)


async def hold_against_uses(sandbox: Sandbox, order: Order, program: Program, uses: Sequence[Demonstration]) -> Made:
    """Run the code that a paper tool comes with, and compare what it finds with the right answers.

    Raises:
        InputError: one of them is wrong.
        SandboxError: the machine failed; nothing was decided.
    """
    started = time.monotonic()
    checked = await check_uses(sandbox, order, program, uses)
    if checked.failure:
        raise refusal(order.task, Stopped("uses", checked.failure))
    reason = f"its {len(uses)} uses were run here, and each gives the right answer"
    return Made(_making(order, program, reason, started), program, tuple(uses), Verification(checked.right), order.form)


def refusal(task: str, stopped: Stopped) -> InputError:
    """Why a tool is not taken, in one sentence."""
    seen = " ".join(stopped.failure.split())
    return InputError(f"The tool for {task!r} is not taken: the gate {stopped.gate} stops it: {seen[:500]}")


def _making(order: Order, program: Program, reason: str, started: float) -> Making:
    return Making(
        task=order.task,
        outcome=Outcome.IMPORTED,
        reason=reason,
        tool_id=program.id,
        model="",
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.monotonic() - started,
        version=__version__,
    )
