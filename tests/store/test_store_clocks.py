"""Hosts whose clocks differ by five minutes: all go by the database's, and whose clock is wrong is told so, once."""

import datetime as dt
import logging
import time
from collections.abc import Callable

import pytest

from latm import Latm, Settings
from latm.answer import Answer, Route
from latm.auditing import Goal, Policy
from latm.gateway.accounts import Accounts
from latm.gateway.books import Draw, Hold
from latm.gateway.limits import Limit
from latm.store import RIGHT, Batch, ToolCache, Verdict, new_owner
from latm.tool import ToolVersion

MINUTES = [300.0, -300.0]
Skewed = Callable[[float], None]


@pytest.fixture
def skew(monkeypatch: pytest.MonkeyPatch) -> Skewed:
    """Sets this host's clock so many seconds ahead, for all that latm reads of it; the database's stays."""
    right, real = time.time, dt.datetime

    def skew(seconds: float) -> None:
        class Skewed(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # the class's own
                return real.now(tz) + dt.timedelta(seconds=seconds)

        monkeypatch.setattr(time, "time", lambda: right() + seconds)
        monkeypatch.setattr("latm.store.database.datetime", Skewed)
        monkeypatch.setattr("latm.gateway.accounts.datetime", Skewed)

    return skew


@pytest.mark.parametrize("seconds", [*MINUTES, 0.0])
def test_how_far_a_hosts_clock_is_off_is_measured(cache: ToolCache, skew: Skewed, seconds: float) -> None:
    skew(seconds)
    assert cache.clock_skew() == pytest.approx(seconds, abs=3.0)


@pytest.mark.parametrize(("seconds", "way"), [(300.0, "ahead of"), (-300.0, "behind")])
def test_a_host_whose_clock_is_off_is_told_once_in_one_sentence(
    url: str, skew: Skewed, caplog: pytest.LogCaptureFixture, seconds: float, way: str
) -> None:
    skew(seconds)
    with Latm(Settings(store=url, workers=1)), Latm(Settings(store=url, workers=1)):
        pass
    said = [record.message for record in caplog.records if "clock" in record.message]
    assert len(said) == 2  # once each
    assert {one.split(" s ")[1] for one in said} == {f"{way} the database's, by which all go"}
    assert all(295 <= float(one.split()[4]) <= 305 for one in said)


def test_a_host_whose_clock_is_right_hears_nothing_of_it(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), Latm(Settings(store=url, workers=1)):
        pass
    assert not [record for record in caplog.records if "clock" in record.message]


@pytest.mark.parametrize("seconds", MINUTES)
def test_a_making_is_claimed_for_as_long_as_the_database_says(cache: ToolCache, skew: Skewed, seconds: float) -> None:
    cache.claim_making("sorting", "right", 60)
    cache.claim_making("sums", "right", 0)
    skew(seconds)
    assert cache.claim_making("sorting", "skewed", 60) is None
    assert cache.claim_making("sums", "skewed", 60)
    skew(0.0)
    assert cache.claim_making("sums", "right", 60) is None
    assert cache.renew_claims(["skewed"], 60) == {"skewed"}


@pytest.mark.parametrize("seconds", MINUTES)
def test_an_audit_is_one_hosts_alone_and_its_verdict_counts_once(
    cache: ToolCache, make: Callable[[str, str], ToolVersion], skew: Skewed, seconds: float
) -> None:
    make("sorting", "SOURCE = 1")
    cache.retarget(lambda _: Goal(0.05, audit_share=0.99, policy=Policy.VERIFIED))
    answers = [
        Answer(f"Sort {n}", str(n), Route.TOOL, "sorting", "id", serial=f"here-{n}", tool=("sorting", 1))
        for n in range(20)
    ]
    cache.record(Batch(answers[:10]))
    [first] = cache.claim_audits(new_owner(), 600.0, 1)
    skew(seconds)
    cache.record(Batch(answers[10:]))
    others = cache.claim_audits(new_owner(), 600.0, 100)
    assert first.id not in {audit.id for audit in others}
    assert len(others) == len(cache.audits(limit=None)) - 1
    skew(0.0)
    assert cache.claim_audits(new_owner(), 600.0, 100) == []
    for audit in (first, *others, first):
        cache.settle_audits({audit.id: Verdict(RIGHT, "0", "0")})
    [known] = cache.certificates()
    assert known.state.epoch.right == len(others) + 1


@pytest.mark.parametrize("seconds", MINUTES)
def test_a_keys_rate_and_budget_are_those_of_the_databases_time(url: str, skew: Skewed, seconds: float) -> None:
    with Accounts(url) as right, Accounts(url) as skewed:
        _, key = right.create_key(per_minute=6, limit=Limit(tokens=100, period="total"))
        assert right.write([Draw(key, 6)], {}) == [6]
        held = Hold("one", key, "m", 0, 60, 60)
        assert right.write([held], {}) == [1]
        skew(seconds)
        assert skewed.write([Draw(key, 6)], {})[0] < 6  # a minute has not passed
        assert skewed.write([Hold("two", key, "m", 0, 60, 60)], {}) == [0]
