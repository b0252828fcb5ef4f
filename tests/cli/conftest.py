"""A newcomer's surroundings: an empty folder, an empty tool cache, no settings; and ways to call `latm` in them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from calling import Call, Ended, Start
from click.testing import CliRunner
from toy_endpoint import ToyEndpoint, serving

from latm.cli import main
from toy import sum_question


@pytest.fixture(autouse=True)
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("LATM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def latm() -> Call:
    """Calls the command line in this process."""

    def call(*arguments: object, stdin: str = "") -> Ended:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `latm` as a process of its own, in a group of its own; whatever is left of it ends with the test."""
    started: list[subprocess.Popen[str]] = []
    # Where the tests run in the background of a shell, Ctrl-C is ignored, and every child inherits that.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(  # noqa: S603  # our own interpreter
            [sys.executable, "-m", "latm", *map(str, arguments)], text=True, start_new_session=True, **pipes | options
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    signal.signal(signal.SIGINT, ignored)


@pytest.fixture
def endpoint() -> Iterator[ToyEndpoint]:
    with serving() as served:
        yield served


@pytest.fixture
def questions(newcomer: Path) -> Path:
    """Forty toy questions with their answers; the block of eight that the tests set fits five times."""
    path = newcomer / "questions.jsonl"
    records = [{"question": sum_question(n, n + 2), "answer": str(2 * n + 2)} for n in range(40)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
