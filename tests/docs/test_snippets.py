"""The Python in the pages is Python, and runs. That of a notebook and of a web service runs in `tests/service` too."""

import ast
from pathlib import Path

import pytest
from doc_pages import PAGES, ROOT, blocks, named

REPLAYED = [ROOT / f"docs/how-to/{page}.md" for page in ("python", "benchmark-tasks", "customers", "personal-data")]
"""Pages whose snippets name a model, which a recording stands in for."""
BARE = [ROOT / f"docs/how-to/{page}.md" for page in ("web-service", "own-parts", "extend")]
"""Pages whose snippets bring a model of their own, or none."""


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_in_a_page_compiles(page: Path) -> None:
    for snippet in blocks(page, "python"):
        compile(snippet, named(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)  # a notebook's cells may await


@pytest.mark.usefixtures("beside_the_recording")
@pytest.mark.parametrize("page", REPLAYED + BARE, ids=named)
def test_the_snippets_of_a_page_run_one_after_the_other_without_a_model(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page in REPLAYED:
        monkeypatch.setenv("LATM_REPLAY", "docs/tutorial-recording.jsonl")
    for snippet in blocks(page, "python"):
        exec(compile(snippet, named(page), "exec"), {"__name__": "__main__"})  # noqa: S102  # our own pages
