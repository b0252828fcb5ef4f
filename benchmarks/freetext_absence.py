"""Claims that nothing is there (`none`, `unclear`, null): how often they are right, and what rules for them would do.

The recorded tools, on generated documents and on those that a model wrote, the second tools of `freetext_pairs` among
them. A rule by examples serves a claim only if so many of the twelve make it, for a field those of that field; a rule
by agreement once the model, here the right answers, has agreed with so many claims of the tool.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from freetext import KINDS, RECORDING, Making, drawn, examples_of, make, said, settings_of
from freetext_finding import FINDING
from freetext_kinds import Asked
from freetext_pairs import PAIRED, SECOND
from freetext_tables import TABLES
from freetext_written import RECORDING as LETTERS
from freetext_written import WRITTEN, documents, made_from, parted

from latm.answering.absences import are_trusted, claims_absence
from latm.known import Known
from latm.models import Models, open_models
from latm.sandbox import Sandbox, open_sandbox
from latm.task import Task
from latm.tool import Program, ToolVersion, Verification

ALL = 13
LEAST = (3, 6, ALL)
AGREED = (5, 10, 20)
_SEARCHING = ToolVersion("", Program(""), verification=Verification(frame="{text}"))


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of a tool.

    Attributes:
        claims: what it says is not there: its fields, or "" for all of it.
        seen: how many examples make the rarest of these claims.
        is_right: whether it is.
        is_valid: whether it has the form of the task's answers, so that it is served today.
    """

    claims: frozenset[str]
    seen: int
    is_right: bool
    is_valid: bool


def claims(answer: str) -> frozenset[str]:
    """What an answer says is not there."""
    if not claims_absence(answer):
        return frozenset()
    if not answer.lstrip().startswith("{"):
        return frozenset({""})
    return frozenset(name for name, value in json.loads(answer).items() if value in (None, "", [], {}))


async def told(making: Making, sandbox: Sandbox, examples: Sequence[str], unseen: Sequence[Asked]) -> list[Told]:
    """What a tool answers to unseen documents."""
    if making.made.program is None:
        return []
    counted = Counter(name for answer in examples for name in claims(answer))
    answers = await said(sandbox, making.made.program, [one.text for one in unseen])
    return [
        Told(
            (what := claims(answer)),
            min((counted[name] for name in what), default=ALL),
            making.form.same(answer, one.answer),
            making.form.valid(answer),
        )
        for one, answer in zip(unseen, answers, strict=True)
        if answer is not None
    ]


async def on_generated(models: Models, sandbox: Sandbox) -> list[list[Told]]:
    """Of all tools for generated documents."""
    settings = settings_of(None, None, RECORDING)
    found: list[list[Told]] = []
    able = [one for one in KINDS if not one.needs_judgement]
    for kind, layout in ((one, layout) for one in able for layout in one.layouts):
        making = await make(kind, layout, models, sandbox, settings)
        answers = [one.answer for one in examples_of(kind, layout)]
        found.append(await told(making, sandbox, answers, drawn(kind, layout, 200, "unseen")))
    return found


async def on_written(letters: Models, second: Models, sandbox: Sandbox) -> dict[str, list[list[Told]]]:
    """Of the tools for documents that a model wrote: the first, and the second."""
    found: dict[str, list[list[Told]]] = {"written, first tools": [], "written, second tools": []}
    assert letters.maker is not None  # noqa: S101  # a recording is replayed
    for kind in (one for one in (*FINDING, *TABLES) if one.name in WRITTEN):
        examples, unseen = parted(await documents(letters.maker, kind))
        answers = [one.answer for one in examples]
        first = await made_from(kind, examples, letters, sandbox)
        found["written, first tools"].append(await told(first, sandbox, answers, unseen))
        if kind.name in PAIRED:
            other = await made_from(kind, examples[::-1], second, sandbox)
            found["written, second tools"].append(await told(other, sandbox, answers, unseen))
    return found


def agreed(answers: Sequence[Told], least: int) -> Iterator[Told]:
    """What a tool's answers come to, one after the other, where it is believed after so many claims."""
    held = wrong = 0
    for one in answers:
        if not one.claims or are_trusted(Known(Task(""), _SEARCHING, absences=(held, wrong)), least):
            yield one
        else:
            held, wrong = held + 1, wrong + (not one.is_right)


def rules(tools: Sequence[Sequence[Told]]) -> Iterator[tuple[str, list[Told]]]:
    """What each rule serves of what the tools say; nothing is served that is not in form."""
    yield "as the tools say it", list(chain.from_iterable(tools))
    in_form = [[one for one in answers if one.is_valid] for answers in tools]
    yield "all that is in form", list(chain.from_iterable(in_form))
    for least in LEAST:
        name = "no claim" if least == ALL else f"claims of {least} examples"
        yield name, [one for one in chain.from_iterable(in_form) if not one.claims or ALL > one.seen >= least]
    for least in AGREED:
        yield f"claims after {least} agreed", [one for answers in in_form for one in agreed(answers, least)]


def counted(tools: Sequence[Sequence[Told]]) -> dict[str, dict[str, int]]:
    """By rule: answers, right ones, claims that something is not there, and right ones of these."""
    return {
        name: {
            "answered": len(served),
            "right": sum(one.is_right for one in served),
            "claims": sum(bool(one.claims) for one in served),
            "claims_right": sum(bool(one.claims) and one.is_right for one in served),
        }
        for name, served in rules(tools)
    }


async def run() -> dict[str, Any]:
    """By documents and rule."""
    opened = [open_models(settings_of(None, None, path)) for path in (RECORDING, LETTERS, SECOND)]
    try:
        async with open_sandbox(settings_of(None, None, RECORDING)) as sandbox:
            written = await on_written(opened[1], opened[2], sandbox)
            found = {**written, "generated": await on_generated(opened[0], sandbox)}
            return {name: counted(answers) for name, answers in found.items()}
    finally:
        for models in opened:
            await models.close()


def main() -> None:
    """Print JSON."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(json.dumps(asyncio.run(run()), indent=1))


if __name__ == "__main__":
    main()
