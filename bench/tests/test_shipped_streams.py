"""The streams that ship with the demo are those that the generators make."""

import pytest

from latm.demo.streams import Stream
from latm_bench.shipped_streams import text_of


@pytest.mark.parametrize("which", Stream)
def test_a_shipped_stream_is_what_its_generator_makes(which: Stream) -> None:
    assert which.shipped.read_text(encoding="utf-8") == text_of(which)
