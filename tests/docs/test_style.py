"""Pages for users, and every `--help`, are in plain English; a table says what to write instead of what."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from doc_pages import PAGES, ROOT, named

from latm.cli import main

INSTEAD = {
    r"(?<![Tt]here )\b(is|are|was|were) no (?!longer|more|less|fewer|slower|faster)": "is not a …",
    r"\b[Mm]end(s|ed|ing)?\b": "correct, repair, put right",
    r"\bthe like of\b": "like, such as",
    r"(?m)^(?!#).*(^|[.:;] )Where [a-z`][^.?\n]*,": "If …, (`where` is for places)",
    r"\bwhere not set\b": "if not set",
    r"\b(whereof|thereof|wherein|hereby|heretofore)\b": "of which, in which, by this",
    r"\b[Ii]n order to\b": "to",
    r"\b[Uu]tili[sz]e": "use",
    r"\bbe it\b.*\bor\b": "whether … or …",
}
"""A pattern that a native reader stumbles over, and what to write."""

USERS = [
    page
    for page in PAGES
    if (page.parent == ROOT and page.name in {"README.md", "SECURITY.md"})
    or (
        page.is_relative_to(ROOT / "docs")
        and page.parent.name in {"docs", "how-to", "explanation", "reference"}
        and not page.name.startswith("results")
    )
]
QUOTED = re.compile(r"^```.*?^```|`[^`\n]*`|\"[^\"\n]*\"", re.DOTALL | re.MULTILINE)
"""What a page quotes: code, output, and what somebody says."""


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """A command and all below it."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below
            yield from commands(below, click.Context(below, context, name))


def told(text: str) -> list[str]:
    return [
        f"{found[0]!r}: write {better}"
        for pattern, better in INSTEAD.items()
        for found in re.finditer(pattern, QUOTED.sub("…", text))
    ]


@pytest.mark.parametrize("page", USERS, ids=named)
def test_a_page_is_in_plain_english(page: Path) -> None:
    assert not told(page.read_text())


@pytest.mark.parametrize(
    "context", [*commands(main, click.Context(main, info_name="latm"))], ids=lambda one: one.command_path
)
def test_help_is_in_plain_english(context: click.Context) -> None:
    assert not told(" ".join(context.get_help().split()))


@pytest.mark.parametrize(
    "text", ["It is no text.", "Mend it.", "Where it is set, it holds.", "Take it, where not set."]
)
def test_the_table_finds_what_it_is_for(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text", ["There is no text.", "It is no longer here.", "## Where to go next", "It is where it was."]
)
def test_the_table_leaves_plain_english_alone(text: str) -> None:
    assert not told(text)
