"""A model that is out in the midst of a file: what is waited for, what is written, and what a rerun asks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from calling import Call

from latm.batch import outage
from openai_endpoint import Reply, completion_body, error_body, serving_replies

BLOCK = 8
DOWN: Reply = (503, error_body("down for repairs"))
BUSY: Reply = (429, error_body("too many requests"))


@dataclass
class Moody:
    """An endpoint that answers its first requests, and then, for some requests, does something else.

    Attributes:
        good: requests that are answered before.
        bad: requests that are not answered then.
        instead: what they get.
        headers: of every reply that is no answer.
        asked: requests so far.
    """

    good: int = BLOCK
    bad: int = 10**6
    instead: Reply = DOWN
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    asked: int = 0
    is_bad: bool = False

    def reply(self, _body: dict[str, Any], _key: str | None) -> Reply:
        self.asked += 1
        self.is_bad = self.good < self.asked <= self.good + self.bad
        return self.instead if self.is_bad else (200, completion_body("Rome"))


@contextmanager
def serving(moody: Moody) -> Iterator[Moody]:
    with serving_replies(moody.reply, lambda: moody.headers if moody.is_bad else {}) as moody.url:
        yield moody


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "PAUSES", (0.01, 0.02))
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.05)


def run(latm: Call, moody: Moody, *flags: object) -> Any:
    Path("capitals.jsonl").write_text("".join(json.dumps({"question": f"Where is {n}?"}) + "\n" for n in range(40)))
    fixed = ("--block", BLOCK, "--concurrency", 1, "--retries", 0, "--making", "never", "--maker", f"tiny@{moody.url}")
    return latm("run", "capitals.jsonl", "-o", "out.jsonl", *fixed, *flags)


def routes() -> list[str]:
    return [json.loads(line)["route"] for line in Path("out.jsonl").read_text().splitlines()]


def test_a_short_outage_is_waited_out_and_costs_no_answer(latm: Call) -> None:
    with serving(Moody(bad=BLOCK + 3)) as moody:
        ended = run(latm, moody)
    assert (ended.code, routes()) == (0, ["direct"] * 40)
    assert "waiting, and asking again in" in ended.err
    assert "down for repairs" in ended.err
    assert moody.asked == 40 + BLOCK + 3


def test_a_long_one_stops_the_run_and_leaves_the_rest_unasked(latm: Call) -> None:
    with serving(Moody()) as moody:
        stopped = run(latm, moody, "--patience", "0.1")
        assert stopped.code == 4
        assert "down for repairs" in stopped.err
        assert "Run the same command again later" in stopped.err
        assert routes() == ["direct"] * BLOCK + ["failed"] * BLOCK
        assert moody.asked < 4 * BLOCK
        moody.good = 10**6
        before = moody.asked
        assert run(latm, moody).code == 0
    assert (routes(), moody.asked - before) == (["direct"] * 40, 40 - BLOCK)


def test_a_time_that_is_told_and_does_not_fit_stops_the_run_at_once(latm: Call) -> None:
    with serving(Moody(instead=BUSY, headers={"retry-after": "3600"})) as moody:
        stopped = run(latm, moody)
        assert (stopped.code, moody.asked) == (4, 2 * BLOCK)
        assert "it asks for 3,600 s, and this run waits for 600 s at most" in stopped.err
        assert routes() == ["direct"] * BLOCK + ["failed"] * BLOCK


def test_a_time_that_is_told_and_fits_is_waited_for_with_a_countdown(latm: Call) -> None:
    with serving(Moody(bad=BLOCK, instead=BUSY, headers={"retry-after": "2"})) as moody:
        ended = run(latm, moody, "--timeout", "1.5")
    assert (ended.code, routes()) == (0, ["direct"] * 40)
    assert "asking again in 2 s" in ended.err


def test_a_daily_quota_stops_the_run_at_once_and_what_was_paid_stays(latm: Call) -> None:
    with serving(Moody(instead=(429, error_body("Pay.", "insufficient_quota")))) as moody:
        stopped = run(latm, moody)
        assert (stopped.code, routes()) == (4, ["direct"] * BLOCK)
        assert "Pay." in stopped.err
        assert moody.asked <= 2 * BLOCK
        moody.good = 10**6
        assert run(latm, moody).code == 0
    assert routes() == ["direct"] * 40


def test_single_failures_are_no_outage(latm: Call) -> None:
    with serving(Moody(bad=outage.IN_A_ROW - 1)) as moody:
        ended = run(latm, moody)
    assert (ended.code, routes().count("failed")) == (1, outage.IN_A_ROW - 1)
    assert "waiting" not in ended.err


def test_what_is_said_of_an_endpoint_reaches_the_terminal_once(latm: Call) -> None:
    silent = completion_body("Rome", usage=None).replace('"stop"', "null")
    with serving(Moody(good=0, instead=(200, silent))) as moody:
        said = run(latm, moody).err
    assert said.count("never says why a completion ended") == 1
    assert said.count("does not count tokens") == 1
