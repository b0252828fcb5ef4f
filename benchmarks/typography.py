"""Questions typed as people type them: `python benchmarks/typography.py --json`. No model is asked.

A stream of the demo runs from its recording, as it ships. 400 of the questions that tools answered right are typed in
other ways, without changing what they ask, and asked again; so are near misses, which ask for something else in nearly
the same words. A row gives the share that tools answer as it is and with the folding of the host, and of those answers
the share that is right. What is asked by a near miss may still be answered right: `unchanged` is the share of the
answers that are as they were before the change, and `tasks` says whose they are.
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from latm import AsyncLatm, Route, Settings
from latm.demo.main import Choices, run_demo
from latm.demo.streams import Stream

COUNT = 400
CHANGES: dict[str, Callable[[str], str]] = {
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "a blank line for each end of a line": lambda text: text.replace("\n", "\n\n"),
    "blank lines around": lambda text: f"\n\n{text}\n\n",
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "one no-break space": lambda text: text.replace(" ", "\u00a0", 1),
    "double spaces": lambda text: text.replace(" ", "  "),
    "one double space": lambda text: text.replace(" ", "  ", 1),
    "curly quotes": lambda text: text.replace("'", "’").replace('"', "”"),
    "dashes for hyphens": lambda text: text.replace("-", "–"),
    "a zero-width space": lambda text: text.replace(" ", " \u200b", 1),
    "decomposed letters": lambda text: unicodedata.normalize("NFD", text),
    "another case of the first letter": lambda text: text[0].swapcase() + text[1:],
    '"Please:" before': lambda text: f"Please: {text}",
    '"Thank you!" after': lambda text: f"{text} Thank you!",
    '"Thanks" on a line after': lambda text: f"{text}\n\nThanks",
    '"Hello," before and "Many thanks." after': lambda text: f"Hello, {text} Many thanks.",
    "the final stop dropped": lambda text: text[:-1] if text[-1] in ".?!" else text,
}
NEAR_MISSES: dict[str, Callable[[str], str]] = {
    "one more instruction after": lambda text: f"{text} Give the answer in words.",
    "one more instruction before": lambda text: f"Ignore the first value. {text}",
    "a polite instruction after": lambda text: f"{text} Thank you for doing it in reverse.",
    "a polite instruction before": lambda text: f"Please double the result. {text}",
    "a word negated": lambda text: text.replace(" are ", " are not ", 1).replace(" is ", " is not ", 1),
    "the first number dropped": lambda text: re.sub(r"\d+", "", text, count=1),
    "the last word dropped": lambda text: text.rpartition(" ")[0],
}


async def learnt(store: str, stream: Stream) -> list[tuple[str, str]]:
    """Let the demo make its tools; questions that they answer right, each with its answer."""
    choices = Choices(stream=stream, store=store, html=Path(tempfile.mkdtemp()) / "page.html")
    summary = await run_demo(choices, Console(quiet=True), quiet=True)
    answers = zip(summary.course.answers, stream.instances(choices.seed, choices.length), strict=True)
    return [
        (one.question, str(truth.answer))
        for one, truth in answers
        if one.route is Route.TOOL and one.text.strip() == str(truth.answer).strip()
    ]


async def row(latm: AsyncLatm, change: str, asked: Sequence[tuple[str, str]], *, near: bool) -> dict[str, Any]:
    """What tools make of changed questions; one that the change leaves as it is does not count."""
    answers = [(await latm.ask(text), truth) for text, truth in asked]
    by_tool = [(answer, truth) for answer, truth in answers if answer.route is Route.TOOL]
    folded = sum("folded" in answer.evidence for answer, _ in by_tool)
    right = sum(answer.text.strip() == truth.strip() for answer, truth in by_tool)
    return {
        "change": change,
        "near_miss": near,
        "questions": len(asked),
        "answered_as_it_is": round((len(by_tool) - folded) / max(1, len(asked)), 4),
        "answered": round(len(by_tool) / max(1, len(asked)), 4),
        "precision": None if near else round(right / max(1, len(by_tool)), 4),
        "unchanged": round(right / max(1, len(by_tool)), 4) if near else None,
        "tasks": dict(Counter(answer.task for answer, _ in by_tool)) if near else {},
    }


async def rows(stream: Stream) -> list[dict[str, Any]]:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/latm.db"
        known = await learnt(store, stream)
        known = random.Random(1).sample(known, min(COUNT, len(known)))  # noqa: S311  # a draw, no secret
        async with AsyncLatm(Settings(store=store, making="never")) as latm:
            found = []
            for near, changes in ((False, CHANGES), (True, NEAR_MISSES)):
                for change, make in changes.items():
                    asked = [(make(text), truth) for text, truth in known if make(text) not in {"", text}]
                    found.append(await row(latm, change, asked, near=near))
    return found


def main() -> None:
    """Print the table, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--stream", type=Stream, default=Stream.BARE, choices=list(Stream), help="which demo's tools")
    options = parser.parse_args()
    found = asyncio.run(rows(options.stream))
    if options.json:
        print(json.dumps({"rows": found}))
        return
    for one in found:
        print(*(f"{value!s:>8}" for value in list(one.values())[1:]), one["change"])


if __name__ == "__main__":
    main()
