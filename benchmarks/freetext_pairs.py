"""One tool against two that must agree: a second tool of each kind, from twelve other examples, in its first layout.

`--maker MODEL --record FILE` has the second tools made; the first ones come from the benchmark's own recording.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from freetext import KINDS, RECORDING, Making, drawn, make, said, settings_of
from freetext_kinds import Kind

from latm.models import open_models
from latm.sandbox import Sandbox, open_sandbox

SECOND = Path(__file__).parent / "recordings" / "freetext_pairs.jsonl"


async def pair(kind: Kind, both: list[Making], sandbox: Sandbox, count: int) -> dict[str, Any]:
    """What each of two tools answers, and what they answer alike."""
    unseen = drawn(kind, kind.layouts[0], count, "unseen")
    texts = [one.text for one in unseen]
    first, second = [
        await said(sandbox, one.made.program, texts) if one.made.program else [None] * count for one in both
    ]
    form = both[0].form
    agreed = [
        one if one is not None and other is not None and form.same(one, other) else None
        for one, other in zip(first, second, strict=True)
    ]
    row: dict[str, Any] = {"kind": kind.name, "layout": kind.layouts[0], "questions": count}
    row["made"] = [one.made.program is not None for one in both]
    row["tokens"] = [one.made.making.usage.tokens for one in both]
    for name, answers in (("first", first), ("second", second), ("agreed", agreed)):
        served = [(one, got) for one, got in zip(unseen, answers, strict=True) if got is not None]
        row[name] = {"answered": len(served), "right": sum(form.same(got, one.answer) for one, got in served)}
    return row


async def run(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows."""
    first = settings_of(None, None, options.first)
    second = settings_of(options.maker, options.record, None if options.maker else options.replay)
    kinds = [kind for kind in KINDS if not kind.needs_judgement]
    models = [open_models(first), open_models(second)]
    try:
        async with open_sandbox(first) as sandbox:

            async def one(kind: Kind) -> dict[str, Any]:
                parts = zip(models, (first, second), ("examples", "other examples"), strict=True)
                both = [await make(kind, kind.layouts[0], asked, sandbox, how, part) for asked, how, part in parts]
                return await pair(kind, both, sandbox, options.documents)

            return list(await asyncio.gather(*map(one, kinds)))
    finally:
        for opened in models:
            await opened.close()


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All rows together."""
    asked = sum(row["questions"] for row in rows)
    found: dict[str, Any] = {}
    for name in ("first", "second", "agreed"):
        answered, right = (sum(row[name][what] for row in rows) for what in ("answered", "right"))
        found[name] = {"coverage": answered / asked, "precision": right / answered if answered else None}
    return found


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200, help="unseen ones of each kind")
    parser.add_argument("--maker", help="the model that makes the second tools")
    parser.add_argument("--record", type=Path, help="append what it says to this recording")
    parser.add_argument("--first", type=Path, default=RECORDING, help="the recording of the first tools")
    parser.add_argument("--replay", type=Path, default=SECOND, help="the recording of the second tools")
    options = parser.parse_args()
    rows = asyncio.run(run(options))
    print(json.dumps({"rows": rows, "total": total(rows)}))


if __name__ == "__main__":
    main()
