"""Generated questions say all that their answer needs, and the answer is right."""

import hashlib
import random
import re
from collections import Counter
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from independent_truths import TRUTHS

from latm.errors import InputError, NotFoundError
from latm.task import Instance
from latm_bench.tasks.generators import KINDS, VARIANTS, Kind, find_kind, stream
from latm_bench.tasks.generators.everyday import EVERYDAY
from latm_bench.tasks.generators.kinds import MAX_REPEATS

EVERY_KIND = (*KINDS, *VARIANTS)
NEW_TO_EVERYDAY = [kind for kind, _ in EVERYDAY if kind.name not in {known.name for known in KINDS}]
BY_PROGRAM = [*(kind for kind in EVERY_KIND if not kind.needs_judgement), *NEW_TO_EVERYDAY]
FORMS = {
    "logical_deduction": r"\([A-E]\)",
    "tracking_shuffled_objects": r"\([A-E]\)",
    "dyck_languages": r"[)\]}>]+",
    "word_sorting": r"[a-z]+( [a-z]+)+",
    "word_sorting_reversed": r"[a-z]+( [a-z]+)+",
    "chinese_remainder_theorem": r"[1-9]\d*",
    "meeting_scheduling": r"\d\d:\d\d-\d\d:\d\d|none",
    "invoice_totals": r"\d+\.\d\d",
    "business_days": r"\d\d\.\d\d\.\d{4}",
    "unit_conversion": r"\d+\.\d{1,3}",
    "time_zones": r"\d{4}-\d\d-\d\d \d\d:\d\d",
    "error_counts": r"\d+",
    "phone_numbers": r"\+\d+",
    "shift_rotas": r"[a-z]+",
    "customer_tone": r"A|B",
}


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # questions, not secrets


seeds = st.integers(min_value=0, max_value=2**64)
every_kind = pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.name)


@pytest.mark.parametrize("kind", BY_PROGRAM, ids=lambda kind: kind.name)
@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_the_answer_follows_from_the_text_by_another_way(kind: Kind, seed: int) -> None:
    instance = kind.generate(seeded(seed))

    assert TRUTHS[kind.name](instance.question) == instance.answer


@every_kind
@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_a_question_states_the_form_of_its_answer_and_does_not_name_its_kind(kind: Kind, seed: int) -> None:
    instance = kind.generate(seeded(seed))
    question = instance.question

    assert len(question) <= 900
    assert question.isascii()
    assert question == question.strip()
    assert re.search(r"(Answer|Reply) with ", question)
    assert re.fullmatch(FORMS[kind.name], instance.answer or "")
    assert instance.task == kind.name
    assert kind.name not in question
    assert kind.name.replace("_", " ") not in question.lower()


@settings(max_examples=5, deadline=None)
@given(seed=seeds, count=st.integers(min_value=0, max_value=200))
def test_a_stream_has_exactly_as_many_questions_as_asked_for_all_different(seed: int, count: int) -> None:
    questions = list(stream(seed, count, EVERY_KIND))

    assert [instance.id for instance in questions] == [str(number) for number in range(1, count + 1)]
    assert len({instance.question for instance in questions}) == count


def test_a_stream_has_equally_many_of_each_default_kind() -> None:
    counts = Counter(instance.task for instance in stream(3, 10 * len(KINDS) + 1))

    assert set(counts) == {kind.name for kind in KINDS}
    assert sorted(counts.values()) == [10] * (len(KINDS) - 1) + [11]


def test_a_stream_is_shuffled() -> None:
    tasks = [instance.task for instance in stream(3, 10 * len(KINDS))]

    assert tasks[: len(KINDS)] != [kind.name for kind in KINDS]
    assert any(one == other for one, other in pairwise(tasks))


def test_the_same_seed_gives_the_same_stream_on_every_python() -> None:
    """Recordings are keyed by the questions' text: whoever changes a generator must make them anew."""
    told = "\n".join(f"{one.id} {one.task} {one.question} {one.answer}" for one in stream(1, 320, EVERY_KIND))

    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "d90f28c8fef2d61b"


def test_another_seed_gives_another_stream() -> None:
    assert list(stream(1, 50)) != list(stream(2, 50))


@every_kind
def test_a_kind_has_thousands_of_different_questions(kind: Kind) -> None:
    count = 300 if kind.name == "logical_deduction" else 2_000

    assert len({instance.question for instance in islice(kind.instances(0), count)}) == count


def test_a_kind_that_runs_out_of_questions_says_so() -> None:
    draws: list[int] = []

    def generate(rng: random.Random) -> Instance:
        draws.append(1)
        return Instance(str(rng.randrange(3)), answer="", task="dice")

    with pytest.raises(InputError, match="dice has hardly more than 3 different questions"):
        list(Kind("dice", "a die with three faces", generate).instances(0))
    assert len(draws) < 2 * MAX_REPEATS


def test_the_default_kinds_are_the_papers_six_everyday_ones_and_one_that_asks_for_judgement() -> None:
    assert len(KINDS) >= 12
    assert [kind.name for kind in KINDS if kind.needs_judgement] == ["customer_tone"]
    assert len({kind.name for kind in EVERY_KIND}) == len(EVERY_KIND)


def test_a_kind_is_found_by_its_name() -> None:
    assert find_kind("word_sorting_reversed") in VARIANTS
    with pytest.raises(NotFoundError, match="no kind named sudoku"):
        find_kind("sudoku")


@pytest.mark.parametrize(
    "cue", [r"angry|furious|hate|outrage|unacceptable|nightmare|terrible|horrible|complaint", r"!", r"thank|kind|love"]
)
def test_no_list_of_words_tells_which_message_is_the_angrier(cue: str) -> None:
    """Choosing the message that holds the cue, or A where that decides nothing, is right about half the time."""
    right = 0
    for instance in islice(find_kind("customer_tone").instances(0), 1_000):
        one, other = re.findall(r"^[AB]: (.*)$", instance.question, re.MULTILINE)
        in_one, in_other = (bool(re.search(cue, message, re.IGNORECASE)) for message in (one, other))
        right += instance.answer == ("B" if in_other and not in_one else "A")

    assert right < 600
