"""The benchmark's parts: streams, what others do, and the shape of what it prints."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KEYS = {
    *("rule", "stream", "true_error", "delta", "alpha", "pi", "false_promotion", "bound_violated"),
    *("audits_to_promote", "served_wrong_before_demotion", "false_alarms_per_10k"),
}


@pytest.fixture(autouse=True)
def benchmarks_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in ("certificates", "certificate_streams", "certificate_peers"):
        sys.modules.pop(name, None)


def test_it_prints_one_object_of_rows() -> None:
    command = [sys.executable, str(BENCHMARKS / "certificates.py"), "--json", "--runs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own script
    rows = json.loads(done.stdout)["rows"]
    assert all(row.keys() == KEYS for row in rows)
    assert {row["rule"] for row in rows} >= {"latm", "vCache"}
    assert len({row["stream"] for row in rows if row["bound_violated"] is not None}) == 9


@pytest.mark.parametrize(
    ("max_error", "needed"), [(0.05, (59, 93, 124)), (0.02, (149, 236, 313)), (0.01, (299, 473, 628))]
)
def test_a_fixed_sample_needs_what_tables_say(max_error: float, needed: tuple[int, ...]) -> None:
    from certificate_peers import interval_needs

    assert tuple(interval_needs(found, max_error, 0.05) for found in range(3)) == needed


@pytest.mark.parametrize(("audits", "found", "explores"), [(0, 0, 0.98), (400, 400, 0.98), (10_000, 0, 0.0)])
def test_vcache_serves_a_share_of_a_tool_that_is_always_wrong(audits: int, found: int, explores: float) -> None:
    from certificate_peers import vcache_explores

    assert vcache_explores(audits, found, 0.02) == pytest.approx(explores, abs=1e-9)


def test_right_answers_are_skipped_over_without_changing_the_odds() -> None:
    from certificate_streams import happenings

    all_ = list(happenings(lambda _: (0.2, 10**6), random.Random(1), lambda: 0.1, 100_000))
    wrong, audited = sum(one.wrong for one in all_), sum(one.audited for one in all_)
    both = sum(one.wrong and one.audited for one in all_)
    assert wrong == pytest.approx(20_000, rel=0.03)
    assert audited == pytest.approx(10_000, rel=0.04)
    assert both == pytest.approx(2_000, rel=0.09)
