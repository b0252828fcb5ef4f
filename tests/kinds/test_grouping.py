"""What grouping must hold: evidence is local, order and copies do not matter, bad input costs nothing."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.kinds import group, grouping
from latm_bench.tasks.generators import KINDS, stream, support_tickets
from latm_bench.tasks.generators.everyday import everyday

INSTRUCTIONS = {
    "sort": "Put these towns in the order of their populations:",
    "sum": "What do the following amounts come to in all?",
    "dates": "Write every date below in the German style.",
    "vowels": "Count the vowels of each name and list the counts.",
}
TOWNS = [
    "Oslo",
    "Rome",
    "Lima",
    "Cairo",
    "Quito",
    "Accra",
    "Delhi",
    "Sofia",
    "Minsk",
    "Tunis",
    "Kyiv",
    "Hanoi",
    "Dakar",
    "Riga",
    "Bern",
    "Doha",
]
PREAMBLE = (
    "You serve the customers of a small bakery. Be brief and friendly, use no jargon, and never mention prices of "
    "other shops. Answer with the result alone, since a program reads it.\n\n"
)


def questions(seed: int, each: int = 15) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    found = []
    for kind, instruction in INSTRUCTIONS.items():
        for _ in range(each):
            words = rng.sample(TOWNS, 4)
            numbers = [str(rng.randint(1, 999)) for _ in range(4)]
            found.append((kind, f"{instruction} {', '.join(words if kind in {'sort', 'vowels'} else numbers)}"))
    rng.shuffle(found)
    return found


def labels(asked: Sequence[str]) -> list[int]:
    """The number of each question's group; a question of none has one of its own."""
    found = list(range(len(asked), 2 * len(asked)))
    for number, one in enumerate(group(asked)):
        for index in one.members:
            found[index] = number
    return found


def adjusted_rand(one: Sequence[int], other: Sequence[int]) -> float:
    """How alike two groupings are, 1 for the same and 0 for chance (Hubert and Arabie, 1985)."""

    def pairs(counts: Counter[tuple[int, ...]]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    both = pairs(Counter(zip(one, other, strict=True)))
    first, second = pairs(Counter((a,) for a in one)), pairs(Counter((b,) for b in other))
    chance = first * second / (len(one) * (len(one) - 1) / 2)
    most = (first + second) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def test_kinds_are_found_and_named() -> None:
    asked = questions(1)
    found = group([question for _, question in asked])
    assert sorted(sorted({asked[index][0] for index in one.members}) for one in found) == sorted(
        [k] for k in INSTRUCTIONS
    )
    assert all(any(text.startswith(one.name.rstrip("…")) for text in INSTRUCTIONS.values()) for one in found)


@pytest.mark.parametrize("around", ["", PREAMBLE])
def test_several_kinds_are_several_groups_and_no_group_of_all(around: str) -> None:
    found = grouping([around + question for _, question in questions(1)])
    assert [(len(one.members), one.parts) for one in found.groups] == [(15, ())] * len(INSTRUCTIONS)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1_000_000), st.randoms(use_true_random=False))
def test_the_order_of_the_questions_hardly_matters(seed: int, rng: random.Random) -> None:
    asked = [question for _, question in questions(seed)]
    order = list(range(len(asked)))
    rng.shuffle(order)
    before = labels(asked)
    after = labels([asked[index] for index in order])
    assert adjusted_rand([before[index] for index in order], after) >= 0.98


@pytest.mark.parametrize("shape", [PREAMBLE + "{}", "{}\n\n" + PREAMBLE, '{{"id": 7, "text": "{}"}}'])
@pytest.mark.parametrize("seed", range(3))
def test_boilerplate_around_every_question_changes_nothing(shape: str, seed: int) -> None:
    asked = [question for _, question in questions(seed)]
    assert adjusted_rand(labels(asked), labels([shape.format(question) for question in asked])) == 1.0


@pytest.mark.parametrize(
    "asked",
    [[one.question for one in stream(2, 240)], [one.question for one in everyday(1, 200)]],
    ids=["office", "home"],
)
def test_boilerplate_with_words_of_the_kinds_in_it_changes_nothing_either(asked: list[str]) -> None:
    assert adjusted_rand(labels(asked), labels([PREAMBLE + question for question in asked])) == 1.0


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1_000_000), st.lists(st.integers(0, 59), max_size=80))
def test_duplicates_weigh_once(seed: int, copied: list[int]) -> None:
    asked = [question for _, question in questions(seed)]
    more = [*asked, *(f" {asked[index]}\r\n" for index in copied)]
    before, after = labels(asked), labels(more)
    assert adjusted_rand(before, after[: len(asked)]) == 1.0
    assert [after[index] for index in copied] == after[len(asked) :]


