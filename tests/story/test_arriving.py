"""A stream whose questions come slowly: nobody waits for a block to fill."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from latm import arriving
from latm.arriving import Blocks
from latm.asking import Stream

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "LINGER", 0.02)


def in_a_thread(more: threading.Event) -> Iterator[str]:
    yield from ("1", "2", "3")
    more.wait(60)
    yield from map(str, range(4, 21))


async def on_the_loop(more: threading.Event) -> AsyncIterator[str]:
    for question in map(str, range(1, 21)):
        yield question
        if question == "3":
            await asyncio.to_thread(more.wait, 60)


SOURCES: dict[str, Callable[[threading.Event], Stream]] = {"iterator": in_a_thread, "asynchronous": on_the_loop}


async def texts(blocks: Blocks) -> list[str]:
    return [question.text for block in await blocks.take(1) for question in block]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
async def test_what_has_come_is_a_block_if_no_more_comes(source: Callable[[threading.Event], Stream]) -> None:
    more = threading.Event()
    blocks = Blocks(source(more), 8, length=None)
    assert await texts(blocks) == ["1", "2", "3"]  # the rest comes only now
    more.set()
    rest = [await texts(blocks) for _ in range(20)]
    assert [text for block in rest for text in block] == [str(number) for number in range(4, 21)]
    assert blocks.taken == 20
    assert await texts(blocks) == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
async def test_questions_that_come_fast_fill_their_blocks(
    source: Callable[[threading.Event], Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "LINGER", 60)
    more = threading.Event()
    more.set()
    blocks = Blocks(source(more), 8, length=None)
    assert [len(await texts(blocks)) for _ in range(4)] == [8, 8, 4, 0]


async def test_a_question_that_depends_on_the_answer_before_it_is_asked() -> None:
    answers: list[str] = []

    def dialogue() -> Iterator[str]:
        yield "first"
        while not answers:
            threading.Event().wait(0.001)
        yield f"what follows {answers[0]}"

    blocks = Blocks(dialogue(), 8, length=None)
    assert await texts(blocks) == ["first"]
    answers.append("one")
    assert await texts(blocks) == ["what follows one"]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
async def test_a_stream_that_is_left_is_not_waited_for(source: Callable[[threading.Event], Stream]) -> None:
    more = threading.Event()
    blocks = Blocks(source(more), 8, length=None)
    await texts(blocks)
    await blocks.aclose()
    more.set()
