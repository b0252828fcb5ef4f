"""Kinds of judgement where a light model is at hand: do they still get no tool, not even half a one?

`--maker MODEL --user MODEL --record FILE` asks a model; else the recording is replayed.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from freetext import examples_of
from freetext_half import EXAMPLES, make
from freetext_judging import JUDGING
from freetext_kinds import Kind

from latm import Settings
from latm.form import find_form
from latm.models import Models, open_models
from latm.sandbox import Sandbox, open_sandbox

RECORDING = Path(__file__).parent / "recordings" / "freetext_light.jsonl"


async def row(kind: Kind, layout: str, models: Models, sandbox: Sandbox) -> dict[str, Any]:
    """What came of a making, and what it took."""
    examples = examples_of(kind, layout)[:EXAMPLES]
    form = find_form([one.answer for one in examples], [one.question for one in examples])
    made = await make(kind.name, examples, form, models, sandbox)
    return {
        "kind": kind.name,
        "layout": layout,
        "outcome": str(made.making.outcome),
        "reason": made.making.reason,
        "tool": str(made.program.kind) if made.program else None,
        "tries": sum(bool(attempt.completion) for attempt in made.making.attempts),
        "calls": made.making.usage.calls,
        "tokens": made.making.usage.tokens,
        "caught": dict(made.making.caught),
    }


async def run(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows."""
    settings = Settings(
        maker=options.maker, user=options.user, record=options.record, timeout=6 * 3_600, retries=10,
        replay=None if options.maker else options.replay,
    )  # fmt: skip
    models = open_models(settings)
    chosen = [kind for kind in JUDGING if kind.name in (options.only or [kind.name])]
    try:
        async with open_sandbox(settings) as sandbox:
            rows = [row(kind, layout, models, sandbox) for kind in chosen for layout in kind.layouts[options.layouts]]
            return list(await asyncio.gather(*rows))
    finally:
        await models.close()


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[kind.name for kind in JUDGING], help="this kind alone")
    parser.add_argument("--layouts", type=lambda text: slice(*map(int, text.split(":"))), default=slice(3),
                        help="of each kind, such as 0:1 for the first")  # fmt: skip
    parser.add_argument("--maker", help="the model that makes the tools")
    parser.add_argument("--user", help="the light model")
    parser.add_argument("--record", type=Path, help="append what they say to this recording")
    parser.add_argument("--replay", type=Path, default=RECORDING, help="replay this recording")
    print(json.dumps({"rows": asyncio.run(run(parser.parse_args()))}))


if __name__ == "__main__":
    main()
