"""The index: what a question resembles, however many tasks there are."""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import pytest
from full_look import Shortlist
from hypothesis import given
from hypothesis import strategies as st

from latm.answering.frame import features
from latm.answering.index import Index
from latm.answering.snapshot import SAME_KIND

DATA = Path(os.environ.get("LATM_DATA", Path(__file__).parents[3] / "shared" / "data")) / "bbh"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no task data in {DATA}; set LATM_DATA to its folder")

ORDERS = [f"Please ship order {n} to {city} by Friday." for n, city in enumerate(["Oslo", "Rome", "Bern", "Kyiv"], 17)]
REFUNDS = [
    f"The customer wants {n} euros back for a broken {thing}." for n, thing in [(5, "cup"), (7, "jug"), (9, "pot")]
]

vocabulary = ["add", "sort", "list", "the", "of", "to", "a", "7", "12", "words", "numbers", "oslo", "rome"]
words = st.lists(st.sampled_from(vocabulary), min_size=1, max_size=9)
texts = st.one_of(words.map(" ".join), st.text(min_size=1, max_size=40).filter(str.strip))
known_tasks = st.dictionaries(st.sampled_from("abcdefghijkl"), st.lists(texts, min_size=1, max_size=5), max_size=4)


@cache
def real_tasks(family: str = "") -> Mapping[str, Sequence[str]]:
    paths = sorted(DATA.glob(f"{family}*.json"))
    return {path.stem: [item["input"] for item in json.loads(path.read_text())["examples"]] for path in paths}


def index_of(**tasks: Sequence[str]) -> Index:
    return Index().with_many(tasks)


def one_by_one(tasks: Mapping[str, Sequence[str]]) -> Index:
    index = Index()
    for task, questions in tasks.items():
        for count in range(1, len(questions) + 1):
            index = index.changed(task, questions[:count])
    return index


def siblings(count: int) -> dict[str, list[str]]:
    """Tasks whose wordings differ in one word."""
    wording = "Given the list of numbers {numbers}, please tell me the {word} of them and nothing else."
    return {
        f"sibling {n}": [wording.format(numbers=f"{k}, {k + n}, {k * n}", word=f"stat{word}") for k in (3, 5, 8)]
        for n, word in enumerate(islice(map("".join, product(ascii_lowercase, repeat=2)), count))
    }


def test_a_question_resembles_the_task_whose_frame_it_shares() -> None:
    first, *others = index_of(orders=ORDERS, refunds=REFUNDS).nearest("Please ship order 99 to Lima by Friday.", 2)
    assert first.task == "orders"
    assert first.similarity > SAME_KIND > max((other.similarity for other in others), default=0)


def test_under_what_very_many_tasks_share_no_more_than_the_first_of_them_are_posted() -> None:
    postings = Index().with_many(siblings(300))._known.postings
    assert max(map(len, postings.values())) == 256


def test_what_varies_weighs_little_however_long_it_is() -> None:
    examples = [f"Sort these words: {' '.join(f'w{n}x{i}' for i in range(n))}" for n in (3, 40, 9, 25)]
    [match] = index_of(sorting=examples).nearest("Sort these words: " + " ".join(f"v{i}" for i in range(60)), 1)
    assert match.similarity > SAME_KIND


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_resembles_nothing(text: str) -> None:
    assert index_of(orders=ORDERS).nearest(text, 3) == []


def test_an_empty_index_knows_nothing() -> None:
    assert (len(Index()), Index().nearest("Sort these words.", 3)) == (0, [])


