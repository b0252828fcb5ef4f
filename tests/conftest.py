"""Fixtures that every test may use."""

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postgresql_server import Server


def pytest_collection() -> None:
    """Nothing that is imported now is ever garbage, so nobody need look for it."""
    gc.disable()


def pytest_collection_finish() -> None:
    """It lives to the end: from now on, to look for garbage is to look at what the tests leave."""
    gc.freeze()
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
