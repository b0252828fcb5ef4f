"""A tool that is sure of some fields: what its parser reads of tickets that a model wrote, and what is left to ask for.

`--maker MODEL --user MODEL --record FILE` has the tool made; else the recording is replayed. The parser alone is tried
on every ticket, which asks nobody.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from freetext import settings_of
from freetext_half import spread
from freetext_kinds import Asked
from freetext_tables import TABLES
from freetext_written import RECORDING as LETTERS
from freetext_written import documents

from latm import Settings
from latm.answering.reader import Reader
from latm.form import Form, find_form
from latm.ledger import Usage
from latm.making.maker import ToolMaker
from latm.making.order import Order
from latm.making.reply import Proposal, read_reply
from latm.models import Models, OwnModel, open_models
from latm.sandbox import Isolation, Sandbox, open_sandbox
from latm.task import Example
from latm.tool import READ_FUNCTION, Program, ToolVersion

RECORDING = Path(__file__).parent / "recordings" / "freetext_fields.jsonl"
EXAMPLES, SHOWN = 7, 5
KIND = next(one for one in TABLES if one.name == "ticket")


async def proposed(examples: Sequence[Asked], form: Form, models: Models, sandbox: Sandbox) -> tuple[Program, Usage]:
    """The maker's first proposal. No reading is bought to verify it: that would take a call for each example."""
    assert models.maker is not None  # noqa: S101  # one is set, or a recording is replayed
    settings = Settings(
        examples_shown=SHOWN, examples_held_out=EXAMPLES - SHOWN, examples_of_text=EXAMPLES, tries_propose=1
    )
    maker = ToolMaker(models.maker, None, sandbox, settings, user=OwnModel(_declines))
    ordered = [Example(one.text, one.answer) for one in examples]
    made = await maker.make(Order(KIND.name, ordered, form=form, shown=SHOWN))
    reply = read_reply(made.making.attempts[0].completion, may_be_half=True)
    assert isinstance(reply, Proposal)  # noqa: S101  # else there is nothing to measure
    return Program.of(reply.source), models.meter.total(role="maker")


async def _declines(_: object) -> str:
    return "null"


async def sure(program: Program, unseen: Sequence[Asked], sandbox: Sandbox) -> dict[str, Any]:
    """What the parser alone reads, field by field."""
    items = [(one.text,) for one in unseen]
    results = await sandbox.batch(program.code, READ_FUNCTION, items, isolation=Isolation.BATCH)
    reads = [result.value for result in results]
    names = list(program.schema["properties"])
    fields = {name: _field(name, reads, unseen) for name in names}
    read = [one for one in reads if isinstance(one, dict)]
    return {
        "asked": len(unseen),
        "refused": len(reads) - len(read),
        "whole": sum(len(one) == len(names) for one in read),
        "fields": fields,
        "sure": sum(len(one) for one in read) / (len(read) * len(names)) if read else 0.0,
    }


def _field(name: str, reads: Sequence[Any], unseen: Sequence[Asked]) -> Mapping[str, Any]:
    given = [(one[name], json.loads(gold.answer).get(name), gold.text) for one, gold in zip(reads, unseen, strict=True)
             if isinstance(one, dict) and name in one]  # fmt: skip
    wrong = [{"said": said, "right": right, "question": text} for said, right, text in given if said != right]
    return {"sure": len(given), "right": len(given) - len(wrong), "wrong": wrong}


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """The tool, what its parser is sure of, and what an answer takes."""
    given = Settings(
        maker=options.maker, user=options.user, record=options.record, timeout=6 * 3_600, retries=10,
        replay=None if options.maker else options.replay,
    )  # fmt: skip
    letters, models = open_models(settings_of(None, None, LETTERS)), open_models(given)
    try:
        async with open_sandbox(given) as sandbox:
            assert letters.maker is not None  # noqa: S101  # a recording is replayed
            tickets = await documents(letters.maker, KIND)
            examples = spread(tickets, EXAMPLES)
            form = find_form([one.answer for one in examples], [one.text for one in examples])
            program, usage = await proposed(examples, form, models, sandbox)
            unseen = [one for one in tickets if one not in examples]
            found: dict[str, Any] = {"kind": str(program.kind), "making_tokens": usage.tokens}
            found |= {"parser": await sure(program, unseen, sandbox)}
            return found | {"answers": await _answers(program, form, spread(unseen, options.ask), models, sandbox)}
    finally:
        await letters.close()
        await models.close()


async def _answers(
    program: Program, form: Form, unseen: Sequence[Asked], models: Models, sandbox: Sandbox
) -> list[dict[str, Any]]:
    """Tickets of which the light model reads the rest, and what it takes."""
    assert models.user is not None  # noqa: S101  # one is set, or a recording is replayed
    user, version = Reader(models.user, sandbox), ToolVersion(KIND.name, program, 1)
    used = await asyncio.gather(*(user.answer(one.text, version) for one in unseen))
    return [
        {
            "right": one.text is not None and form.same(one.text, gold.answer),
            "differing": form.differing(one.text or "", gold.answer),
            "said": one.text,
            "gold": gold.answer,
            "tokens_sent": one.usage.input_tokens,
            "tokens_received": one.usage.output_tokens,
            "evidence": one.evidence,
            "question": gold.text,
        }
        for one, gold in zip(used, unseen, strict=True)
    ]


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ask", type=int, default=6, help="unseen tickets of which the light model reads the rest")
    parser.add_argument("--maker", help="the model that makes the tool")
    parser.add_argument("--user", help="the light model")
    parser.add_argument("--record", type=Path, help="append what they say to this recording")
    parser.add_argument("--replay", type=Path, default=RECORDING, help="replay this recording")
    print(json.dumps(asyncio.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()
