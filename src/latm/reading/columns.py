"""Which columns hold the question, the answer and the rest: as the caller says, else as a known layout has it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from latm.errors import InputError
from latm.question import ANY, Scope
from latm.reading.formats import MAX_CELL, Record
from latm.reading.template import Template
from latm.reading.values import MalformedError, checked, field, named_text
from latm.task import Instance

_HINT = (
    "Name the column with --question COLUMN, or fill a prompt from columns: --template 'Sort the words: {{COLUMN}}'."
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what; None: as a known layout has it.

    Attributes:
        question: the text to answer.
        answer: the right answer.
        id: what the caller calls a record.
        template: a prompt that columns fill, instead of `question`.
        keep: columns to be carried along into the output; None: none of them.
    """

    question: str | None = None
    answer: str | None = None
    id: str | None = None
    template: Template | None = None
    keep: tuple[str, ...] | None = None

    @property
    def named(self) -> list[str]:
        """The columns that must be there."""
        holes = self.template.columns if self.template else ()
        return [name for name in (self.question, self.answer, self.id, *holes, *(self.keep or ())) if name]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a layout takes from a record.

    Attributes:
        question: the text.
        answer: the right answer, as it stands there.
        accepted: whether a list of answers means any of them.
        id: as it stands there.
        instructions: the system text; None: the record's own `instructions`.
    """

    question: object
    answer: object = None
    accepted: bool = False
    id: object = None
    instructions: str | None = None


_Taker = Callable[[dict[str, Any]], _Part]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns hold what.

    Attributes:
        said: in words, for people.
        take: what it takes from a record.
    """

    said: str
    take: _Taker

    def instance(self, record: Record, columns: Columns) -> Instance:
        """The instance that a record holds.

        Raises:
            MalformedError: it holds none.
        """
        fields = record.fields
        part = self.take(fields)
        question = part.question
        if question is None:
            raise MalformedError("no question")
        if not isinstance(question, str):
            raise MalformedError(f"the question is not a string but {type(question).__name__}")
        if len(question) > MAX_CELL:
            raise MalformedError(f"the question is longer than {MAX_CELL:,} characters")
        answers = _answers(part)
        instructions = part.instructions if part.instructions is not None else named_text(fields, "instructions")
        scope = Scope(named_text(fields, "scope") or "", checked("instructions", instructions) or "")
        return Instance(
            _question(question),
            id=_id(part.id) or str(record.line),
            answer=answers[0] if answers else None,
            task=named_text(fields, "task"),
            scope=scope if scope.digest else ANY,
            accepted=tuple(answers[1:]),
            kept=_kept(fields, columns),
        )


def _question(text: str) -> str:
    checked("question", text)
    if not text.strip():
        raise MalformedError("the question is empty")
    return text


def _answers(part: _Part) -> Sequence[str]:
    """The right answers, the first of them first."""
    given = part.answer if part.accepted and isinstance(part.answer, list) else [part.answer]
    return [text for value in given if (text := checked("answer", value)) is not None]


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise MalformedError(f"the id is not a string but {type(value).__name__}")
    return checked("id", value)


def _kept(fields: dict[str, Any], columns: Columns) -> tuple[tuple[str, str | None], ...]:
    names = fields if columns.keep == () else columns.keep or ()
    return tuple((name, checked(name, field(fields, name))) for name in names)


def decides(record: Record, columns: Columns) -> bool:
    """Whether one record tells where all of them hold what: nothing that is named is missing, and it has a question."""
    known = {name.strip().casefold() for name in record.fields}
    is_named = columns.question is not None or columns.template is not None
    return known.issuperset(name.strip().casefold() for name in columns.named) and (
        is_named or bool(known & set(_KNOWN))
    )


def layout_of(records: Sequence[Record], columns: Columns, source: str) -> Layout:
    """Where these records hold what.

    Args:
        records: the first of a file, at least one.
        columns: as the caller names them.
        source: the file's name in errors.

    Raises:
        InputError: a column that is named is in none of them, or no known layout fits any of them.
    """
    present = list(dict.fromkeys(name for record in records for name in record.fields))
    known = {name.strip().casefold() for name in present}
    if missing := [name for name in columns.named if name.strip().casefold() not in known]:
        raise InputError(
            f"{source} has no column {', '.join(missing)}; its columns are {', '.join(present) or 'without names'}.",
            hint="Use a name as it stands in the file.",
        )
    if columns.question or columns.template:
        return _as_named(columns, known)
    for name, layout in _KNOWN.items():
        if name in known:
            return _with_answer(layout, columns)
    raise InputError(
        f"{source} has no column that is known to hold questions; its columns are "
        f"{', '.join(present) or 'without names'}.",
        hint=_HINT,
    )


