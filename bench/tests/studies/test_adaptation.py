"""The adaptation study: its stream and its simulated maker."""

from collections import Counter

import pytest

from latm import Program, Settings
from latm.parts import ANSWER_FUNCTION, open_sandbox
from latm_bench.adaptation import Window, _share
from latm_bench.adaptation_stream import TURNED, arranged, disturbed
from latm_bench.adaptation_world import BACKWARDS, join


def test_kinds_arrive_in_the_first_half_and_change_in_the_second() -> None:
    stream = arranged([], 4_000, seed=1, sorting=400)
    turn = next(place for place, one in enumerate(stream) if one.kind.startswith(TURNED))
    kinds = Counter(one.kind for one in stream)
    assert 3_500 <= len(stream) <= 4_000
    assert 300 <= kinds["word_sorting"] + sum(count for kind, count in kinds.items() if kind.startswith(TURNED)) <= 400
    assert {one.kind for one in stream[turn:]} >= {TURNED, f"{TURNED}, old words", "phone_numbers, new preamble"}
    assert "word_sorting" not in {one.kind for one in stream[turn:]}
    assert stream == arranged([], 4_000, seed=1, sorting=400)


def test_near_misses_have_another_answer_and_come_as_often_as_asked() -> None:
    stream = arranged([], 2_000, seed=1)
    near = [(one, new) for one, new in zip(stream, disturbed(stream, 0.05, 1), strict=True) if one != new]
    assert 60 <= len(near) <= 140
    assert all(one.truth != new.truth and new.item.question.startswith(one.item.question) for one, new in near)


@pytest.mark.anyio
async def test_a_joined_tool_answers_what_either_answers_the_first_before_the_second() -> None:
    other = (
        BACKWARDS[1].replace("(?:reverse )?alphabetical order", "some order").replace("reverse=True", "reverse=False")
    )
    asked = "Sort these words in {}. Answer with the words only, separated by single spaces.\nWords: b a c"
    questions = [(asked.format(order),) for order in ("reverse alphabetical order", "some order", "no order")]
    async with open_sandbox(Settings()) as sandbox:
        results = await sandbox.batch(Program(join(BACKWARDS[0], other)).code, ANSWER_FUNCTION, questions)
    assert [result.text for result in results[:2]] == ["c b a", "a b c"]
    assert results[2].verdict == "abstained"


def test_a_share_of_windows_counts_all_that_was_asked() -> None:
    windows = [Window(10, {"a": 6, "b": 4}, {"a": 5}, 1, 0.5), Window(20, {"a": 10}, {"a": 10}, 0, 0.1)]
    assert _share(windows, lambda one: one.by_tool) == 0.75
