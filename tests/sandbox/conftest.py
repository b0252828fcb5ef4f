"""One started jail for each level of isolation, shared by the tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from latm.sandbox import Isolation
from latm.sandbox.conformance import LIMITS
from latm.sandbox.jail import Jail


@pytest.fixture(scope="session", params=list(Isolation))
async def isolation(request: pytest.FixtureRequest) -> Isolation:
    return Isolation(request.param)


@pytest.fixture(scope="session")
async def jail(isolation: Isolation) -> AsyncIterator[Jail]:
    async with Jail(LIMITS, isolation, workers=2) as jail:
        yield jail


@pytest.fixture(scope="session")
async def batch_jail() -> AsyncIterator[Jail]:
    async with Jail(LIMITS, Isolation.BATCH, workers=2) as jail:
        yield jail
