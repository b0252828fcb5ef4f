"""The Python in the pages is Python, and runs."""

from pathlib import Path

import pytest
from doc_pages import PAGES, ROOT, blocks, named

RUN = [ROOT / f"docs/how-to/{page}.md" for page in ("python", "benchmark-tasks", "customers", "personal-data")]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_in_a_page_compiles(page: Path) -> None:
    for snippet in blocks(page, "python"):
        compile(snippet, named(page), "exec")


@pytest.mark.usefixtures("beside_the_recording")
@pytest.mark.parametrize("page", RUN, ids=named)
def test_the_snippets_of_a_page_run_one_after_the_other_without_a_model(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATM_REPLAY", "docs/tutorial-recording.jsonl")
    for snippet in blocks(page, "python"):
        exec(compile(snippet, named(page), "exec"), {"__name__": "__main__"})  # noqa: S102  # our own pages
