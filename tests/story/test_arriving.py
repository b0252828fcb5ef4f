"""A stream whose questions come slowly: nobody waits for a block to fill."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import pytest

from latm import arriving
from latm.arriving import Blocks
from latm.asking import Stream
from latm.errors import InputError

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
async def test_a_stream_that_is_left_is_not_waited_for_and_read_no_further(
    source: Callable[[threading.Event], Stream],
) -> None:
    more = threading.Event()
    blocks = Blocks(source(more), 8, length=None)
    before = set(threading.enumerate())
    await texts(blocks)
    await blocks.aclose()
    more.set()
    while any(one.name == "latm questions" for one in set(threading.enumerate()) - before):  # noqa: ASYNC110  # no event
        await asyncio.sleep(0.001)
    assert len(blocks._source.came) <= 1


async def test_a_source_may_rest_on_the_thread_that_reads_it() -> None:
    def counting() -> Iterator[str]:
        own = threading.local()  # every other thread finds it empty
        own.count = 0
        while own.count < 5:
            own.count += 1
            yield str(own.count)

    blocks = Blocks(counting(), 2, length=None)
    assert [await texts(blocks) for _ in range(4)] == [["1", "2"], ["3", "4"], ["5"], []]
    await blocks.aclose()


async def test_a_source_may_rest_on_the_task_that_reads_it() -> None:
    async def grouped() -> AsyncIterator[str]:
        async with anyio.create_task_group():  # it refuses every other task
            for question in map(str, range(1, 6)):
                yield question

    blocks = Blocks(grouped(), 2, length=None)
    assert [await texts(blocks) for _ in range(4)] == [["1", "2"], ["3", "4"], ["5"], []]
    left = Blocks(grouped(), 2, length=None)
    assert await texts(left) == ["1", "2"]
    await left.aclose()


async def limited() -> AsyncIterator[str]:
    async with asyncio.timeout(0.05):
        yield "1"
        await asyncio.sleep(60)


async def broken() -> AsyncIterator[str]:
    yield "1"
    raise ValueError("the queue is gone")


async def cancelled() -> AsyncIterator[str]:
    yield "1"
    raise asyncio.CancelledError


ENDS = {
    "a limit of its own": (limited, TimeoutError, r"^$"),
    "an error": (broken, ValueError, "the queue is gone"),
    "cancelled by somebody": (cancelled, InputError, "was cancelled"),
}


@pytest.mark.parametrize(("source", "error", "said"), ENDS.values(), ids=ENDS)
async def test_a_source_that_breaks_off_is_told(
    source: Callable[[], AsyncIterator[str]], error: type[Exception], said: str
) -> None:
    blocks = Blocks(source(), 1, length=None)
    assert await texts(blocks) == ["1"]
    with pytest.raises(error, match=said):
        await texts(blocks)
    await blocks.aclose()
