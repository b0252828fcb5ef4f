"""The pages that people read, and the blocks in them."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = runpy.run_path(str(ROOT / "docs/from_code.py"))
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
