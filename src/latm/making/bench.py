"""The bench: one making with its conversation, its labels, its gates, and the best version so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latm.answering.direct import DirectAnswer
from latm.form import Form
from latm.ledger import Usage
from latm.making.conversation import Conversation
from latm.making.free_text import free_regions
from latm.making.gates import Gate, Gates, Stopped, first_failure
from latm.making.half import Readings, with_parser
from latm.making.labels import Labels
from latm.making.order import DeclinedError, Made, Order, OutOfTriesError, SeveralError, distinct_examples
from latm.making.pairs import PairJudge
from latm.making.reply import Declined, Proposal, Several, Unusable, read_reply
from latm.making.several import Parts, shown_by
from latm.making.wrap import demonstrations
from latm.models import Message
from latm.prompting import render
from latm.provenance import Attempt, Outcome
from latm.task import Example
from latm.tool import Demonstration, Program, Verification

if TYPE_CHECKING:
    from latm.making.maker import ToolMaker

_LONGEST_REASON = 300
"""Characters of what a gate saw that the reason of a failed making quotes."""
_USUAL_LENGTH = 10
"""Times the longest example that a model may be asked to read."""
_DOUBT = (
    " One of the answers above may itself be wrong: where you are sure that it is, let the tool give the right one,"
    " and it will be looked at again."
)


class Bench:
    """One making: the conversation, the labels, the gates, and the best version so far."""

    def __init__(self, order: Order, maker: "ToolMaker", told: str = "") -> None:
        self._order = order
        self._told = told
        self._judge = maker.judge
        self._sandbox = maker.sandbox
        self._checking = maker.checking
        self._settings = settings = maker.settings
        examples = distinct_examples(order.task, order.examples, settings)
        self.questions = [example.question for example in examples]
        shown = min(order.shown or settings.examples_shown, len(examples) - settings.examples_held_out)
        self._few = self.questions[: shown + settings.examples_held_out]
        self._held_out = self.questions[shown:]
        self._shown = examples[:shown]
        self._foreign = [example.question for _, example in order.foreign]
        self._talk = Conversation(
            maker.model, settings.temperature, [Message("system", render("latm.making", "system"))]
        )
        self._labels = self._labelled(examples, maker.judge, maker.pairs)
        self._foreign_labels = self._labelled_foreign(maker.judge)
        self._regions = free_regions(self.questions, settings.examples_of_text)
        self._readings = Readings(maker.user, maker.sandbox) if maker.user and self._regions else None
        self._gates = Gates(maker.sandbox, self._labels, self._regions, self._readings)
        self._best: tuple[int, str] | None = None
        self._part: tuple[str, ...] = ()
        self._kept: tuple[str, ...] = ()

    async def keep(self, previous: Program) -> None:
        """Demand of each version that it answers what the tool before answers right."""
        self._kept = (await self._gates.tally(previous.source, self.questions)).questions

    def _labelled(
        self, examples: Sequence[Example], judge: DirectAnswer | None, pairs: PairJudge | None = None
    ) -> Labels:
        strict = self._settings.gold_is_strict
        return Labels(examples, judge, self._order.form, gold_is_strict=strict, pairs=pairs)

    def _labelled_foreign(self, judge: DirectAnswer | None) -> Labels:
        examples = [example for _, example in self._order.foreign]
        return Labels(examples, judge, Form(), gold_is_strict=self._settings.gold_is_strict)

    async def known_tool(self) -> Program | None:
        """The first of the programs that may be reused that passes every gate; None if none does."""
        for program in self._order.reusable:
            if await self.is_answered_by(program):
                return program
        return None

    async def is_answered_by(self, program: Program) -> bool:
        """Whether a program made for another task passes every gate of this one, for no tokens."""
        gates = Gates(self._sandbox, self._labelled(self._labels.among(self.questions), None), self._regions)
        answers = [gates.answers("held-out-examples", self.questions)]
        foreign = self._labelled_foreign(None)
        return await self._first_failure([*answers, *self._strict_gates(gates, foreign)], program.source) is None

    async def _first_failure(self, gates: Sequence[Gate], source: str) -> Stopped | None:
        """What stops a source. Makings take turns here: finished one by one, each serves as soon as it can."""
        async with self._checking:
            return await first_failure(gates, source)

    def _strict_gates(self, gates: Gates, foreign: Labels) -> list[Gate]:
        """The gates that no version may fail."""
        kept = [gates.answers("keeps-what-it-answers", self._kept)] if self._kept else []
        return [*kept, *gates.strict(self._few, foreign, self._foreign)]

    async def divide_by_tools(self) -> None:
        """See whether a tool of another task answers a part of the examples, for no tokens.

        Raises:
            SeveralError: it does, and contradicts none of the others.
        """
        gates = Gates(self._sandbox, self._labelled(self._labels.among(self.questions), None))
        for program in self._order.reusable:
            tally = await gates.tally(program.source, self.questions)
            if tally.answered >= self._settings.examples_held_out and not tally.wrong:
                self._divide_by(tally.questions, f"tool {program.id} answers {tally.answered} of the examples")

    def _divide_by(self, answered: Sequence[str], why: str) -> None:
        if self._order.may_be_several and (parts := shown_by(set(answered), self.questions)):
            raise SeveralError(why, parts)

    async def make(self) -> tuple[str, str]:
        """A source that stands, and why it does.

        Raises:
            DeclinedError: the maker finds that no program can do this.
            SeveralError: the maker finds, or its failed tools show, that the examples are of several kinds.
            OutOfTriesError: no version may stand.
        """
        shown = self._gates.answers("shown-examples", [example.question for example in self._shown])
        first = [self._gates.runs(), shown]
        held_out = self._gates.answers("held-out-examples", self._held_out)
        second = [held_out, *self._strict_gates(self._gates, self._foreign_labels)]
        try:
            source = await self._verify(await self._propose(first), first, second)
        except OutOfTriesError as failed:
            self._divide_by(self._part, f"{failed}, but one answers those that are worded otherwise than the rest")
            if self._best is None:
                raise
            source = self._best[1]
        standing = len(self._labels.among(self._held_out))
        if standing < self._settings.examples_held_out:
            raise OutOfTriesError(
                f"only {standing} of {len(self._held_out)} held-out examples have a stable answer, "
                f"and a tool takes {self._settings.examples_held_out}"
            )
        tally = await self._gates.tally(source, self.questions)
        if self._order.widens and tally.answered <= len(self._kept):
            raise OutOfTriesError(f"it answers no more than the {len(self._kept)} examples of the tool before")
        abstains = f", abstains on {tally.abstained}" if tally.abstained else ""
        votes = self._labels.usage.calls + self._foreign_labels.usage.calls
        voted = f"; {votes} fresh answers were bought because tool and label differed" if votes else ""
        return source, f"verified on {tally.answered} examples{abstains} and {len(self._foreign)} foreign ones{voted}"

    async def _propose(self, gates: Sequence[Gate]) -> str:
        """Ask for a module until one runs and answers the examples that it was shown."""
        form = self._order.form
        listed = "\n\n".join(f"Request:\n{one.question}\nAnswer: {form.rendered(one.answer)}" for one in self._shown)
        told = self._shown[0].scope.system
        system = render("latm.making", "instructions", instructions=told) if told else ""
        several = render("latm.making", "several") if self._order.may_be_several else ""
        wanted = form.described() if self._order.asked_form else form.told()
        said = "".join(f"\n\n{part}" for part in (system, self._free_text(), wanted, several, self._told) if part)
        prompt = render("latm.making", "propose", examples=listed, form=said)
        stopped = None
        for _ in range(self._settings.tries_propose):
            source, stopped = await self._attempt("propose", prompt, gates)
            if stopped is None:
                return source
            prompt = _feedback(stopped, self._labels)
        raise OutOfTriesError(_last_words("propose", self._settings.tries_propose, stopped))

    @property
    def _frame(self) -> str:
        """The first example as its regions, if some of its holes are free; empty if a tool searches nothing."""
        return self._regions.written(self.questions[0]) if self._regions else ""

    @property
    def _longest(self) -> int:
        return _USUAL_LENGTH * max(map(len, self.questions))

    def _free_text(self) -> str:
        if not self._frame:
            return ""
        half = "\n\n" + render("latm.making", "half") if self._readings else ""
        return render("latm.making", "free_text", frame=self._frame) + half

    async def _verify(self, source: str, first: Sequence[Gate], second: Sequence[Gate]) -> str:
        """Check the module against what it was not shown, and have it corrected until it passes everything."""
        stopped = await self._first_failure(second, source)
        for _ in range(self._settings.tries_verify):
            if stopped is None:
                return source
            await self._remember(source, stopped)
            self._talk.attempts.append(Attempt("verify", "", "", stopped.gate, stopped.failure))
            prompt = _feedback(stopped, self._labels)
            source, stopped = await self._attempt("verify", prompt, [*first, *second])
        if stopped is None:
            return source
        raise OutOfTriesError(_last_words("verify", self._settings.tries_verify, stopped))

    async def _attempt(self, stage: str, prompt: str, gates: Sequence[Gate]) -> tuple[str, Stopped | None]:
        """One completion, and the first gate that stops it."""
        completion = await self._talk.say(stage, prompt)
        stopped: Stopped | None
        shown = [one.question for one in self._shown] if self._order.may_be_several else []
        match read_reply(completion, shown, may_be_half=self._readings is not None):
            case Several(parts):
                self._talk.attempts.append(Attempt(stage, prompt, completion))
                raise SeveralError(f"the maker sees {len(parts)} kinds in the examples", parts)
            case Declined(reason):
                self._talk.attempts.append(Attempt(stage, prompt, completion))
                raise DeclinedError(reason)
            case Unusable(problem):
                source, stopped = "", Stopped("form", problem)
            case Proposal(source):
                source = with_parser(source, self._frame, self._longest)
                stopped = await self._first_failure(gates, source)
        if stopped:
            await self._remember(source, stopped)
        gate, failure = (stopped.gate, stopped.failure) if stopped else ("", "")
        self._talk.attempts.append(Attempt(stage, prompt, completion, gate, failure))
        return source, stopped

    async def _remember(self, source: str, stopped: Stopped) -> None:
        """Keep a version that knows less than its kind, if it is the best so far.

        It may stand if it has no wrong answer, answers a stated share of the held-out examples, and passes every
        other gate: what it abstains from stays with the model.
        """
        if stopped.gate not in {"shown-examples", "held-out-examples"}:
            return
        tally = await self._gates.tally(source, self.questions)
        self._part = max(self._part, tally.questions, key=len)
        held_out = await self._gates.tally(source, self._held_out)
        enough = self._settings.answered_share * (held_out.answered + held_out.abstained)
        if tally.wrong or not held_out.answered or held_out.answered < enough:
            return
        if self._best is not None and self._best[0] >= tally.answered:
            return
        if await self._first_failure(self._strict_gates(self._gates, self._foreign_labels), source) is None:
            self._best = tally.answered, source

    async def conclude(self, outcome: Outcome, reason: str, program: Program | None = None, parts: Parts = ()) -> Made:
        """The record of it, with what the tool takes into service."""
        notes = self._labels.notes + self._foreign_labels.notes
        beside = self._labels.usage + self._foreign_labels.usage + self._read
        making = self._talk.record(self._order.task, outcome, reason, program, notes=notes, beside=beside)
        task_of = {example.question: task for task, example in self._order.foreign}
        return Made(
            making,
            program,
            await self._demonstrations(program) if program else (),
            await self._verification(program) if program else Verification(),
            self._labels.form,
            tuple(self._labels.dropped.items()),
            tuple((task_of[question], question, why) for question, why in self._foreign_labels.dropped.items()),
            parts,
        )

    async def _demonstrations(self, program: Program) -> tuple[Demonstration, ...]:
        examples = self._labels.among(self._few)
        return demonstrations(examples, await self._gates.traces(program.source, [one.question for one in examples]))

    @property
    def _read(self) -> Usage:
        """What the light model was paid for reading."""
        return self._readings.usage if self._readings else Usage()

    async def _verification(self, program: Program) -> Verification:
        tally = await self._gates.tally(program.source, self.questions)
        held_out = await self._gates.tally(program.source, self._held_out)
        return Verification(
            tally.answered,
            held_out.answered,
            tally.abstained,
            len(self._labels.rewritten),
            len(self._foreign),
            await self._gates.folds(program.source, self._few),
            self._frame,
        )


def _feedback(stopped: Stopped, labels: Labels) -> str:
    return render("latm.making", "failed", failure=stopped.failure, doubt="" if labels.are_certain else _DOUBT)


def _last_words(stage: str, tries: int, stopped: Stopped | None) -> str:
    said = " ".join(stopped.failure.split()) if stopped else "no try was made"
    if len(said) > _LONGEST_REASON:
        said = f"{said[:_LONGEST_REASON]}…"
    return f"no {stage} try of {tries} passed; the last was stopped by {stopped.gate if stopped else stage}: {said}"
