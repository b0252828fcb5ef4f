"""A scripted upstream that really listens, and databases for keys and spending."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gateway_double import Upstream, listening

from latm.gateway.accounts import Accounts
from latm.gateway.app import accounts_beside


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    double = Upstream()
    with listening(double) as url:
        double.url = f"{url}/v1"
        yield double


@pytest.fixture(params=["sqlite", "postgresql"])
def books(tmp_path: Path, request: pytest.FixtureRequest, lent: Callable[[], str]) -> str:
    """The URL of an empty database for keys and spending, of either kind."""
    if request.param == "sqlite":
        return accounts_beside(f"sqlite:///{tmp_path}/latm.db")
    return lent()


@pytest.fixture
def accounts(books: str) -> Iterator[Accounts]:
    with Accounts(books) as opened:
        yield opened
