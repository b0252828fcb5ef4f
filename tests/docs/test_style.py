"""Pages, docstrings, errors and every `--help` are in plain English; a table says what to write instead of what."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest
from doc_pages import PAGES, ROOT, named

from latm.cli import main

INSTEAD = {
    r"(?<![Tt]here )\b(is|are|was|were) no (?!longer|more|less|fewer|slower|faster)": "is not a …",
    r"\b[Mm]end(s|ed|ing)?\b": "correct, repair, put right",
    r"\bthe like of\b": "like, such as",
    r"(?m)^(?!#).*(^|[.:;] )Where [a-z`][^.:?\n]*,": "If …, (`where` is for places)",
    r"\bwhere not set\b": "if not set",
    r"\b(None|null|empty|dash|only|even|also|nothing|[01]) where\b": "if",
    r"\b[Hh]eld against\b": "checked against, compared with",
    r"\b(to|can|could) be had\b": "available",
    r"\banew\b": "again",
    r"\b(whereof|thereof|wherein|hereby|heretofore)\b": "of which, in which, by this",
    r"\b[Ii]n order to\b": "to",
    r"\b[Uu]tili[sz]e": "use",
    r"\bbe it\b.*\bor\b": "whether … or …",
}
"""A pattern that a native reader stumbles over, and what to write."""

HISTORY = {"CHANGELOG.md"}
"""What was written for earlier releases stays as it was."""

SOURCES = [ROOT / "src/latm", ROOT / "bench/src/latm_bench"]
SAID = {"hint", "message", "reason", "why", "help", "short_help"}
"""Arguments that carry a sentence to a person."""

LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}
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


def rooms() -> Iterator[Path]:
    """The modules and packages directly below each distribution."""
    for source in SOURCES:
        yield from (path for path in sorted(source.iterdir()) if modules(path))


def modules(room: Path) -> list[Path]:
    """The modules of a room."""
    return [path for path in sorted(room.rglob("*.py")) or [room] if path.suffix == ".py"]


def texts(module: Path) -> Iterable[tuple[int, str]]:
    """The docstrings of a module and what its errors, hints and logs say, with their lines."""
    tree = ast.parse(module.read_bytes())
    return dict.fromkeys(
        (one.lineno, one.value)
        for node in ast.walk(tree)
        for one in ast.walk(sentences(node))
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    )


def sentences(node: ast.AST) -> ast.AST:
    """The part of a statement or expression that holds a sentence for a person; an empty node if there is none."""
    match node:
        case ast.Expr(ast.Constant(str()) as text) | ast.Raise(ast.Call() as text):
            return text
        case ast.Call(ast.Attribute(attr=attr)) if attr in LOGGED:
            return node
        case ast.keyword(arg=name, value=text) if name in SAID:
            return text
    return ast.Pass()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in HISTORY], ids=named)
def test_a_page_is_in_plain_english(page: Path) -> None:
    assert not told(page.read_text())


@pytest.mark.parametrize("room", [*rooms()], ids=named)
def test_docstrings_and_errors_are_in_plain_english(room: Path) -> None:
    assert not [
        f"{named(module)}:{line} {found}"
        for module in modules(room)
        for line, text in texts(module)
        for found in told(text)
    ]


def test_the_sentences_of_a_module_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""One."""\nraise ValueError(f"two {1}", hint="three")\nlog.warning("four", 5)\nask(why="five")\nsay("none")\n'
    )
    assert sorted(text for _, text in texts(module)) == ["One.", "five", "four", "three", "two "]


@pytest.mark.parametrize(
    "context", [*commands(main, click.Context(main, info_name="latm"))], ids=lambda one: one.command_path
)
def test_help_is_in_plain_english(context: click.Context) -> None:
    assert not told(" ".join(context.get_help().split()))


@pytest.mark.parametrize(
    "text",
    [
        "It is no text.",
        "Mend it.",
        "Where it is set, it holds.",
        "Take it, where not set.",
        "The price; None where it is unknown.",
        "It is held against the examples.",
        "No jail can be had.",
        "Read it anew.",
    ],
)
def test_the_table_finds_what_it_is_for(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text", ["There is no text.", "It is no longer here.", "## Where to go next", "It is where it was."]
)
def test_the_table_leaves_plain_english_alone(text: str) -> None:
    assert not told(text)
