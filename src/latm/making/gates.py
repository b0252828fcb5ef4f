"""The gates: mechanical checks that a tool must pass, and that cost no tokens."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from latm.kinds import Regions, canonical, retyped
from latm.making.changes import interrupted, surrounded
from latm.making.free_text import FreeText
from latm.making.half import Readings
from latm.making.labels import Labels
from latm.sandbox.protocol import Isolation, Result, Sandbox, Verdict
from latm.task import Example
from latm.tool import ANSWER_FUNCTION, TRACE_FUNCTION, Program, ToolKind

_SHOWN_FAILURES = 3
_ROUNDS = 5
_LONGEST_VALUE = 2000
_LONGEST_ANSWER = 20_000


@dataclass(frozen=True, slots=True)
class Gate:
    """A named check: from a tool's source to what is wrong, in words for the tool maker; empty if nothing is."""

    name: str
    check: Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Which gate stopped a tool, and why."""

    gate: str
    failure: str


async def first_failure(gates: Sequence[Gate], source: str) -> Stopped | None:
    """The first gate that the source does not pass; None if it passes all."""
    for gate in gates:
        if failure := await gate.check(source):
            return Stopped(gate.name, failure)
    return None


@dataclass(frozen=True, slots=True)
class Tally:
    """What a tool makes of some examples.

    Attributes:
        answered: as their labels say.
        abstained: left to the model.
        wrong: answered otherwise, or failed on.
        questions: those answered.
    """

    answered: int = 0
    abstained: int = 0
    wrong: int = 0
    questions: tuple[str, ...] = ()


class Gates:
    """Makes the gates of one making.

    Args:
        sandbox: where the tools run.
        labels: the answers to verify against.
        regions: of the questions, if some holes are free; None: a tool accounts for every word.
        readings: what a light model reads for half tools; None: they abstain from all that they leave to one.
    """

    def __init__(
        self, sandbox: Sandbox, labels: Labels, regions: Regions | None = None, readings: Readings | None = None
    ) -> None:
        self._sandbox = sandbox
        self._labels = labels
        self._free = FreeText(self._answers_of, labels, regions) if regions else None
        self._heard: dict[tuple[str, str, str], Result] = {}
        self._ahead: Sequence[str] = ()
        self._readings = readings

    def runs(self) -> Gate:
        """The module imports."""

        async def check(source: str) -> str:
            result = await self._sandbox.load(Program.of(source).code)
            return "" if result.verdict is Verdict.OK else f"The module does not load. {said(result)}"

        return Gate("runs", check)

    def answers(self, name: str, questions: Sequence[str]) -> Gate:
        """The tool answers these examples as their labels say."""

        async def check(source: str) -> str:
            examples = self._labels.among(questions)
            results = await self._first(source, TRACE_FUNCTION, [example.question for example in examples])
            failures = [
                failure
                for example, result in zip(examples, results, strict=True)
                if (failure := await self._misses(example, result))
            ]
            return _listed("The tool fails on requests of this kind:", failures)

        return Gate(name, check)

    async def traces(self, source: str, questions: Sequence[str]) -> list[Result]:
        """What the tool makes of questions, with the arguments that were read."""
        return await self._first(source, TRACE_FUNCTION, questions)

    async def tally(self, source: str, questions: Sequence[str]) -> Tally:
        """What the tool makes of the examples that stand, of these questions."""
        examples = self._labels.among(questions)
        results = await self._first(source, TRACE_FUNCTION, [example.question for example in examples])
        abstained = sum(result.verdict is Verdict.ABSTAINED for result in results)
        answered = [
            example.question
            for example, result in zip(examples, results, strict=True)
            if result.verdict is Verdict.OK and not await self._misses(example, result)
        ]
        return Tally(len(answered), abstained, len(examples) - len(answered) - abstained, tuple(answered))

    def strict(self, few: Sequence[str], foreign: Labels, foreign_questions: Sequence[str]) -> list[Gate]:
        """The gates that no version may fail.

        Args:
            few: questions of its own kind.
            foreign: the labels of questions of other tasks.
            foreign_questions: those questions.
        """
        changed = () if self._free else chain.from_iterable(map(_changed, few))
        around = (text for question in few for text in (*_spaced(question), *retyped(question)))
        # What takes longest comes last: no other result is lost with it if the time of a batch runs out.
        self._ahead = [*few, *foreign_questions, *changed, *around, *_damaged(few)]
        return [
            self.refuses_foreign(foreign, foreign_questions),
            self.refuses_changed(few),
            *self.in_free_text(few),
            self.heeds_no_space(few),
            self.no_surprises(few, foreign_questions),
        ]

    def refuses_foreign(self, foreign: Labels, questions: Sequence[str]) -> Gate:
        """The tool abstains from questions of other tasks, or answers them right all the same.

        Args:
            foreign: the labels of those questions, which may be wrong as all labels may.
            questions: the questions.
        """

        async def check(source: str) -> str:
            examples = foreign.among(questions)
            results = await self._first(source, ANSWER_FUNCTION, [example.question for example in examples])
            failures = [
                _unrefused(example.question, result)
                for example, result in zip(examples, results, strict=True)
                if result.verdict is Verdict.OK and await foreign.holds_against(example, _returned(result))
            ]
            return _listed("The tool accepts requests of other kinds:", failures)

        return Gate("refuses-foreign", check)

    def refuses_changed(self, questions: Sequence[str]) -> Gate:
        """The tool abstains from its own questions with one more instruction before, after or inside.

        If a hole is free, nothing is put into it; there, no word of the frame may be another one either.
        """

        async def check(source: str) -> str:
            if self._free:
                overlooked = await self._free.overlooked(source, questions)
                return _listed(
                    "The tool overlooks a change of the fixed text:", [_unrefused(*one) for one in overlooked]
                )
            originals = await self._first(source, ANSWER_FUNCTION, questions)
            changed: list[tuple[str, Result | None]] = []
            for question, original in zip(questions, originals, strict=True):
                *around, inside = _changed(question)
                changed += [*((text, None) for text in around), (inside, original)]
            results = await self._first(source, ANSWER_FUNCTION, [text for text, _ in changed])
            failures = [
                _unrefused(text, result)
                for (text, kept), result in zip(changed, results, strict=True)
                if result.verdict is Verdict.OK and not (kept and _returned(result) != _returned(kept))
            ]
            return _listed("The tool overlooks an instruction that was added to a request:", failures)

        return Gate("refuses-changed", check)

    def in_free_text(self, questions: Sequence[str]) -> list[Gate]:
        """The gates of free holes; none if all are closed."""
        if (free := self._free) is None:
            return []

        async def undisturbed(source: str) -> str:
            is_half = Program.of(source).kind is ToolKind.HALF
            found = await (free.misled(source, questions) if is_half else free.disturbed(source, questions))
            return _listed("Text that is beside the point changes the tool's answer:", found)

        async def undeceived(source: str) -> str:
            if Program.of(source).kind is ToolKind.HALF:
                return ""  # what its answer rests on, each sentence left out in turn would cost a call to show
            found = await free.deceived(source, questions)
            return _listed("With a second candidate in the text, the tool is not unsure, and should be:", found)

        return [Gate("heeds-no-noise", undisturbed), Gate("sees-rivals", undeceived)]

    def no_surprises(self, questions: Sequence[str], foreign: Sequence[str] = ()) -> Gate:
        """The tool never fails on damaged input, and says the same whatever it was asked before."""

        async def check(source: str) -> str:
            damaged = _damaged(questions)
            results = await self._first(source, ANSWER_FUNCTION, damaged)
            failures = [
                f"Request:\n{text[:300]!r}\nNothing may fail on damaged input, but the tool: {said(result)}"
                for text, result in zip(damaged, results, strict=True)
                if result.verdict not in {Verdict.OK, Verdict.ABSTAINED}
            ]
            crowd = [*questions, *foreign] * _ROUNDS
            alone = await self._first(source, ANSWER_FUNCTION, [*questions, *foreign])
            again = await self._ask(source, ANSWER_FUNCTION, crowd)
            failures += [
                f"Request:\n{question}\nThe tool answers {_quoted(first.text)} at first and {_quoted(second.text)} "
                "later, after other requests. It must keep nothing from one request to the next."
                for question, first, second in zip(crowd, alone * _ROUNDS, again, strict=True)
                if _returned(first) != _returned(second)
            ]
            return _listed("The tool is not dependable:", failures)

        return Gate("no-surprises", check)

    def heeds_no_space(self, questions: Sequence[str]) -> Gate:
        """White space around a question does not change the answer, though a tool may refuse it."""

        async def check(source: str) -> str:
            originals = await self._first(source, ANSWER_FUNCTION, questions)
            spaced = [
                (text, original)
                for question, original in zip(questions, originals, strict=True)
                for text in _spaced(question)
            ]
            results = await self._first(source, ANSWER_FUNCTION, [text for text, _ in spaced])
            failures = [
                f"Request:\n{text!r}\nThe tool: {said(result)} Without the white space around it: {said(original)}"
                for (text, original), result in zip(spaced, results, strict=True)
                if result.verdict is Verdict.OK and _returned(result) != _returned(original)
            ]
            return _listed("White space around a request changes the tool's answer:", failures)

        return Gate("heeds-no-space", check)

    async def folds(self, source: str, questions: Sequence[str]) -> bool:
        """Whether no answer rests on typography: retyped, each question is refused or answered the same.

        An answer may repeat what was typed: it is the same if it is so with its own typography folded.
        """
        if Program.of(source).kind is ToolKind.HALF:
            return False  # a model reads what it is sent, however it was typed
        originals = await self._first(source, ANSWER_FUNCTION, questions)
        asked = [(original, text) for q, original in zip(questions, originals, strict=True) for text in retyped(q)]
        results = await self._first(source, ANSWER_FUNCTION, [text for _, text in asked])
        return all(
            result.verdict is not Verdict.OK or canonical(_returned(result)) == canonical(_returned(original))
            for (original, _), result in zip(asked, results, strict=True)
        )

    async def _answers_of(self, source: str, questions: Sequence[str]) -> list[Result]:
        return await self._ask(source, ANSWER_FUNCTION, questions)

    async def _first(self, source: str, function: str, questions: Sequence[str]) -> list[Result]:
        """What the tool makes of each question when it is first asked.

        Each check takes a worker of its own, which costs more than most of its calls: if one is due, the tool is
        asked everything for the strict gates with it, and nothing twice.
        """
        # What a half tool is asked may cost a reading: nothing is asked of it that no gate comes to.
        is_compiled = Program.of(source).kind is ToolKind.COMPILED
        ahead = self._ahead if function == ANSWER_FUNCTION and is_compiled else ()
        new = [one for one in dict.fromkeys(questions) if (source, function, one) not in self._heard]
        if new:
            new += [
                one for one in dict.fromkeys(ahead) if one not in new and (source, function, one) not in self._heard
            ]
        results = dict(zip(new, await self._ask(source, function, new), strict=True)) if new else {}
        for question, result in results.items():
            if result.verdict is not Verdict.INTERNAL:
                self._heard[source, function, question] = result
        return [results.get(one) or self._heard[source, function, one] for one in questions]

    async def _ask(self, source: str, function: str, questions: Sequence[str]) -> list[Result]:
        # What a tool keeps from one batch to the next must not hide what it does at first.
        program = Program.of(source)
        if self._readings and program.kind is ToolKind.HALF:
            return await self._readings.ask(program, function, questions)
        asked = [(question,) for question in questions]
        return await self._sandbox.batch(program.code, function, asked, isolation=Isolation.BATCH)

    async def _misses(self, example: Example, result: Result) -> str:
        """What is wrong with a tool's trace of one example; empty if nothing."""
        right = self._labels.form.rendered(example.answer)[:_LONGEST_ANSWER]
        expected = f"Request:\n{example.question}\nRight answer: {right}\n"
        if result.verdict is not Verdict.OK:
            return f"{expected}The tool: {said(result)}"
        trace = result.value
        if not isinstance(trace, dict) or trace.keys() != {"arguments", "answer"}:
            # The trace is the tool's own word: one that takes over its worker can say anything.
            return f"{expected}The tool gave no trace of its work but {_quoted(_returned(result))}"
        arguments, got = trace["arguments"], trace["answer"]
        if not isinstance(arguments, dict):
            return f"{expected}parse must return a dict of plain JSON values, but it returned {_quoted(arguments)}"
        if not isinstance(got, str):
            return f"{expected}answer must return text, but it returned {_quoted(got)}"
        if await self._labels.holds_against(example, got):
            fields = self._fields(got, example)
            return (
                f"{expected}The tool's answer: {_cut(got)}\nThe arguments that parse read: {_quoted(arguments)}{fields}"
            )
        return "" if got.strip() == example.answer.strip() else self._misdressed(expected, got)

    def _fields(self, got: str, example: Example) -> str:
        """Which fields are wrong, of many that are read from a document."""
        differing = filter(None, self._labels.form.differing(got, example.answer)) if self._free else ()
        named = ", ".join(differing)
        return f"\nFields that differ: {_cut(named)}" if named else ""

    def _misdressed(self, expected: str, got: str) -> str:
        """What is wrong with how a right answer is written; empty if nothing: answers of a tool all look alike."""
        wanted = self._labels.form.rendered(got)
        if wanted.strip() == got.strip():
            return ""
        return f"{expected}The tool's answer: {_cut(got)}\nThat is right, but it must be written as: {_cut(wanted)}"


