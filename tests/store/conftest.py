"""A tool cache in a file of its own, and makings to put in it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latm.provenance import Making, Outcome
from latm.store import ToolCache
from latm.tool import Program, ToolVersion

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "latm.db"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of the store runs on both databases, but those that look into SQLite's file."""
    if "database" in metafunc.fixturenames:
        is_sqlites = "path" in metafunc.function.__code__.co_varnames or metafunc.definition.get_closest_marker(
            "sqlite"
        )
        metafunc.parametrize("database", ["sqlite"] if is_sqlites else ["sqlite", "postgresql"])


@pytest.fixture
def url(database: str, path: Path, lent: Callable[[], str]) -> str:
    return f"sqlite:///{path}" if database == "sqlite" else lent()


@pytest.fixture
def another_url(database: str, tmp_path: Path, lent: Callable[[], str]) -> str:
    """Of a second empty database."""
    return f"sqlite:///{tmp_path}/another.db" if database == "sqlite" else lent()


@pytest.fixture
def cache(url: str) -> Iterator[ToolCache]:
    with ToolCache.open(url) as cache:
        yield cache


@pytest.fixture
def make(cache: ToolCache) -> Callable[[str, str], ToolVersion]:
    """Records a making for a task that led to a program with this source."""

    def make(task: str, source: str) -> ToolVersion:
        program = Program(source)
        made = Making(task, Outcome.MADE, "passed every gate", program.id, "test:maker")
        stored = cache.record_making(made, program)
        assert stored is not None
        return stored

    return make


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts one of the programs in a process of its own, with pipes; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAMS / program), *map(str, arguments)]
        process = subprocess.Popen(  # noqa: S603  # our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