@given(st.text(max_size=300), st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_a_similarity_is_a_share_and_matches_come_best_first(question: str, examples: list[str]) -> None:
    matches = index_of(task=examples, other=ORDERS).nearest(question, 5)
    assert all(0 <= match.similarity <= 1 for match in matches)
    assert matches == sorted(matches, key=lambda match: (-match.similarity, match.task))


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_features_do_not_depend_on_case_or_on_the_digits_of_numbers(one: int, other: int) -> None:
    assert features(f"Pay {one} now") == features(f"pay {other} NOW")
    assert features(f"Pay {one} now") != features(f"Pay {one} later")


@pytest.mark.parametrize(
    ("examples", "question"),
    [
        (["请把三个苹果的价格换算成美元", "请把十个梨的价格换算成美元"], "请把五个橘子的价格换算成美元"),
        (["東京の天気を英語に訳してください", "大阪の駅を英語に訳してください"], "京都の寺を英語に訳してください"),
        (["ช่วยแปลงสิบกิโลเมตรเป็นไมล์", "ช่วยแปลงห้ากิโลเมตรเป็นไมล์"], "ช่วยแปลงร้อยกิโลเมตรเป็นไมล์"),
    ],
)
def test_scripts_without_spaces_are_told_by_their_characters(examples: list[str], question: str) -> None:
    [match] = index_of(task=examples, orders=ORDERS).nearest(question, 1)
    assert match.task == "task"
    assert match.similarity > SAME_KIND


def test_of_a_long_text_both_ends_count_and_the_work_is_bounded() -> None:
    document = " ".join(f"word{n}" for n in range(200_000))
    found = features(f"Summarise this: {document}\nIn one sentence, please.")
    assert {"summarise this ", "one sentence , "} <= found
    assert len(found) < 2_000


@given(known_tasks, texts)
def test_what_was_learnt_one_by_one_is_known_as_if_learnt_at_once(tasks: dict[str, list[str]], question: str) -> None:
    assert one_by_one(tasks).nearest(question, 5) == Index().with_many(tasks).nearest(question, 5)


@given(known_tasks, texts, st.lists(texts, min_size=1, max_size=4))
def test_what_is_removed_was_never_there(tasks: dict[str, list[str]], question: str, gone: list[str]) -> None:
    before = Index().with_many(tasks)
    after = before.changed("gone", gone).changed("gone", [])
    assert len(after) == len(tasks)
    assert after.nearest(question, 5) == before.nearest(question, 5)


@given(known_tasks, known_tasks, texts)
def test_an_index_stays_as_it_is_while_others_come_of_it(
    tasks: dict[str, list[str]], later: dict[str, list[str]], question: str
) -> None:
    index = Index().with_many(tasks)
    found, size = index.nearest(question, 5), len(index)
    for task, questions in later.items():
        index.changed(task, questions).changed(task, []).nearest(question, 5)
        index.changed(task, [])
    index.with_many(later)
    assert (index.nearest(question, 5), len(index)) == (found, size)


def test_removing_what_is_not_known_changes_nothing() -> None:
    index = index_of(orders=ORDERS)
    assert len(index.changed("nobody", [])) == 1
    assert index.changed("nobody", []).nearest(ORDERS[0], 2) == index.nearest(ORDERS[0], 2)


def test_a_task_is_known_by_its_last_questions_alone() -> None:
    index = index_of(task=REFUNDS).changed("task", ORDERS)
    assert index.nearest(REFUNDS[0], 1) == index_of(task=ORDERS).nearest(REFUNDS[0], 1)
    assert index.nearest(ORDERS[0], 1)[0].longest == max(map(len, ORDERS))


def test_what_was_looked_up_before_changes_no_look_up() -> None:
    tasks = siblings(40) | {"orders": ORDERS, "refunds": REFUNDS}
    questions = [question for each in tasks.values() for question in each]
    warm = Index().with_many(tasks)
    first = [warm.nearest(question, 20) for question in questions]
    assert [warm.nearest(question, 20) for question in reversed(questions)] == first[::-1]
    assert [Index().with_many(tasks).nearest(question, 20) for question in questions[:50]] == first[:50]


@given(known_tasks, words.map(" ".join), texts)
def test_words_that_no_task_knows_change_no_look_up(tasks: dict[str, list[str]], word: str, other: str) -> None:
    tasks |= {"orders": ORDERS, "refunds": REFUNDS}
    warm, fresh = Index().with_many(tasks), Index().with_many(tasks)
    for text in ORDERS:
        warm.nearest(text.replace("Friday", "nobody's word"), 5)
    for question in (ORDERS[0].replace("Friday", word), ORDERS[0].replace("Friday", other), other):
        assert warm.nearest(question, 5) == fresh.nearest(question, 5)


def test_what_look_ups_keep_stays_in_proportion_to_what_is_known() -> None:
    index = index_of(orders=ORDERS, refunds=REFUNDS)
    for number in range(3_000):
        index.nearest(f"{ORDERS[number % len(ORDERS)]} word{number} and {chr(97 + number % 26)} more", 5)
        index.nearest(f"{REFUNDS[number % len(REFUNDS)]} {' '.join(ORDERS[0].split()[: number % 7])}", 5)
    lately = index._lately
    kept = sum(len(hit.weighed) + sum(map(len, hit.scored)) for hit in lately.hits.values())
    assert 0 < kept <= 5_000 + 2 * 1_000
    assert 0 < sum(map(len, lately.worded)) <= 5_000 + 2 * 1_000
    assert len(lately.seen) <= 5_000 + 2 * 1_000 + 200
    assert 0 < len(lately.words) <= 5_000 + 2 * 1_000 + 1


@pytest.mark.parametrize("build", [one_by_one, Index().with_many])
def test_near_siblings_are_told_apart_by_one_word(build: Callable[[Mapping[str, Sequence[str]]], Index]) -> None:
    tasks = siblings(200)
    index = build(tasks)
    asked = {task: questions[0].replace("3", "41") for task, questions in tasks.items()}
    assert [task for task, question in asked.items() if index.nearest(question, 1)[0].task != task] == []


def test_a_task_is_found_after_its_rare_words_have_become_common() -> None:
    tasks = siblings(300)
    index = Index().changed("sibling 0", tasks["sibling 0"])
    for task, questions in tasks.items():
        index = index.changed(task, questions)
    assert index.nearest(tasks["sibling 0"][1], 1)[0].task == "sibling 0"


def test_a_thousand_tasks_of_one_wording_neither_fail_nor_hide_another() -> None:
    equal = {f"equal {n}": [f"Add {n} and {k} to {n + k}." for k in (1, 2, 3)] for n in range(1_000)}
    index = Index().with_many({**equal, "orders": ORDERS})
    assert index.nearest(ORDERS[0], 1)[0].task == "orders"
    assert index.nearest("Add 3 and 4 to 5.", 3)[0].similarity == pytest.approx(1)


def test_a_question_of_common_words_alone_hits_few_of_many() -> None:
    index = Index().with_many(siblings(600))
    assert len(index.nearest("Please tell me the list and nothing else of the numbers.", 600)) <= 32


def agreement(known: int, seed: int) -> Counter[str]:
    """How often the first task is the shortlist's, and how often the right one, over the other real questions."""
    rng = random.Random(seed)
    tasks = {task: rng.sample(questions, len(questions)) for task, questions in real_tasks().items()}
    index, shortlist = Index().with_many({task: questions[:known] for task, questions in tasks.items()}), Shortlist()
    for task, questions in tasks.items():
        for question in questions[:known]:
            shortlist.add(task, question)
    shortlist._refresh()
    seen = Counter[str]()
    for task, questions in tasks.items():
        for question in questions[known::5]:
            [ours, theirs] = [which.nearest(question, 1)[0].task for which in (index, shortlist)]
            seen.update(asked=1, same=ours == theirs, right=ours == task, right_before=theirs == task)
    return seen


@needs_data
@pytest.mark.parametrize("known", [3, 4, 5, 6])
def test_real_questions_find_the_task_that_a_full_look_at_everything_finds(known: int) -> None:
    seen = agreement(known, seed=known)
    assert seen["same"] >= 0.995 * seen["asked"]
    assert seen["right"] >= seen["right_before"]


@needs_data
def test_real_questions_find_their_task_among_five_candidates() -> None:
    tasks = real_tasks()
    index = Index().with_many({task: [*questions[:3], *questions[5:8]] for task, questions in tasks.items()})
    missed = [
        task
        for task, questions in tasks.items()
        for question in questions[10::10]
        if task not in {match.task for match in index.nearest(question, 5)}
    ]
    assert missed == []


@needs_data
@pytest.mark.parametrize("family", ["logical_deduction", "tracking_shuffled_objects"])
def test_real_siblings_are_told_apart_by_the_wording_that_one_of_them_always_has(family: str) -> None:
    tasks = real_tasks(family)
    index = Index().with_many({task: [*questions[:3], *questions[5:8]] for task, questions in tasks.items()})
    for task, questions in tasks.items():
        assert {index.most_alike(question, list(tasks)) for question in questions[10:]} == {task}


@needs_data
@pytest.mark.parametrize("seed", range(3))
def test_real_questions_of_unlike_kinds_are_never_grouped_together(seed: int) -> None:
    tasks = real_tasks()
    rng = random.Random(seed)
    stream = [(question, task.rsplit("_", 2)[0]) for task in sorted(tasks) for question in rng.sample(tasks[task], 15)]
    rng.shuffle(stream)
    index, groups, kinds = Index(), dict[str, list[str]](), dict[str, set[str]]()
    for question, kind in stream:
        match = next(iter(index.nearest(question, 1)), None)
        group = match.task if match and match.similarity >= SAME_KIND else f"group {len(groups)}"
        groups.setdefault(group, []).append(question)
        kinds.setdefault(group, set()).add(kind)
        index = index.changed(group, groups[group])
    assert [held for held in kinds.values() if len(held) > 1] == []


def test_siblings_behind_a_preamble_that_many_tasks_share_are_found() -> None:
    """They have no feature to themselves; the preamble is none of their own either, and hides nothing."""
    made_up = ["".join(letters) for letters in product("bdk", "ao", "lmn", "ei", "rst")]
    preamble = f"You serve the customers of a bakery. {' '.join(made_up[:60])}. Now: "
    tasks = {
        f"task {n}": [f"{preamble}{' '.join(made_up[60 + n : 62 + 2 * n])} x{n} order {k}." for k in (5, 6, 7)]
        for n in range(20)
    }
    twins = [f"{preamble}Which is the oldest of these penguins: Louis, {n}; Gwen, {n + 2}?" for n in range(12)]
    index = index_of(**tasks, one=twins[:4], other=twins[4:8])
    assert {match.task for match in index.nearest(twins[9], 2)} == {"one", "other"}
