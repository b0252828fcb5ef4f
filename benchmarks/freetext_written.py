"""Tools for documents that a model wrote, not a generator: made from twelve of them, tried on the others.

The writer sees nothing but a request for ten realistic documents as JSON with the right answers; it knows neither the
tools nor the gates. `--maker MODEL --record FILE` has them written and the tools made; else the recording is replayed.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from freetext import EXAMPLES, SHOWN, Making, measured_on, settings_of, shares
from freetext_finding import FINDING
from freetext_kinds import Asked, Drawn, Kind, asked
from freetext_tables import TABLES

from latm.answering.direct import DirectAnswer
from latm.form import find_form
from latm.making.maker import ToolMaker
from latm.making.order import Order
from latm.models import Message, Model, Models, Request, open_models
from latm.sandbox import Sandbox, open_sandbox
from latm.task import Example

RECORDING = Path(__file__).parent / "recordings" / "freetext_written.jsonl"
BATCHES = (
    "an online shop for household goods", "a garden centre", "a maker of machine parts", "a bookseller",
    "a bicycle workshop", "a shop for musical instruments",
)  # fmt: skip
WRITTEN = {
    "order_number": (
        "messages of customers about an order",
        (
            "the order number, which has letters, a hyphen and digits; 'none' in one of the ten, where the "
            "customer forgets "
            "it; 'several' in one of the ten, where two different orders are named"
        ),
    ),
    "invoice_total": (
        "e-mails that carry an invoice in their text, with items, tax and total, in the notations of several countries",
        "the total with taxes, such as 1234.50 EUR: two decimals, a point, a space, the currency's three-letter code",
    ),
    "delivery_date": (
        "letters in which, among other dates, a day of delivery is agreed or announced, written in many notations",
        "the day of delivery as YYYY-MM-DD; 'none' in one of the ten, which gives no day of delivery",
    ),
    "address": (
        "letters in which a customer gives a postal address in Germany (street, number, five-digit postcode, town)",
        "an object with the text fields street, house, postcode and town",
    ),
    "ticket": (
        (
            "support tickets that give some of: an order number (WEB- and digits), an article (a letter, "
            "three digits, a "
            "hyphen, two digits), the day of the order, the amount paid in EUR, an e-mail address, a telephone number"
        ),
        (
            "an object with the fields order_number, article, ordered_on (YYYY-MM-DD), amount (a number), "
            "email, phone (as "
            "written); null for what the ticket does not give"
        ),
    ),
}
_PROMPT = """Write ten realistic {what}, as they come to {where}. Let them be as unlike each other as real ones are: \
writers, moods, lengths (from 50 to 300 words), layouts, signatures, quoted mails, footers, and further numbers, dates \
and names that are beside the point.

Reply with a JSON array of ten objects and nothing else. Each has two fields: "document", the text, and "answer": \
{answer}."""
_ARRAY = re.compile(r"\[.*\]", re.DOTALL)


async def documents(writer: Model, kind: Kind) -> list[Asked]:
    """What the writer wrote for a kind, asked as the kind asks."""
    what, answer = WRITTEN[kind.name]
    prompts = [_PROMPT.format(what=what, where=where, answer=answer) for where in BATCHES]
    requests = [Request([Message("user", prompt)], purpose="write", temperature=1.0) for prompt in prompts]
    replies = await asyncio.gather(*(writer.complete(request) for request in requests))
    found: dict[str, Asked] = {}
    for reply in replies:
        array = _ARRAY.search(reply.text)
        for one in json.loads(array[0]) if array else []:
            said = one["answer"] if isinstance(one["answer"], str) else json.dumps(one["answer"])
            request = asked(kind, "marks", Drawn(one["document"], said))
            found.setdefault(request.text, request)
    return list(found.values())


def parted(written: Sequence[Asked]) -> tuple[list[Asked], list[Asked]]:
    """Twelve that are spread over the documents, and the others."""
    step = len(written) / EXAMPLES
    shown = [written[int(number * step)] for number in range(EXAMPLES)]
    return shown, [one for one in written if one not in shown]


async def made_from(kind: Kind, examples: Sequence[Asked], models: Models, sandbox: Sandbox) -> Making:
    """A tool from some documents."""
    assert models.maker is not None  # noqa: S101  # one is set, or a recording is replayed
    form = find_form([one.answer for one in examples], [one.text for one in examples])
    judge = DirectAnswer(models.judge) if models.judge else None
    maker = ToolMaker(models.maker, judge, sandbox, settings_of(None, None, None))
    order = Order(kind.name, [Example(one.text, one.answer) for one in examples], form=form, shown=SHOWN)
    return Making(kind, "marks", form, await maker.make(order))


async def row(kind: Kind, models: Models, sandbox: Sandbox) -> dict[str, Any]:
    """Documents, a tool from some of them, and what it makes of the others."""
    assert models.maker is not None  # noqa: S101  # one is set, or a recording is replayed
    examples, unseen = parted(await documents(models.maker, kind))
    return await measured_on(await made_from(kind, examples, models, sandbox), sandbox, unseen)


async def run(options: argparse.Namespace) -> Sequence[dict[str, Any]]:
    """All rows."""
    replay = None if options.maker else options.replay
    settings = settings_of(options.maker, options.record, replay)
    kinds = [kind for kind in (*FINDING, *TABLES) if kind.name in (options.only or WRITTEN)]
    models = open_models(settings)
    try:
        async with open_sandbox(settings) as sandbox:
            return await asyncio.gather(*(row(kind, models, sandbox) for kind in kinds))
    finally:
        await models.close()


def main() -> None:
    """Print the table, or its JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON, with every wrong answer")
    parser.add_argument(
        "--only", action="append", choices=sorted(WRITTEN), help="this kind alone; several times for several"
    )
    parser.add_argument("--maker", help="the model that writes the documents and makes the tools")
    parser.add_argument("--record", type=Path, help="append what it says to this recording")
    parser.add_argument("--replay", type=Path, default=RECORDING, help="replay this recording")
    options = parser.parse_args()
    rows = asyncio.run(run(options))
    if options.json:
        print(json.dumps({"rows": rows}))
        return
    for one in rows:
        print(f"| {one['kind']} | {one['outcome']} | {one['questions']} | {' | '.join(shares(one))} |")


if __name__ == "__main__":
    main()
