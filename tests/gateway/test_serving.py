"""A gateway as a process of its own."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_double import listening

from latm.gateway.serving import Sources


@pytest.fixture
def _collections() -> Iterator[None]:
    """Collections of garbage as they were, after the test."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("_collections")
def test_collections_of_garbage_pass_over_what_was_there_at_the_start(tmp_path: Path) -> None:
    sources = Sources({"store": f"sqlite:///{tmp_path}/latm.db"}, {"upstreams": [{"url": "http://127.0.0.1:9/v1"}]})
    with listening(sources.gateway_of()):
        assert gc.get_freeze_count() > 0
