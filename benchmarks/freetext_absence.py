"""Claims that nothing is there (`none`, `unclear`, null): how often they are right, and what rules for them would do.

The recorded tools, on generated documents and on those that a model wrote, the second tools of `freetext_pairs` among
them. A rule serves such a claim only where so many of the twelve examples make it, for a field those of that field.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from freetext import KINDS, RECORDING, Making, drawn, examples_of, make, said, settings_of
from freetext_finding import FINDING
from freetext_kinds import Asked
from freetext_pairs import PAIRED, SECOND
from freetext_tables import TABLES
from freetext_written import RECORDING as LETTERS
from freetext_written import WRITTEN, documents, made_from, parted

from latm.models import Models, open_models
from latm.sandbox import Sandbox, open_sandbox

_ABSENT = frozenset({"none", "null", "unknown", "unclear", "missing", "empty", "nothing", "n/a", "-", ""})
NEVER = 13
LEAST = (1, 2, 3, 4, 6, NEVER)


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
    try:
        read = json.loads(answer)
    except ValueError:
        return frozenset({""} if answer.strip().casefold() in _ABSENT else ())
    if isinstance(read, dict):
        return frozenset(name for name, value in read.items() if value in (None, "", [], {}))
    return frozenset({""} if read in (None, [], "") else ())


async def told(making: Making, sandbox: Sandbox, examples: Sequence[str], unseen: Sequence[Asked]) -> list[Told]:
    """What a tool answers to unseen documents."""
    if making.made.program is None:
        return []
    counted = Counter(name for answer in examples for name in claims(answer))
    answers = await said(sandbox, making.made.program, [one.text for one in unseen])
    return [
        Told(
            (what := claims(answer)),
            min((counted[name] for name in what), default=NEVER),
            making.form.same(answer, one.answer),
            making.form.valid(answer),
        )
        for one, answer in zip(unseen, answers, strict=True)
        if answer is not None
    ]


async def on_generated(models: Models, sandbox: Sandbox) -> list[Told]:
    """Of all tools for generated documents."""
    settings = settings_of(None, None, RECORDING)
    found: list[Told] = []
    able = [one for one in KINDS if not one.needs_judgement]
    for kind, layout in ((one, layout) for one in able for layout in one.layouts):
        making = await make(kind, layout, models, sandbox, settings)
        answers = [one.answer for one in examples_of(kind, layout)]
        found += await told(making, sandbox, answers, drawn(kind, layout, 200, "unseen"))
    return found


async def on_written(letters: Models, second: Models, sandbox: Sandbox) -> dict[str, list[Told]]:
    """Of the tools for documents that a model wrote: the first, and the second."""
    found: dict[str, list[Told]] = {"written, first tools": [], "written, second tools": []}
    assert letters.maker is not None  # noqa: S101  # a recording is replayed
    for kind in (one for one in (*FINDING, *TABLES) if one.name in WRITTEN):
        examples, unseen = parted(await documents(letters.maker, kind))
        answers = [one.answer for one in examples]
        first = await made_from(kind, examples, letters, sandbox)
        found["written, first tools"] += await told(first, sandbox, answers, unseen)
        if kind.name in PAIRED:
            other = await made_from(kind, examples[::-1], second, sandbox)
            found["written, second tools"] += await told(other, sandbox, answers, unseen)
    return found


def rules(answers: Sequence[Told]) -> Iterator[tuple[str, list[Told]]]:
    """What each rule serves."""
    yield "what the tool says", list(answers)
    yield "in form, as served", [one for one in answers if one.is_valid]
    for least in LEAST:
        name = "never" if least == NEVER else f"{least} examples or more"
        # What is claimed often enough is in form, whatever most answers look like.
        yield (
            name,
            [one for one in answers if (one.seen >= least if one.claims else one.is_valid)],
        )


def counted(answers: Sequence[Told]) -> dict[str, dict[str, int]]:
    """By rule: answers, right ones, claims that something is not there, and right ones of these."""
    return {
        name: {
            "answered": len(served),
            "right": sum(one.is_right for one in served),
            "claims": sum(bool(one.claims) for one in served),
            "claims_right": sum(bool(one.claims) and one.is_right for one in served),
        }
        for name, served in rules(answers)
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
