"""The gates of kinds with free holes: every word of the frame counts, and text within a document is just text."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from latm.kinds import Region, Regions, regions
from latm.making.changes import documents, noisy, ordered, reframed, sentences, with_text, without
from latm.making.labels import Labels
from latm.sandbox.protocol import Result, Verdict

_MOST_PARTS = 8
_MOST_DONATED = 2
_MOST_PROBES = 2
_LONGEST_PART = 400
_SHOWN_CHARACTERS = 3_000
Ask = Callable[[str, Sequence[str]], Awaitable[Sequence[Result]]]
"""From a tool's source and questions to what it makes of them."""


def free_regions(questions: Sequence[str], at_least: int) -> Regions | None:
    """The regions of a kind's questions, if some holes are free and a tool may search them; None otherwise.

    Args:
        questions: of its examples.
        at_least: how many a tool that searches takes.
    """
    found = regions(questions) if len(questions) >= at_least else None
    return found if found and found.free else None


@dataclass(frozen=True, slots=True)
class _Read:
    """A question that the tool answers, and the part of its document that matters for the answer.

    Attributes:
        question: as it is.
        document: its longest free hole.
        answer: the tool's.
        idle: sentences without which the answer is the same.
        bearing: sentences without which it is not.
    """

    question: str
    document: Region
    answer: str
    idle: Sequence[Region]
    bearing: Sequence[Region]

    def text(self, part: Region) -> str:
        return self.question[part.start : part.end].strip()


@dataclass(frozen=True, slots=True)
class _Change:
    """A question whose document was changed, and the answers that overlook what was put in."""

    read: _Read
    question: str
    answers: Sequence[str] = ()


