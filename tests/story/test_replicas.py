"""The short form of the replicas: fewer kinds, two restarts of the database, a few kills; the long one is a command."""

from pathlib import Path

from replicas import Plan, replicas


def test_replicas_lose_nothing_and_make_nothing_twice(tmp_path: Path) -> None:
    found = replicas(Plan(12, 7, kinds=10, lines=96, callers=3, pause=(2.0, 4.0)), tmp_path)
    assert set(found["faults"].values()) == {0}, found["examples_of_faults"]
    assert found["versions"] > 0
    assert found["answered_by_workers"] == {"w1": 96, "w2": 96, "w3": 96}
