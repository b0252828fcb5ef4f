"""A scripted upstream and a gateway in front of it, both really listening."""

from collections.abc import Iterator

import pytest
from gateway_double import Upstream, listening


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    double = Upstream()
    with listening(double) as url:
        double.url = f"{url}/v1"
        yield double
