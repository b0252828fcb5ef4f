"""The pages that people read, and the blocks in them."""

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = runpy.run_path(str(ROOT / "docs/from_code.py"))
ELSEWHERE = {"demo"}
"""Commands that have tests of their own, too long for a page's."""
TIME = re.compile(r"\d+(\.\d+)?(e-\d+)? s\b")
REST = "…"
BLOCK = re.compile(r"^```(?P<language>[\w-]+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)


def named(page: Path) -> str:
    """A page as a test's name shows it."""
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    """A page as it is built, with what is read from the code."""
    return str(CODE["filled"](page.read_text()))


def blocks(page: Path, *languages: str) -> list[str]:
    """The blocks of a page in some languages, in order."""
    return [block["text"] for block in BLOCK.finditer(page.read_text()) if block["language"] in languages]


def sessions(page: Path) -> Iterator[tuple[list[str], str]]:
    """Every call of latm that a page shows with what it says."""
    for block in blocks(page, "console"):
        yield from sessions_in(block)


def sessions_in(block: str) -> Iterator[tuple[list[str], str]]:
    """Every call of latm that a block shows with what it says."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        call, _, said = part.partition("\n")
        words = shlex.split(call, comments=True)
        if words[0] == "latm" and words[1] not in ELSEWHERE:
            yield words[1:], said


def settled(text: str) -> str:
    """A text without what may differ from run to run, and from one width of the terminal to another."""
    return re.sub(r" *\n", "\n", re.sub(r" +", " ", TIME.sub("N s", text)))


def pattern_of(said: str) -> re.Pattern[str]:
    """What a page shows, as a pattern: an ellipsis stands for the rest of a line, or for lines."""
    return re.compile("".join(map(_line, settled(said).splitlines())))


def _line(line: str) -> str:
    if line == REST:
        return r"(?:.*\n)*?"
    ending = ".*" if line.endswith(f" {REST}") else ""
    return re.escape(line.removesuffix(REST) if ending else line) + ending + r"\n"
