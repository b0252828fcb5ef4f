"""The code of a how-to page, so that what the pages show is what the tests run."""

import re
from pathlib import Path

HOW_TO = Path(__file__).parents[2] / "docs/how-to"


def python_of(page: str) -> list[str]:
    """The Python blocks of a page, in order."""
    return re.findall(r"^```python\n(.*?)^```", (HOW_TO / page).read_text(), re.DOTALL | re.MULTILINE)
