"""Processes that are killed while they ask, audit and make tools; the long form is `audit_kills.py`."""

from pathlib import Path

from audit_kills import killed
from killing import Moments


def test_after_kills_the_ledger_says_what_arrived_and_counts_what_did_not(tmp_path: Path) -> None:
    found = killed(tmp_path, 3, 1, Moments((0.5, 1.5), settles=1.0, ends=1.0))
    assert found["faults"] == found["counts_that_differ"] == []
    assert (found["coins_redrawn"], found["audited_twice"], found["served_before_promotion"]) == (0, 0, 0)
    arrived = {name: found["arrived"][name] for name in ("calls", "tokens")}
    assert arrived == {name: found["ledger"][name] for name in ("calls", "tokens")}
    assert arrived["calls"] > 0
    lost = found["endpoint"]["calls"] - arrived["calls"]
    assert 0 <= lost <= found["calls_without_a_reply"]