class FreeText:
    """Checks tools of a kind with free holes.

    Args:
        ask: asks a tool.
        labels: the form of the kind's answers, and its judge.
        regions: of the kind.
    """

    def __init__(self, ask: Ask, labels: Labels, regions: Regions) -> None:
        self._ask = ask
        self._labels = labels
        self._regions = regions

    async def overlooked(self, source: str, questions: Sequence[str]) -> list[tuple[str, Result]]:
        """Changes of the frame that the tool overlooks, each with what it says."""
        originals = await self._ask(source, questions)
        found: list[tuple[str, Result]] = []
        for question, original in zip(questions, originals, strict=True):
            never, data = reframed(question, self._regions.of(question))
            results = await self._ask(source, [*never, *data])
            found += [
                (text, result)
                for number, (text, result) in enumerate(zip([*never, *data], results, strict=True))
                if result.verdict is Verdict.OK and (number < len(never) or _text(result) == _text(original))
            ]
        return found

    async def disturbed(self, source: str, questions: Sequence[str]) -> list[str]:
        """Neutral text that changes the tool's answer; empty if a fresh answer changes with it.

        Neutral are sentences without numbers on which the tool's answer to their own document does not rest, put into
        another one; the document's own, moved; quotes, signatures, footers; and orders to the reader. A kind whose
        answers rest on all of a document is not tried.
        """
        reads = [read for read in await self._reads(source, questions) if read.idle]
        changes = [change for number in range(len(reads)) for change in _neutral(reads, number)]
        results = await self._ask(source, [change.question for change in changes])
        harmed = [
            (change, _text(result))
            for change, result in zip(changes, results, strict=True)
            if result.verdict is Verdict.OK and not self._labels.form.same(_text(result), change.read.answer)
        ]
        if harmed and self._same(await self._fresh(harmed[0][0]), harmed[0][1]):
            return []
        return [_told(change, answer) for change, answer in harmed]

    async def misled(self, source: str, questions: Sequence[str]) -> list[str]:
        """Orders to the reader, put into a document, that change a half tool's answer.

        Each change that `disturbed` tries would cost a call of the light model. A program that computes cannot be
        misled, but a model that reads can, above all by orders.
        """
        originals = await self._ask(source, questions[:1])
        reads = [
            _Read(question, holes[0], _text(result), (), ())
            for question, result in zip(questions, originals, strict=False)
            if result.verdict is Verdict.OK and (holes := documents(question, self._regions.of(question)))
        ]
        changes = [_Change(read, text) for read in reads for text in ordered(read.question, read.document)]
        results = await self._ask(source, [change.question for change in changes])
        return [
            _told(change, _text(result))
            for change, result in zip(changes, results, strict=True)
            if result.verdict is Verdict.OK and not self._same(_text(result), change.read.answer)
        ]

    async def deceived(self, source: str, questions: Sequence[str]) -> list[str]:
        """If the tool answers as if a second candidate were not there, and a fresh answer is another one.

        What it says of both together, such as their sum, does not count. If nobody answers afresh, none is wrong.
        """
        reads = [read for read in await self._reads(source, questions) if read.idle and read.bearing]
        changes = [change for number in range(len(reads)) for change in _rivals(reads, number)]
        results = await self._ask(source, [change.question for change in changes])
        blind = [
            (change, _text(result))
            for change, result in zip(changes, results, strict=True)
            if result.verdict is Verdict.OK and any(self._same(_text(result), one) for one in change.answers)
        ]
        found: list[str] = []
        for change, answer in blind[:: max(1, len(blind) - 1)][:_MOST_PROBES]:
            fresh = await self._fresh(change)
            if fresh is not None and not self._same(fresh, answer):
                found.append(f"{_told(change, answer)}\nA model answers: {fresh}")
        return found

    async def _fresh(self, change: _Change) -> str | None:
        return await self._labels.fresh(change.question, change.read.question)

    def _same(self, fresh: str | None, answer: str) -> bool:
        return fresh is not None and self._labels.form.same(fresh, answer)

    async def _reads(self, source: str, questions: Sequence[str]) -> list[_Read]:
        """What each question's answer rests on, as the tool shows when sentences are left out."""
        found: list[_Read] = []
        for question, result in zip(questions, await self._ask(source, questions), strict=True):
            holes = documents(question, self._regions.of(question))
            if result.verdict is not Verdict.OK or not holes:
                continue
            parts = sentences(question, holes[0])
            parts = parts[:: max(1, -(-len(parts) // _MOST_PARTS))]
            rests = await self._ask(source, [without(question, part) for part in parts])
            same = [rest.verdict is Verdict.OK and self._labels.form.same(_text(rest), _text(result)) for rest in rests]
            idle = [part for part, is_same in zip(parts, same, strict=True) if is_same]
            bearing = [part for part, is_same in zip(parts, same, strict=True) if not is_same]
            found.append(_Read(question, holes[0], _text(result), idle, bearing))
        return found


def _neutral(reads: Sequence[_Read], number: int) -> Iterator[_Change]:
    read, donor = reads[number], reads[number - 1]
    for text in noisy(read.question, read.document):
        yield _Change(read, text)
    idle = [donor.text(part) for part in donor.idle] if donor is not read else []
    for text in [text for text in idle if _is_neutral(text)][:_MOST_DONATED]:
        yield from (_Change(read, changed) for changed in with_text(read.question, read.document, text))
    for part in [part for part in read.idle if _is_neutral(read.text(part))][:1]:
        rest = without(read.question, part)
        shorter = Region(read.document.start, read.document.end - (part.end - part.start), read.document.role)
        yield from (_Change(read, changed) for changed in with_text(rest, shorter, read.text(part)))


def _rivals(reads: Sequence[_Read], number: int) -> Iterator[_Change]:
    """A sentence on which another answer rests, put into the document."""
    read, donor = reads[number], reads[number - 1]
    if donor.answer == read.answer:
        return
    for part in donor.bearing[:_MOST_DONATED]:
        changed = list(with_text(read.question, read.document, donor.text(part)[:_LONGEST_PART]))
        yield from (_Change(read, text, (read.answer, donor.answer)) for text in (changed[0], changed[-1]))


def _is_neutral(text: str) -> bool:
    return len(text) <= _LONGEST_PART and not any(map(str.isdigit, text))


def _told(change: _Change, answer: str) -> str:
    request, said, wanted = (text[:_SHOWN_CHARACTERS] for text in (change.question, answer, change.read.answer))
    return f"Request:\n{request}\nThe tool answers: {said}\nWithout what was put in: {wanted}"


def _text(result: Result) -> str:
    return result.text or result.json or ""
