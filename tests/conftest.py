"""Fixtures that every test may use."""

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postgresql_server import Server


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """What makes many tests lighter, and changes none."""
    from hypothesis import settings

    import compiled_once

    compiled_once.share()
    # A third of the usual examples: they are the same ones each time, so more of them would find something once.
    settings.register_profile("ci", settings.get_profile("ci"), max_examples=30)
    # To read the machine's authorities takes each client 20 ms, and no test speaks to anybody that they vouch for.
    os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("nobody.pem"))


def pytest_collection() -> None:
    """Nothing that is imported now is ever garbage, so nobody need look for it."""
    gc.disable()


def pytest_collection_finish() -> None:
    """It lives to the end: from now on, to look for garbage is to look at what the tests leave."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_running() -> "Iterator[Server]":
    """A PostgreSQL server."""
    from postgresql_server import running

    with running() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql(postgresql_running: "Server") -> str:
    """Its URL."""
    return postgresql_running.url


@pytest.fixture(scope="session")
def spare() -> list[str]:
    """The URLs of databases that earlier tests have left; they are empty."""
    return []


@pytest.fixture
def lent(spare: list[str], request: pytest.FixtureRequest) -> "Iterator[Callable[[], str]]":
    """Lends empty PostgreSQL databases, and empties them after the test."""
    from postgresql_server import empty, fresh_database

    taken: list[str] = []

    def lend() -> str:
        server = request.getfixturevalue("postgresql")
        taken.append(spare.pop() if spare else fresh_database(server))
        return taken[-1]

    yield lend
    for url in taken:
        empty(url)
    spare += taken
