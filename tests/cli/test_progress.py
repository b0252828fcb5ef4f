"""What a person sees while work goes on."""

import os
import pty
from pathlib import Path

import pytest
from calling import Call, Start
from toy_endpoint import ToyEndpoint

from latm.cli.words import counted, dollars, plain

RUN = ["run", "questions.jsonl", "-o", "out.jsonl", "--block", "8", "--making-tokens", "50"]


def everything_on(terminal: int) -> str:
    """What is written to a terminal until its last writer is gone."""
    seen = b""
    while True:
        try:
            seen += os.read(terminal, 65536)
        except OSError:  # how Linux says that there are no writers any more
            os.close(terminal)
            return seen.decode()


@pytest.mark.usefixtures("questions")
def test_on_a_terminal_a_run_shows_progress_routes_spending_and_saving(start: Start, endpoint: ToyEndpoint) -> None:
    terminal, end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = start(*RUN, "--maker", endpoint.model, stderr=end, env=environment)
    os.close(end)
    seen = everything_on(terminal)
    assert process.wait(60) == 0
    assert "Answering 40 questions." in seen
    assert "40/40" in seen
    assert "direct 8, tool 32; 1 kind; spent 990 tokens, price unknown; saved 77.5 % of the tokens" in seen
    assert "made " in seen


def test_elsewhere_a_run_says_now_and_then_how_far_it_is(
    latm: Call, endpoint: ToyEndpoint, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latm.cli.progress.PLAIN_SECONDS", 0.0)
    said = latm(*RUN, "--maker", endpoint.model).err.splitlines()
    assert questions.exists()
    assert said[0] == "Answering 40 questions."
    assert said[1].startswith("8 of 40 at ")
    assert said[1].endswith("; direct 8; 1 kind; spent 880 tokens, price unknown; saved 0.0 % of the tokens")
    assert said[2].startswith("making a tool for add-the-numbers-")
    assert said[-2].startswith("40 of 40 at ")


FIGURES = [
    (counted(1, "try", "tries"), "1 try"),
    (counted(1200, "try", "tries"), "1,200 tries"),
    (dollars(None), "price unknown"),
    (dollars(0), "$0.00"),
    (dollars(0.0123), "$0.0123"),
    (dollars(-1234.5), "-$1,234.50"),
    (plain("a\tb\n\x1b[2J\u202eü"), "a\tb\n\\x1b[2J\\u202eü"),
]


@pytest.mark.parametrize(("shown", "expected"), FIGURES)
def test_figures_and_texts_are_shown_so_that_people_can_read_them(shown: str, expected: str) -> None:
    assert shown == expected
