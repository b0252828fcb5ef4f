"""The pages show commands that exist, and where they show what a command says, it says that."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from doc_pages import PAGES, ROOT, blocks, named, pattern_of, sessions, settled

from latm.cli import main

TOLD = [ROOT / "docs" / f"{page}.md" for page in ("tutorial", "how-to/big-files", "how-to/recordings", "how-to/share")]
"""Pages whose sessions follow each other in one folder."""
CALL = re.compile(r"(\w+=\S+ )*(python3 start\.py|\S*latm) (?!test|check|docs|release)(?P<words>.*)")


def calls(page: Path) -> Iterator[list[str]]:
    """Every call of latm in a page's shell blocks, word by word."""
    for block in blocks(page, "sh", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            for command in line.removeprefix("$ ").split(" | "):
                if call := CALL.match(command):
                    yield shlex.split(call["words"], comments=True)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that some words name, and the words that are left."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found, f"there is no command {words[0]}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_shown_exists_with_its_flags(page: Path) -> None:
    for words in calls(page):
        command, rest = command_of(words)
        known = {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
        unknown = {word for word in rest if re.match(r"--?[a-z]", word)} - known - {"--help", "--version"}
        assert not unknown, shlex.join(words)


@pytest.mark.usefixtures("beside_the_recording")
def test_the_pages_show_what_the_commands_say() -> None:
    told = [session for page in TOLD for session in sessions(page)]
    assert len(told) > len(TOLD)
    for words, said in told:
        shown = CliRunner().invoke(main, words).output
        assert pattern_of(said).fullmatch(settled(shown)), f"{shlex.join(words)}\n{shown}"
