"""The shortlist: what a question resembles."""

import json
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.dispatching.catalogue import SAME_KIND
from latm.dispatching.shortlist import Shortlist, features

DATA = Path(os.environ.get("LATM_DATA", Path(__file__).parents[3] / "shared" / "data")) / "bbh"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no task data in {DATA}; set LATM_DATA to its folder")

ORDERS = [f"Please ship order {n} to {city} by Friday." for n, city in enumerate(["Oslo", "Rome", "Bern", "Kyiv"], 17)]
REFUNDS = [
    f"The customer wants {n} euros back for a broken {thing}." for n, thing in [(5, "cup"), (7, "jug"), (9, "pot")]
]


def real_tasks(family: str = "") -> dict[str, list[str]]:
    paths = sorted(DATA.glob(f"{family}*.json"))
    return {path.stem: [item["input"] for item in json.loads(path.read_text())["examples"]] for path in paths}


def known(**tasks: list[str]) -> Shortlist:
    shortlist = Shortlist()
    for task, questions in tasks.items():
        for question in questions:
            shortlist.add(task, question)
    return shortlist


def test_a_question_resembles_the_task_whose_frame_it_shares() -> None:
    [first, second] = known(orders=ORDERS, refunds=REFUNDS).nearest("Please ship order 99 to Lima by Friday.", 2)
    assert (first.task, second.task) == ("orders", "refunds")
    assert first.similarity > SAME_KIND > second.similarity


def test_what_varies_weighs_little_however_long_it_is() -> None:
    words = [f"Sort these words: {' '.join(f'w{n}x{i}' for i in range(n))}" for n in (3, 40, 9, 25)]
    [match] = known(sorting=words).nearest("Sort these words: " + " ".join(f"v{i}" for i in range(60)), 1)
    assert match.similarity > SAME_KIND


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_resembles_nothing(text: str) -> None:
    assert known(orders=ORDERS).nearest(text, 3) == []


@given(st.text(max_size=300), st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_a_similarity_is_a_share_and_matches_come_best_first(question: str, examples: list[str]) -> None:
    matches = known(task=examples, other=ORDERS).nearest(question, 5)
    assert all(-1e-9 <= match.similarity <= 1 + 1e-9 for match in matches)
    assert matches == sorted(matches, key=lambda match: -match.similarity)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_features_do_not_depend_on_case_or_on_the_digits_of_numbers(one: int, other: int) -> None:
    assert features(f"Pay {one} now") == features(f"pay {other} NOW")
    assert features(f"Pay {one} now") != features(f"Pay {one} later")


@needs_data
def test_real_questions_find_their_task_among_five_candidates() -> None:
    tasks = real_tasks()
    shortlist = known(**{task: questions[:3] + questions[5:8] for task, questions in tasks.items()})
    missed = [
        task
        for task, questions in tasks.items()
        for question in questions[10::10]
        if task not in {match.task for match in shortlist.nearest(question, 5)}
    ]
    assert missed == []


@needs_data
@pytest.mark.parametrize("family", ["logical_deduction", "tracking_shuffled_objects"])
def test_real_siblings_are_told_apart_by_the_wording_that_one_of_them_always_has(family: str) -> None:
    tasks = real_tasks(family)
    shortlist = known(**{task: questions[:3] + questions[5:8] for task, questions in tasks.items()})
    for task, questions in tasks.items():
        assert {shortlist.most_alike(question, list(tasks)) for question in questions[10:]} == {task}


@needs_data
@pytest.mark.parametrize("seed", range(3))
def test_real_questions_of_unlike_kinds_are_never_grouped_together(seed: int) -> None:
    tasks = real_tasks()
    rng = random.Random(seed)
    stream = [(question, task.rsplit("_", 2)[0]) for task in sorted(tasks) for question in rng.sample(tasks[task], 15)]
    rng.shuffle(stream)
    shortlist, groups = Shortlist(), dict[str, Counter[str]]()
    for question, kind in stream:
        match = next(iter(shortlist.nearest(question, 1)), None)
        group = match.task if match and match.similarity >= SAME_KIND else f"group {len(groups)}"
        shortlist.add(group, question)
        groups.setdefault(group, Counter())[kind] += 1
    assert [dict(kinds) for kinds in groups.values() if len(kinds) > 1] == []