def _as_named(columns: Columns, known: set[str]) -> Layout:
    """The layout that the caller names. A record may lack an answer or an id, so each tells its own."""
    template, question = columns.template, columns.question or ""
    answers = (columns.answer,) if columns.answer else tuple(name for name in _ANSWERS if name != question)

    def take(fields: dict[str, Any]) -> _Part:
        name, answer = _first(fields, answers)
        return _Part(
            template.question(fields) if template else field(fields, question),
            answer,
            accepted=name in _LISTS_OF_ANSWERS,
            id=field(fields, columns.id or "id"),
            instructions=template.instructions if template else None,
        )

    said = "a template" if template else f"`{question}`"
    return Layout(_said(said, columns.answer or next((name for name in answers if name in known), None)), take)


def _with_answer(layout: Layout, columns: Columns) -> Layout:
    """A known layout, in which the caller may name the column of the answer or of the id."""
    answer, identity = columns.answer, columns.id
    if answer is None and identity is None:
        return layout

    def take(fields: dict[str, Any]) -> _Part:
        part = layout.take(fields)
        part = replace(part, answer=field(fields, answer), accepted=False) if answer else part
        return replace(part, id=field(fields, identity)) if identity else part

    return Layout(layout.said, take)


def _said(question: str, answer: str | None) -> str:
    return f"questions from {question}" + (f", answers from `{answer}`" if answer else "")


_ANSWERS = ("answer", "answers", "completion", "output", "target", "targets", "response", "expected", "label", "gold")
_LISTS_OF_ANSWERS = {"answers", "targets", "target"}


def _first(fields: dict[str, Any], names: Sequence[str]) -> tuple[str, object]:
    """The first of these columns that has a value, and the value; an empty name if none has."""
    return next(((name, value) for name in names if (value := field(fields, name)) is not None), ("", None))


def _pair(question: str, *answers: str) -> Layout:
    """A layout of a question and an answer side by side."""

    def take(fields: dict[str, Any]) -> _Part:
        name, answer = _first(fields, answers)
        return _Part(field(fields, question), answer, accepted=name in _LISTS_OF_ANSWERS, id=field(fields, "id"))

    return Layout(f"questions from `{question}`", take)


def _input(fields: dict[str, Any]) -> _Part:
    """`input` with a target or an output; if there are scores alone, with the options, as BIG-bench has it."""
    part = _pair("input", *_ANSWERS).take(fields)
    scores = fields.get("target_scores")
    if part.answer is not None or scores is None:
        return part
    best = _best(scores)
    return _Part("\n  choice: ".join([str(part.question), *scores]), best, id=part.id)


def _best(scores: object) -> str:
    if not isinstance(scores, dict) or not all(isinstance(score, int | float) for score in scores.values()):
        raise MalformedError("`target_scores` is not an object of numbers")
    best = [option for option, score in scores.items() if score == max(scores.values())]
    if len(best) != 1:
        raise MalformedError("`target_scores` has no single best option")
    return str(best[0])


def _instruction(fields: dict[str, Any]) -> _Part:
    """An instruction, and the input that it is about if there is one."""
    texts = [field(fields, "instruction"), field(fields, "input")]
    for text in texts:
        if text is not None and not isinstance(text, str):
            raise MalformedError(f"the question is not a string but {type(text).__name__}")
    return _Part("\n\n".join(str(text) for text in texts if text), _first(fields, _ANSWERS)[1], id=field(fields, "id"))


def _chat(fields: dict[str, Any]) -> _Part:
    """The last message of a user; what the system says is its instructions, what follows is the answer."""
    messages = field(fields, "messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise MalformedError("`messages` is not a list of messages")
    said = [(str(message.get("role")), _content(message.get("content"))) for message in messages]
    system = "\n\n".join(text for role, text in said if role in {"system", "developer"})
    turns = [(role, text) for role, text in said if role not in {"system", "developer"}]
    answer = turns.pop()[1] if turns and turns[-1][0] == "assistant" else None
    if not turns or turns[-1][0] != "user":
        raise MalformedError("`messages` ends with no message of a user")
    question = turns[0][1] if len(turns) == 1 else "\n\n".join(f"{role}: {text}" for role, text in turns)
    return _Part(question, answer, id=field(fields, "id"), instructions=system)


def _content(content: object) -> str:
    """The text of a message, whole or in parts."""
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise MalformedError("a message holds something else than text")
    return "\n".join(map(str, texts))


def _batch(fields: dict[str, Any]) -> _Part:
    """A request of an OpenAI batch file."""
    body = field(fields, "body")
    if not isinstance(body, dict):
        raise MalformedError("`body` is not an object")
    return replace(_chat(body), id=field(fields, "custom_id"))


_KNOWN = {
    "question": _pair("question", "answer", "answers"),
    "body": Layout("the requests of a batch, by `custom_id`", _batch),
    "messages": Layout("the last user message of each chat in `messages`", _chat),
    "instruction": Layout("questions from `instruction` and `input`", _instruction),
    "prompt": _pair("prompt", "completion", *_ANSWERS),
    "input": Layout("questions from `input`", _input),
}
"""The layouts that are known by a column that they have, the most certain first."""
