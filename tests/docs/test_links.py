"""Links within the project lead somewhere."""

import re
from pathlib import Path

import pytest
from doc_pages import PAGES, ROOT, named, text_of

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<words>.*)$", re.MULTILINE)
TOCTREE = re.compile(r"^```\{toctree\}\n(?P<inside>.*?)^```", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def slugs(page: Path) -> list[str]:
    """The anchors that a page's headings get; a heading that comes again is numbered."""
    found: list[str] = []
    for heading in HEADING.finditer(FENCED.sub("", text_of(page))):
        slug = re.sub(r"[^\w\- ]", "", heading["words"].lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_within_the_project_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in LINK.finditer(FENCED.sub("", text_of(page))):
        path, _, anchor = link["target"].partition("#")
        if ":" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{named(page)} links to {link['target']}"
        assert not anchor or anchor in slugs(target), f"{named(page)} links to {link['target']}"


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {
        found
        for page in PAGES
        for tree in TOCTREE.finditer(page.read_text())
        for entry in re.findall(r"^[\w/*-]+$", tree["inside"], re.MULTILINE)
        for found in page.parent.glob(f"{entry}.md")
    }
    assert {page for page in PAGES if ROOT / "docs" in page.parents} - listed == {ROOT / "docs/index.md"}
