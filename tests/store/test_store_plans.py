"""No query of the paths of answers and makings reads a large table whole; `plans.py` is the command for 10⁷ answers."""

from pathlib import Path

import pytest
from plans import heard, plans

from latm.store import Selection, ToolCache


@pytest.mark.long
def test_no_path_reads_a_large_table_from_end_to_end(postgresql: str) -> None:
    found = plans(postgresql, 30_000, 300)
    assert min(found["statements"].values()) > 0
    assert found["whole_tables_read"] == []
    assert "answers" not in {table for _, tables, _ in found["upkeep"]["whole_tables_read"] for table in tables}


def test_forgetting_by_age_finds_answers_and_unused_scopes_by_indexes(path: Path) -> None:
    with ToolCache.open(f"sqlite:///{path}") as cache:
        with heard(cache) as said:
            cache.forget(Selection(before="2026-01-01"))
        deleted = [told for told in said if "FROM answers" in told[0] and told[0].startswith("DELETE")]
        with cache.reading() as connection:
            plan = [
                row[3]
                for statement, values in deleted
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            ]
    assert len(deleted) == 2
    assert [one for one in plan if one.startswith("SCAN") and "answers" in one] == []
    assert any("ix_answers_answered_at" in one for one in plan)
    assert any("ix_answers_scope" in one for one in plan)
