"""The tool maker: propose, verify, wrap, with every failure fed back."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from latm import __version__
from latm.errors import InputError
from latm.ledger import Usage
from latm.making.conversation import Conversation
from latm.making.gates import Gate, Gates, Stopped, first_failure
from latm.making.labels import Labels
from latm.making.reply import Declined, Proposal, Unusable, read_reply
from latm.making.wrap import answers_all, wrap
from latm.models import Message, Model
from latm.prompting import render
from latm.provenance import Attempt, Making, Outcome
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.task import Example
from latm.tool import Tool
from latm.using.direct import DirectAnswer

_DOUBT = (
    " One of the answers above may itself be wrong: where you are sure that it is, let the tool give the right one,"
    " and it will be looked at again."
)


@dataclass(frozen=True, slots=True)
class Order:
    """What a tool is to be made for.

    Attributes:
        task: the task's name.
        examples: in order; the first are shown to the maker, all others are held out.
        foreign: examples of other tasks, which the tool must not answer differently.
        reusable: tools that may already answer this task.
    """

    task: str
    examples: Sequence[Example]
    foreign: Sequence[Example] = ()
    reusable: Sequence[Tool] = ()


class _DeclinedError(Exception):
    """The maker found that no program can do this."""


class _OutOfTriesError(Exception):
    """No try of a stage passed its gates."""


class ToolMaker:
    """Makes verified tools.

    Args:
        model: the strong model that writes them.
        judge: gives fresh direct answers where a tool and a model's label differ; None: every label stands.
        sandbox: where candidates run.
        settings: examples per stage, tries, temperature, and whether gold is strict.
    """

    def __init__(self, model: Model, judge: DirectAnswer | None, sandbox: Sandbox, settings: Settings) -> None:
        self._model = model
        self._judge = judge
        self._sandbox = sandbox
        self._settings = settings
        self._wanted = settings.examples_shown + settings.examples_held_out

    async def make(self, order: Order) -> tuple[Making, Tool | None]:
        """Make a tool, or find out why there can be none. A failure is a verdict, not an error.

        Raises:
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing was decided.
            SandboxError: the machine failed; nothing was decided.
        """
        started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
        examples = self._chosen(order)
        for tool in order.reusable:
            if await answers_all(self._sandbox, tool, examples):
                reused = await wrap(self._sandbox, tool.source, order.task, examples)
                reason = f"tool {tool.id}, made for {tool.task}, answers all {len(examples)} examples"
                return self._verdict(order, Outcome.REUSED, reason, reused, started), reused
        return await self._make_new(order, examples, started)

    def _chosen(self, order: Order) -> list[Example]:
        distinct = list({example.question: example for example in order.examples}.values())
        if len(distinct) < self._wanted:
            raise InputError(
                f"Making a tool for {order.task!r} takes {self._wanted} different examples, "
                f"and there are {len(distinct)}.",
                hint="Give more examples, or set examples_shown and examples_held_out lower.",
            )
        return distinct

    async def _make_new(
        self, order: Order, examples: list[Example], started: tuple[str, float]
    ) -> tuple[Making, Tool | None]:
        labels = Labels(examples, self._judge, gold_is_strict=self._settings.gold_is_strict)
        talk = Conversation(
            self._model, self._settings.temperature, [Message("system", render("latm.making", "system"))]
        )
        questions = [example.question for example in examples]
        shown, held_out = questions[: self._settings.examples_shown], questions[self._settings.examples_shown :]
        gates = Gates(self._sandbox, labels)
        few = questions[: self._wanted]
        first = [gates.runs(), gates.answers("shown-examples", shown)]
        second = [
            gates.answers("held-out-examples", held_out),
            gates.refuses_foreign(order.foreign),
            gates.refuses_changed(few),
            gates.heeds_no_space(few),
            gates.no_surprises(few, [example.question for example in order.foreign]),
        ]
        try:
            source = await self._propose(talk, labels, examples[: self._settings.examples_shown], first)
            source = await self._verify(talk, labels, source, first, second)
        except _DeclinedError as declined:
            return self._verdict(order, Outcome.UNTOOLABLE, str(declined), None, started, talk, labels), None
        except _OutOfTriesError as failed:
            return self._verdict(order, Outcome.FAILED, str(failed), None, started, talk, labels), None
        tool = await wrap(self._sandbox, source, order.task, labels.among(few))
        reason = f"verified on {len(labels.among(questions))} examples and {len(order.foreign)} foreign ones"
        return self._verdict(order, Outcome.MADE, reason, tool, started, talk, labels), tool

    async def _propose(
        self, talk: Conversation, labels: Labels, shown: Sequence[Example], gates: Sequence[Gate]
    ) -> str:
        """Ask for a module until one runs and answers the examples that it was shown."""
        listed = "\n\n".join(f"Request:\n{example.question}\nAnswer: {example.answer}" for example in shown)
        prompt = render("latm.making", "propose", examples=listed)
        stopped = None
        for _ in range(self._settings.tries_propose):
            source, stopped = await self._attempt(talk, "propose", prompt, gates)
            if stopped is None:
                return source
            prompt = _feedback(stopped, labels)
        raise _OutOfTriesError(_last_words("propose", self._settings.tries_propose, stopped))

    async def _verify(
        self, talk: Conversation, labels: Labels, source: str, first: Sequence[Gate], second: Sequence[Gate]
    ) -> str:
        """Hold the module against what it was not shown, and have it mended until it passes everything."""
        stopped = await first_failure(second, source)
        for _ in range(self._settings.tries_verify):
            if stopped is None:
                return source
            talk.attempts.append(Attempt("verify", "", "", stopped.gate, stopped.failure))
            prompt = _feedback(stopped, labels)
            source, stopped = await self._attempt(talk, "verify", prompt, [*first, *second])
        if stopped is None:
            return source
        raise _OutOfTriesError(_last_words("verify", self._settings.tries_verify, stopped))

    async def _attempt(
        self, talk: Conversation, stage: str, prompt: str, gates: Sequence[Gate]
    ) -> tuple[str, Stopped | None]:
        """One completion, and the first gate that stops it."""
        completion = await talk.say(stage, prompt)
        stopped: Stopped | None
        match read_reply(completion):
            case Declined(reason):
                talk.attempts.append(Attempt(stage, prompt, completion))
                raise _DeclinedError(reason)
            case Unusable(problem):
                source, stopped = "", Stopped("form", problem)
            case Proposal(source):
                stopped = await first_failure(gates, source)
        gate, failure = (stopped.gate, stopped.failure) if stopped else ("", "")
        talk.attempts.append(Attempt(stage, prompt, completion, gate, failure))
        return source, stopped

    def _verdict(  # noqa: PLR0913, PLR0917  # a making is a wide record, and this is the one place that fills it
        self,
        order: Order,
        outcome: Outcome,
        reason: str,
        tool: Tool | None,
        started: tuple[str, float],
        talk: Conversation | None = None,
        labels: Labels | None = None,
    ) -> Making:
        attempts = talk.attempts if talk else []
        return Making(
            task=order.task,
            outcome=outcome,
            reason=reason,
            tool_id=tool.id if tool else None,
            model=talk.model_name if talk else "",
            attempts=tuple(attempts),
            caught=dict(Counter(attempt.gate for attempt in attempts if attempt.gate)),
            notes=tuple(labels.notes if labels else ()),
            usage=(talk.usage if talk else Usage()) + (labels.usage if labels else Usage()),
            started_at=started[0],
            seconds=time.monotonic() - started[1],
            version=__version__,
        )


def _feedback(stopped: Stopped, labels: Labels) -> str:
    return render("latm.making", "failed", failure=stopped.failure, doubt="" if labels.are_certain else _DOUBT)


def _last_words(stage: str, tries: int, stopped: Stopped | None) -> str:
    heading = stopped.failure.splitlines()[0] if stopped else ""
    return f"no {stage} try of {tries} passed; the last was stopped by {stopped.gate if stopped else stage}: {heading}"