def test_one_off_questions_are_in_no_group() -> None:
    asked = [question for _, question in questions(2)]
    others = [
        "Why is the sky blue?",
        "Who painted this ceiling?",
        "My cat snores. Help!",
        "Is tea healthier than coffee?",
    ]
    found = grouping([*others, *asked])
    assert found.loose == (0, 1, 2, 3)


def test_what_a_preamble_says_is_left_out_of_templates() -> None:
    found = group([PREAMBLE + question for _, question in questions(3)])
    assert len(found) == len(INSTRUCTIONS)
    assert not any("bakery" in one.template.text for one in found)
    assert sorted(one.template.text.split(" {…}")[0].split("{…}")[0] for one in found) == sorted(INSTRUCTIONS.values())


BAD = ["", "   \n", "\0\1\2\3" * 50, "a" * 100_000, "ab" * 500_000, "\ufffd" * 300, "x"]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_bad_input_is_grouped_as_nothing(bad: str) -> None:
    asked = [question for _, question in questions(4)]
    found = grouping([*asked, *[bad] * 5])
    assert found.loose == tuple(range(len(asked), len(asked) + 5))


def test_an_empty_buffer_has_no_groups() -> None:
    assert grouping([]).groups == ()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=60), max_size=30))
def test_any_text_is_grouped_and_every_question_accounted_for(asked: list[str]) -> None:
    found = grouping(asked)
    grouped = [index for one in found.groups for index in one.members]
    assert sorted([*grouped, *found.loose]) == list(range(len(asked)))


@pytest.mark.parametrize("around", ["", PREAMBLE])
def test_a_kind_that_is_nearly_all_of_the_buffer_is_told_from_its_few_siblings(around: str) -> None:
    """What 94 % share is that kind's own wording, not boilerplate of all."""
    rng = random.Random(3)
    rules = {"List the invoice lines": 170, "Round the song titles": 6, "Collect the price tags": 5}
    asked = [
        f"{around}{instruction} and give the result on a single line. {', '.join(rng.sample(TOWNS, 4))}"
        for instruction, count in rules.items()
        for _ in range(count)
    ]
    assert sorted(len(one.members) for one in group(asked)) == sorted(rules.values())


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_phrases_of_data_divide_no_kind(seed: int) -> None:
    """Each question of tone quotes two messages out of a few: these are data, however much text they are."""
    asked = list(stream(seed, 30 * len(KINDS)))
    tone = tuple(index for index, one in enumerate(asked) if one.task == "customer_tone")
    assert tone in [one.members for one in group([one.question for one in asked])]


@pytest.mark.parametrize("count", [6, 12, 40])
@pytest.mark.parametrize("around", ["", PREAMBLE])
def test_expressions_have_no_word_in_common_and_are_a_kind(count: int, around: str) -> None:
    rng = random.Random(count)

    def signs() -> str:
        return " ".join(f"{rng.randint(-9, 9)} {rng.choice('+-*')}" for _ in range(rng.randint(2, 5)))

    def truths() -> str:
        return " ".join(f"{rng.choice(('True', 'False', 'not True'))} {rng.choice(('and', 'or'))}" for _ in range(4))

    sums = [f"{around}({signs()} {rng.randint(0, 9)}) =" for _ in range(count)]
    values = [f"{around}{truths()} False is" for _ in range(count)]
    asked = [*sums, *values, *(f"{around}{question}" for _, question in questions(count, 6))]
    found = [one.members for one in group(asked)]
    assert tuple(range(count)) in found
    assert tuple(range(count, 2 * count)) in found


@pytest.mark.parametrize("count", [12, 17, 40])
def test_documents_with_sentences_in_common_are_tried_as_one_kind(count: int) -> None:
    rng = random.Random(count)
    asked = [support_tickets.generate(rng).question for _ in range(count)]
    (one,) = grouping(asked).groups
    assert one.members == tuple(range(count))
    assert one.may_be_one
    assert one.name.startswith("From the ticket above, take the number")


def test_a_word_in_common_with_a_kind_is_no_reason_to_join_it() -> None:
    kind = [one.question for one in everyday(1, 60) if one.task == "phone_numbers"][:3]
    others = [question for _, question in questions(0, 4)]
    asked = [
        *kind,
        *others,
        "In which year was Oslo founded? Give digits only.",
        "How tall is a giraffe? In digits only.",
    ]
    assert (0, 1, 2) in [one.members for one in group(asked)]
