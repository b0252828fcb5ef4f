"""Documents that nobody should have to read, put to the recorded tools: what they say, and how long they take."""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from freetext import KINDS, RECORDING, Making, drawn, each_tool, make
from freetext_kinds import Asked, Drawn, Kind, asked
from freetext_prose import SENTENCES

from latm.models import Models
from latm.sandbox import Isolation, Result, Sandbox, Verdict
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
    request = f"{other.ask} {other.form}"
    noise = "".join(chr(rng.randrange(1, 0x2FFF)) for _ in range(20_000))
    prose = " ".join(rng.choices(SENTENCES, k=_LONG // 50))

    def of(document: str) -> Asked:
        return asked(kind, layout, Drawn(document, "", values))

    def replaced(one: Asked, document: str) -> Asked:
        text = one.text[: one.start] + document + one.text[one.end :]
        right = one.answer + document.removeprefix(one.text[one.start : one.end]) if kind.echoes else one.answer
        return Asked(text, one.system, one.start, one.start + len(document), right)

    frames = [one.text[: one.start] + one.text[one.end :] for one in found]
    return {
        "1 MB of prose": [of(prose)],
        "1 MB of prose after a document": [of(f"{texts[0]}\n\n{prose}")],
        "binary noise": [of(noise)],
        "nothing": [of("")],
        "its own frame within": [
            replaced(one, f"{text}\n\n{frame}") for one, text, frame in zip(found, texts, frames, strict=True)
        ],
        "another request within": [
            replaced(one, f"{text}\n\n{request}") for one, text in zip(found, texts, strict=True)
        ],
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
        verdicts[name] = Counter(_said(making, one, result) for one, result in zip(cases, results, strict=True))
    return {"kind": kind.name, "layout": layout, "verdicts": verdicts, "slowest": slowest}


def _said(making: Making, one: Asked, result: Result) -> str:
    if result.verdict is not Verdict.OK:
        return str(result.verdict)
    if not one.answer:
        return "answered"
    return "right" if making.form.same(result.text or result.json or "", one.answer) else "wrong"


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
    parser.add_argument("--only", action="append", default=[], help="this kind alone; several times for several")
    options = parser.parse_args()
    rows = asyncio.run(each_tool(row, options.replay, options.only))
    print(json.dumps({"rows": rows, "total": total(rows)}))


if __name__ == "__main__":
    main()
