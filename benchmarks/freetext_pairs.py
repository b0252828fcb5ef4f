"""One tool against two that must agree, on documents that a model wrote: the second from the other end of the examples.

`--maker MODEL --record FILE` has the second tools made; documents and first tools come from `freetext_written`.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from freetext import Making, said, settings_of
from freetext_finding import FINDING
from freetext_kinds import Asked, Kind
from freetext_tables import TABLES
from freetext_written import RECORDING, WRITTEN, documents, made_from, parted

from latm.models import Models, open_models
from latm.sandbox import Sandbox, open_sandbox

PAIRED = ("invoice_total", "ticket")
SECOND = Path(__file__).parent / "recordings" / "freetext_pairs.jsonl"


async def pair(kind: Kind, both: Sequence[Making], sandbox: Sandbox, unseen: Sequence[Asked]) -> dict[str, Any]:
    """What each of two tools answers, and what they answer alike."""
    texts = [one.text for one in unseen]
    first, second = [
        await said(sandbox, one.made.program, texts) if one.made.program else [None] * len(texts) for one in both
    ]
    form = both[0].form
    agreed = [
        one if one is not None and other is not None and form.same(one, other) else None
        for one, other in zip(first, second, strict=True)
    ]
    row: dict[str, Any] = {"kind": kind.name, "questions": len(unseen)}
    row["made"] = [one.made.program is not None for one in both]
    row["tokens"] = [one.made.making.usage.tokens for one in both]
    row["calls"] = [one.made.making.usage.calls for one in both]
    for name, answers in (("first", first), ("second", second), ("agreed", agreed)):
        served = [(one, got) for one, got in zip(unseen, answers, strict=True) if got is not None]
        row[name] = {"answered": len(served), "right": sum(form.same(got, one.answer) for one, got in served)}
    row["wrong"] = [
        {"question": one.text, "right": one.answer, "first": got, "second": other}
        for one, got, other in zip(unseen, first, second, strict=True)
        if any(text is not None and not form.same(text, one.answer) for text in (got, other))
    ]
    return row


async def run(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows."""
    first = settings_of(None, None, options.first)
    second = settings_of(options.maker, options.record, None if options.maker else options.replay)
    kinds = [kind for kind in (*FINDING, *TABLES) if kind.name in (options.only or PAIRED)]
    models = [open_models(first), open_models(second)]
    try:
        async with open_sandbox(first) as sandbox:

            async def one(kind: Kind) -> dict[str, Any]:
                return await _both(kind, models[0], models[1], sandbox)

            return list(await asyncio.gather(*map(one, kinds)))
    finally:
        for opened in models:
            await opened.close()


async def _both(kind: Kind, first: Models, second: Models, sandbox: Sandbox) -> dict[str, Any]:
    assert first.maker is not None  # noqa: S101  # a recording is replayed
    examples, unseen = parted(await documents(first.maker, kind))
    both = [
        await made_from(kind, examples, first, sandbox),
        await made_from(kind, examples[::-1], second, sandbox),
    ]
    return await pair(kind, both, sandbox, unseen)


def total(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All rows together."""
    asked = sum(row["questions"] for row in rows)
    found: dict[str, Any] = {"tokens": [sum(row["tokens"][at] for row in rows) for at in (0, 1)]}
    for name in ("first", "second", "agreed"):
        answered, right = (sum(row[name][what] for row in rows) for what in ("answered", "right"))
        found[name] = {"answered": answered, "right": right, "coverage": answered / asked}
    return found


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(WRITTEN), help="this kind alone; several times")
    parser.add_argument("--maker", help="the model that makes the second tools")
    parser.add_argument("--record", type=Path, help="append what it says to this recording")
    parser.add_argument("--first", type=Path, default=RECORDING, help="the recording of the first tools")
    parser.add_argument("--replay", type=Path, default=SECOND, help="the recording of the second tools")
    options = parser.parse_args()
    rows = asyncio.run(run(options))
    print(json.dumps({"rows": rows, "total": total(rows)}))


if __name__ == "__main__":
    main()
