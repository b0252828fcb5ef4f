"""The comparison with others: what counts as wrong, who is asked what, and what it needs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def benchmarks_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in ("machine", "peers", "peers_others", "peers_stream"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("answer", "truth", "right", "wrong"),
    [("4", "4", 1, 0), ("4", "5", 0, 1), ("4", None, 0, 1), (None, "4", 0, 0), (None, None, 0, 0)],
)
def test_what_is_served_is_wrong_unless_it_is_the_truth(
    answer: str | None, truth: str | None, right: int, wrong: int
) -> None:
    from peers import scored
    from peers_stream import Asked

    known, near = Asked("2 + 2", "sums", "known", "4"), Asked("2 + 2, doubled", "sums", "near", truth)
    found: dict[str, Any] = {"way": "a way", "answers": ["4", answer], "chosen": [None, None]}
    row = scored(found | {"us": [1, 1], "cpu_us": [1, 1], "failed": 0, "failures": []}, [known, near])
    assert (row["near"]["right"], row["near"]["wrong"]) == (right, wrong)


def test_a_way_that_is_given_the_routing_is_not_asked_foreign_questions() -> None:
    from peers_others import measured, original

    asked = [{"ask": "a", "kind": "letters", "known": True}, {"ask": "b", "kind": "new", "known": False}]
    programs = {"letters": "def latm_answer(question):\n    return question.upper()"}
    assert measured("exec", original(programs), asked, routed=True)["answers"] == ["A", None]


def test_a_way_that_fails_on_a_question_has_no_answer_and_is_counted() -> None:
    from peers_others import measured, original

    asked = [{"ask": "a", "kind": "letters", "known": True}]
    found = measured("exec", original({"letters": "def latm_answer(question):\n    return 1 / 0"}), asked, routed=True)
    assert (found["answers"], found["failed"]) == ([None], 1)


def test_an_environment_without_the_peers_is_told_what_to_install() -> None:
    done = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, str(BENCHMARKS / "peers_others.py")], input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "gptcache" in done.stderr
    assert "benchmarks/requirements.txt" in done.stderr


def test_a_way_that_answers_nothing_has_a_row_without_times() -> None:
    from peers import scored
    from peers_stream import Asked

    found: dict[str, Any] = {"way": "a way", "answers": [None], "chosen": [None], "us": [1], "cpu_us": [1]}
    row = scored(found | {"failed": 1, "failures": ["why"]}, [Asked("2 + 2", "sums", "known", "4")])
    assert (row["us"], row["cpu_us"], row["us_passed_on"]) == (None, None, 1)
