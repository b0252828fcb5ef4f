"""No query of the paths of answers and makings reads a large table whole; `plans.py` is the command for 10⁷ answers."""

import pytest
from plans import plans


@pytest.mark.long
def test_no_path_reads_a_large_table_from_end_to_end(postgresql: str) -> None:
    found = plans(postgresql, 30_000, 300)
    assert min(found["statements"].values()) > 0
    assert found["whole_tables_read"] == []
    assert "answers" not in {table for _, tables, _ in found["upkeep"]["whole_tables_read"] for table in tables}
