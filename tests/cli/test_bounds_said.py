"""`latm audit`, `latm ledger`, `latm plan`, and what `latm tools` says of errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from calling import Call
from toy_endpoint import ToyEndpoint

REFUSED = [
    (("plan", "--per-day", "10", "--max-error", "150%"), "--max-error sets max_error to 1.5"),
    (("plan", "--per-day", "0"), "per_day is 0.0"),
    (("plan", "--per-day", "10", "--confidence", "1"), "--confidence sets confidence to"),
    (("plan", "--per-day", "10", "--audit", "0"), "cannot hold its bound with an audit_share of 0"),
    (("plan", "--per-day", "10", "--task", "nothing"), "There is no task 'nothing'."),
    (("audit", "absent.jsonl"), "absent.jsonl cannot be read"),
    (("audit", "--task", "nothing"), "There is no task 'nothing'."),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_cannot_be_is_refused_in_one_sentence(latm: Call, words: tuple[str, ...], said: str) -> None:
    ended = latm(*words)
    assert ended.code != 0
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_plan_says_what_a_goal_takes(latm: Call) -> None:
    found = latm("plan", "--max-error", "1%", "--per-day", "20000", "--json").object
    assert (found["max_error"], found["audit"], found["audits_per_day"]) == (0.01, 0.05, 1000)
    assert [case["audits_to_promote"] for case in found["cases"]] == [436, 729, 2783]
    assert "436" in latm("plan", "--max-error", "1%", "--per-day", "20000").out


@pytest.fixture
def ran(latm: Call, endpoint: ToyEndpoint, questions: Path) -> list[dict[str, Any]]:
    """The lines of a run of forty questions whose answers are all audited."""
    words = ("run", questions, "-o", "out.jsonl", "--maker", endpoint.model, "--making-tokens", 50, "--block", 8)
    assert latm(*words, "--audit", "100%").code == 0
    return [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]


def test_tools_says_how_many_answers_are_wrong_at_most(latm: Call, ran: list[dict[str, Any]]) -> None:
    by_tool = sum(line["route"] == "tool" for line in ran)
    [row] = latm("tools", "--json").object["tasks"]
    assert (row["served"], row["audits"], row["wrong_at_most"], row["bound"]) == (by_tool, by_tool, 0, 0.0)
    assert f"≤ 0 of {by_tool} wrong" in latm("tools").out


def test_the_ledger_is_the_sum_of_what_was_billed(latm: Call, endpoint: ToyEndpoint, ran: list[dict[str, Any]]) -> None:
    book = latm("ledger", "--json").object
    [row] = book["tasks"]
    assert sum(spent["calls"] for spent in row["billed"].values()) == book["billed"]["calls"] == endpoint.calls.total()
    assert row["billed"]["audits"]["calls"] >= row["by_tool"] == sum(line["route"] == "tool" for line in ran)
    assert row["avoided_tokens"]["low"] <= row["avoided_tokens"]["mean"] <= row["avoided_tokens"]["high"]
    assert "billed in all" in latm("ledger").out


def test_a_gold_answer_that_came_later_is_evidence_of_its_own(latm: Call, ran: list[dict[str, Any]]) -> None:
    serials = [line["serial"] for line in ran if line["route"] == "tool"]
    Path("gold.jsonl").write_text(
        json.dumps({"serial": serials[0], "answer": "17"})
        + "\n"
        + json.dumps({"serial": serials[1], "wrong": True})
        + "\n"
        + json.dumps({"question": ran[-1]["question"], "answer": ran[-1]["answer"]})
        + "\n"
    )
    assert latm("audit", "gold.jsonl", "--json").object["recorded"] == 3
    assert latm("audit", "gold.jsonl", "--json").object["recorded"] == 0
    [row] = latm("tools", "--json").object["tasks"]
    assert (row["reported_wrong"], row["found_wrong"]) == (2, 0)
    assert "17" in latm("audit").out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"serial": "nobody", "answer": "1"}', "line 2 names 'nobody', and no answer on record is called so"),
        ('{"answer": "1"}', "line 2 names no answer"),
        ('{"serial": "1"}', "line 2 says neither the right answer nor that it was wrong"),
        ("{", "line 2 is not JSON"),
    ],
)
def test_a_bad_line_of_reports_leaves_nothing_half_done(
    latm: Call, ran: list[dict[str, Any]], line: str, said: str
) -> None:
    Path("gold.jsonl").write_text(json.dumps({"serial": ran[-1]["serial"], "wrong": True}) + f"\n{line}\n")
    ended = latm("audit", "gold.jsonl")
    assert ended.code != 0
    assert said in ended.err
    [row] = latm("tools", "--json").object["tasks"]
    assert row["reported_wrong"] == 0
