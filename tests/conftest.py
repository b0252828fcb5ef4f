"""Fixtures that every test may use."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postgresql_server import Server


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
