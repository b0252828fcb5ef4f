"""Documents that nobody should have to read, put to the recorded tools: what they say, and how long they take."""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from freetext import KINDS, RECORDING, Making, drawn, make, settings_of
from freetext_kinds import Asked, Drawn, Kind, asked
from freetext_prose import SENTENCES

from latm.models import Models, open_models
from latm.sandbox import Isolation, Result, Sandbox, Verdict, open_sandbox
from latm.settings import Settings
from latm.tool import ANSWER_FUNCTION

_COUNT = 5
_LONG = 1_000_000


def _cases(kind: Kind, layout: str) -> dict[str, list[Asked]]:
    """Requests of a kind by what is wrong with their documents; their answers are those of the documents without it."""
    rng = random.Random(f"{kind.name} {layout}")  # noqa: S311  # no secrets here
    found = drawn(kind, layout, _COUNT, "hostile")
    texts = [one.text[one.start : one.end] for one in found]
    values = kind.draw(rng).values
    other = next(one for one in KINDS if one.name not in {kind.name, "redaction"})
    request = asked(other, "first", other.draw(rng)).text
    noise = "".join(chr(rng.randrange(1, 0x2FFF)) for _ in range(20_000))
    prose = " ".join(rng.choices(SENTENCES, k=_LONG // 50))

    def of(document: str, answer: str = "") -> Asked:
        return asked(kind, layout, Drawn(document, answer, values))

    frames = [one.text[: one.start] + one.text[one.end :] for one in found]
    return {
        "1 MB of prose": [of(prose)],
        "1 MB of prose after a document": [of(f"{texts[0]}\n\n{prose}")],
        "binary noise": [of(noise)],
        "nothing": [of("")],
        "its own frame within": [of(f"{text}\n\n{frame}") for text, frame in zip(texts, frames, strict=True)],
        "another request within": [of(f"{text}\n\n{request}") for text in texts],
        "ten documents in one": [
            of("\n\n".join(one.text[one.start : one.end] for one in drawn(kind, layout, 10, "ten")))
        ],
    }


async def row(kind: Kind, layout: str, models: Models, sandbox: Sandbox, settings: Settings) -> dict[str, Any]:
    """What a tool says of each, by verdict, and its slowest call in seconds."""
    making: Making = await make(kind, layout, models, sandbox, settings)
    if making.made.program is None:
        return {}
    verdicts: dict[str, Counter[str]] = {}
    slowest = 0.0
    for name, cases in _cases(kind, layout).items():
        begun = time.perf_counter()
        calls = [(one.text,) for one in cases]
        results = await sandbox.batch(making.made.program.code, ANSWER_FUNCTION, calls, isolation=Isolation.BATCH)
        slowest = max(slowest, (time.perf_counter() - begun) / len(cases))
        verdicts[name] = Counter(_said(one) for one in results)
    return {"kind": kind.name, "layout": layout, "verdicts": verdicts, "slowest": slowest}


def _said(result: Result) -> str:
    return "answered" if result.verdict is Verdict.OK else str(result.verdict)


async def run(recording: Path) -> list[dict[str, Any]]:
    """A row for each tool of a kind that a program can do."""
    settings = settings_of(None, None, recording)
    models = open_models(settings)
    try:
        async with open_sandbox(settings) as sandbox:
            chosen = [(kind, layout) for kind in KINDS if not kind.needs_judgement for layout in kind.layouts]
            return [found for one in chosen if (found := await row(*one, models, sandbox, settings))]
    finally:
        await models.close()


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Over all tools."""
    found: dict[str, Counter[str]] = {}
    for one in rows:
        for name, verdicts in one["verdicts"].items():
            found.setdefault(name, Counter()).update(verdicts)
    return {"tools": len(rows), "verdicts": found, "slowest": max((one["slowest"] for one in rows), default=None)}


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replay", type=Path, default=RECORDING, help="the recording of the tools")
    rows = asyncio.run(run(parser.parse_args().replay))
    print(json.dumps({"rows": rows, "total": total(rows)}))


if __name__ == "__main__":
    main()
