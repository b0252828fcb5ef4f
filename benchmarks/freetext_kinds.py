"""What a kind of request with a document is, and the layouts in which it is asked."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document with the right answer.

    Attributes:
        document: the text.
        answer: right by construction.
        values: what the instruction's own holes hold.
    """

    document: str
    answer: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request.

    Attributes:
        name: its name.
        ask: the instruction, with its holes.
        form: what the answer is to look like.
        draw: makes a document with its answer.
        swaps: words of the instruction, each with another that asks for something else.
        fields: of a JSON answer, each with its rule; empty where the answer is none.
        example: an answer, for the layout of public prompts.
        layouts: in which it is asked.
        echoes: whether the answer holds the whole document.
        needs_judgement: whether no program should be written.
    """

    name: str
    ask: str
    form: str
    draw: Callable[[random.Random], Drawn]
    swaps: Sequence[tuple[str, str]]
    fields: Sequence[tuple[str, str]] = ()
    example: str = ""
    layouts: Sequence[str] = ("first", "last", "marks")
    echoes: bool = False
    needs_judgement: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        text: of the question.
        system: the instructions that come apart from it; empty for none.
        start: where its document begins in the text.
        end: where it ends.
        answer: the right one.
    """

    text: str
    system: str
    start: int
    end: int
    answer: str


_MARKS = (("<document>\n", "\n</document>"), ('"""\n', '\n"""'), ("```\n", "\n```"), ("---BEGIN---\n", "\n---END---"))


def asked(kind: Kind, layout: str, drawn: Drawn) -> Asked:
    """A request of a kind in one of the layouts: `first`, `last`, `marks`, `system`, `public`."""
    ask = kind.ask.format(**drawn.values)
    before, after, system = _around(kind, layout, ask)
    text = f"{before}{drawn.document}{after}"
    return Asked(text, system, len(before), len(before) + len(drawn.document), drawn.answer)


def _around(kind: Kind, layout: str, ask: str) -> tuple[str, str, str]:
    opened, closed = _MARKS[sum(map(ord, kind.name)) % len(_MARKS)]
    match layout:
        case "first":
            return f"{ask} {kind.form}\n\n", "", ""
        case "last":
            return "", f"\n\n{ask} {kind.form}", ""
        case "marks":
            return f"{ask}\n\n{opened}", f"{closed}\n\n{kind.form}", ""
        case "system":
            return "", "", f"{ask} {kind.form}"
        case "public":
            return *_public(kind, ask), ""
    raise ValueError(layout)


def _public(kind: Kind, ask: str) -> tuple[str, str]:
    """As public prompts do it: a role, rules, a schema, an example, the document, and the form once more."""
    rules = "\n".join(f"- {name}: {rule}" for name, rule in kind.fields)
    schema = json.dumps({"type": "object", "required": [name for name, _ in kind.fields]})
    before = (
        f"You are an assistant that reads incoming documents for a back office.\n\n# Task\n{ask}\n\n"
        f"# Fields\n{rules}\n\n# Schema\n{schema}\n\n# Example of an answer\n{kind.example}\n\n# Document\n<<<\n"
    )
    return before, "\n>>>\n\nUse null for what is missing. Return the JSON object only, without any comment."