def _changed(question: str) -> list[str]:
    """The question with one more instruction around it; the last one is inside, and may be within data."""
    return [*surrounded(question), interrupted(question)]


def _spaced(question: str) -> list[str]:
    return [f"{question}\n", f" {question} ", f"{question}   "]


def _damaged(questions: Sequence[str]) -> list[str]:
    return [text for question in questions[:2] for text in damages(question)]


def damages(question: str) -> list[str]:
    """Damaged forms of a question, as bad clients and cut-off requests produce them."""
    half = len(question) // 2
    cut = [question[:half], question[half:], question[:-1]]
    garbled = [
        question.upper(),
        question.replace(" ", ""),
        question[::-1],
        f"{question}\x00",
        f"\ufeff{question} \U0001f600",
    ]
    return ["", " \n\t", *cut, *garbled, question * 40, "9" * 5000, "(" * 5000]


def said(result: Result) -> str:
    """What a tool did, in words."""
    match result.verdict:
        case Verdict.OK:
            return f"answered {_quoted(result.text)}." if result.json is None else f"answered {_cut(result.json)}."
        case Verdict.ABSTAINED:
            return f"abstained: {result.detail or 'parse returned None'}."
        case Verdict.TIME:
            return f"did not end in time. {result.detail}".rstrip()
        case _:
            return f"failed ({result.verdict}): {result.detail}"


def _unrefused(question: str, result: Result) -> str:
    return f"Request:\n{question}\nparse must return None here, but the tool: {said(result)}"


def _listed(heading: str, failures: Sequence[str]) -> str:
    if not failures:
        return ""
    more = len(failures) - _SHOWN_FAILURES
    rest = [f"… and {more} more like these."] if more > 0 else []
    return "\n\n".join([heading, *failures[:_SHOWN_FAILURES], *rest])


def _returned(result: Result) -> str:
    """What a tool returned: its text, or the JSON of another value, which is not read for this."""
    return result.text or result.json or ""


def _quoted(value: object) -> str:
    return _cut(repr(value))


def _cut(text: str) -> str:
    """What the next prompt shows of a text that a tool made."""
    left_out = len(text) - _LONGEST_VALUE
    return text if left_out <= 0 else f"{text[:_LONGEST_VALUE]}… and {left_out:,} characters more"
