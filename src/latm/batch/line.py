"""One line of an output: an answer as it is written, and as it is read again."""

import json
from typing import Annotated, NotRequired, TypedDict

from latm.answer import Answer, Route
from latm.task import Instance


class Line(TypedDict):
    """One answer in the output of a batch."""

    id: Annotated[str, "the input's, or its line number there"]
    question: Annotated[str, "as it was asked"]
    answer: Annotated[str, "empty where the route is `failed`"]
    route: Annotated[str, "tool, tool-user, direct or failed"]
    task: Annotated[str | None, "the task that the question was found to belong to"]
    tool: Annotated[str | None, "the id of the tool that answered"]
    cost: Annotated[float | None, "US dollars spent on this answer; null where a price is unknown"]
    tokens: Annotated[int, "sent and received for this answer"]
    seconds: Annotated[float, "from question to answer"]
    evidence: Annotated[str, "why this route was taken"]
    serial: NotRequired[Annotated[str, "latm's own name for the answer, by which `latm audit` knows it"]]
    right: NotRequired[Annotated[bool, "whether the answer is the input's, white space at the ends apart"]]


def line_of(answer: Answer, instance: Instance) -> Line:
    """An answer as it is written, scored where the instance knows the right answer."""
    line: Line = {
        "id": instance.id,
        "question": instance.question,
        "answer": answer.text,
        "route": answer.route,
        "task": answer.task,
        "tool": answer.tool_id,
        "cost": None if answer.cost is None else float(answer.cost),
        "tokens": answer.usage.tokens,
        "seconds": round(answer.seconds, 6),
        "evidence": answer.evidence,
    }
    if answer.serial:
        line["serial"] = answer.serial
    if instance.answer is not None:
        line["right"] = answer.route is not Route.FAILED and answer.text.strip() == instance.answer.strip()
    return line


def encoded(line: Line) -> bytes:
    """The bytes of a line, its end included."""
    return _json(line) + b"\n"


def head_of(instance: Instance) -> bytes:
    """The bytes with which the line that answers this instance begins."""
    return _json({"id": instance.id, "question": instance.question})[:-1]


def is_line(value: object) -> bool:
    """Whether a JSON value is an answer that latm wrote."""
    return isinstance(value, dict) and Line.__required_keys__ <= value.keys() and value["route"] in set(Route)


def _json(value: object) -> bytes:
    # A model's text may hold lone surrogates, which have no UTF-8; as backslash escapes they are JSON.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")
