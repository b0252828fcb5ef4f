"""One line of an output: an answer as it is written, and as it is read again."""

import json
from collections.abc import Iterator
from typing import Annotated, BinaryIO, NamedTuple, NotRequired, Protocol, TypedDict

from latm.answer import Answer, Route
from latm.ledger import usd
from latm.task import Instance


class Line(TypedDict):
    """One answer in the output of a batch."""

    id: Annotated[str, "the input's, or its line number there"]
    question: Annotated[str, "as it was asked"]
    answer: Annotated[str, "empty if the route is `failed`"]
    route: Annotated[str, "tool, tool-user, exact, direct or failed"]
    task: Annotated[str | None, "the task that the question was found to belong to"]
    tool: Annotated[str | None, "the id of the tool that answered"]
    cost: Annotated[float | None, "US dollars spent on this answer; null if a price is unknown"]
    tokens: Annotated[int, "sent and received for this answer"]
    seconds: Annotated[float, "from question to answer"]
    evidence: Annotated[str, "why this route was taken"]
    serial: NotRequired[Annotated[str, "latm's own name for the answer, by which `latm audit` knows it"]]
    right: NotRequired[
        Annotated[bool, "whether the answer is one that the input takes as right, white space at the ends apart"]
    ]
    columns: NotRequired[Annotated[dict[str, str | None], "what `--keep` carried along"]]


def line_of(answer: Answer, instance: Instance) -> Line:
    """An answer as it is written, scored if the instance knows the right answer."""
    line: Line = {
        "id": instance.id,
        "question": instance.question,
        "answer": answer.text,
        "route": answer.route,
        "task": answer.task,
        "tool": answer.tool_id,
        "cost": usd(answer.cost),
        "tokens": answer.usage.tokens,
        "seconds": round(answer.seconds, 6),
        "evidence": answer.evidence,
    }
    if answer.serial:
        line["serial"] = answer.serial
    if instance.answer is not None:
        line["right"] = answer.route is not Route.FAILED and any(
            answer.text.strip() == right.strip() for right in (instance.answer, *instance.accepted)
        )
    if instance.kept:
        line["columns"] = dict(instance.kept)
    return line


class Read(NamedTuple):
    """One line of an output as it was found.

    Attributes:
        raw: its bytes, its end included.
        value: what it holds; None if that is nothing that can be read.
        is_torn: whether it ends before its end, as a kill leaves it.
    """

    raw: bytes
    value: object
    is_torn: bool


class Notation(Protocol):
    """How lines stand in a file."""

    def header(self, instance: Instance) -> bytes:
        """What comes before all lines, if the instances are like this one."""
        ...

    def encoded(self, line: Line) -> bytes:
        """The bytes of a line, its end included."""
        ...

    def names(self, instance: Instance) -> tuple[str, str]:
        """The id and the question of an instance, as its line has them."""
        ...

    def head(self, instance: Instance) -> bytes:
        """The bytes with which the line that answers this instance begins."""
        ...

    def read(self, stream: BinaryIO) -> Iterator[Read]:
        """The lines of a file, from behind the header on."""
        ...


class JsonLines:
    """One JSON object a line."""

    def header(self, instance: Instance) -> bytes:
        """Nothing."""
        del instance
        return b""

    def encoded(self, line: Line) -> bytes:
        """The bytes of a line, its end included."""
        return _json(line) + b"\n"

    def names(self, instance: Instance) -> tuple[str, str]:
        """The id and the question, as they are."""
        return instance.id, instance.question

    def head(self, instance: Instance) -> bytes:
        """The bytes with which the line that answers this instance begins."""
        return _json({"id": instance.id, "question": instance.question})[:-1]

    def read(self, stream: BinaryIO) -> Iterator[Read]:
        """The lines of a file."""
        for raw in stream:
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError):
                value = None
            yield Read(raw, value, not raw.endswith(b"\n"))


def is_line(value: object) -> bool:
    """Whether a value is an answer that latm wrote."""
    return isinstance(value, dict) and Line.__required_keys__ <= value.keys() and value["route"] in set(Route)


def _json(value: object) -> bytes:
    # A model's text may hold lone surrogates, which have no UTF-8; as backslash escapes they are JSON.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")
