"""The writer: of jobs and lessons neither waits for all of the other, and learning rests by what it computed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import anyio
import pytest

from latm.answer import Answer, Route
from latm.errors import StoreAwayError
from latm.learning import writer as writer_module
from latm.learning.inbox import Learnt
from latm.learning.spill import Spill
from latm.learning.writer import Writer
from latm.observing import Observers

if TYPE_CHECKING:
    from latm.learning.learner import Learner

pytestmark = pytest.mark.anyio

PAID = Answer("What is 1 and 2?", "3", Route.DIRECT)


@dataclass
class Pupil:
    """A learner that only counts; `taught` is called amid each lesson."""

    taught: Callable[[], object] = bool
    learnt: list[Answer] = field(default_factory=list)

    def learn(self, answers: Sequence[Answer], remaining: int | None, *, again: bool = False) -> Learnt:
        del remaining, again
        self.taught()
        self.learnt += answers
        return Learnt()

    def tidy(self) -> None:
        pass


def writer_of(pupil: Pupil, tmp_path: Path) -> Writer:
    return Writer(cast("Learner", pupil), Spill(tmp_path / "latm.db"), Observers(), bound=100, on_ripe=len)


async def test_answers_that_were_paid_for_wait_for_one_job_however_many_there_are(tmp_path: Path) -> None:
    pupil, learnt = Pupil(), list[int]()
    writer = writer_of(pupil, tmp_path)
    jobs = [asyncio.ensure_future(writer.do(lambda: learnt.append(len(pupil.learnt)))) for _ in range(10)]
    await asyncio.sleep(0)
    writer.put([PAID])
    writer.start()
    await asyncio.gather(*jobs)
    await writer.stop()
    assert learnt == [0] + [1] * 9


async def test_what_was_paid_for_is_kept_before_other_jobs_are_done(tmp_path: Path) -> None:
    """As a maker's reply, where a process has dozens of makings to claim: a kill would have it bought again."""
    done = list[str]()
    writer = writer_of(Pupil(), tmp_path)
    jobs = [asyncio.ensure_future(writer.do(lambda: done.append("claim"))) for _ in range(10)]
    await asyncio.sleep(0)
    jobs.append(asyncio.ensure_future(writer.outlast(lambda: done.append("reply"))))
    await asyncio.sleep(0)
    writer.start()
    await asyncio.gather(*jobs)
    await writer.stop()
    assert done == ["reply"] + ["claim"] * 10


async def test_what_was_paid_for_waits_for_no_lesson_and_what_keeps_claims_for_nothing(tmp_path: Path) -> None:
    pupil, done = Pupil(), list[tuple[str, int]]()
    writer = writer_of(pupil, tmp_path)

    def noted(name: str) -> Callable[[], None]:
        return lambda: done.append((name, len(pupil.learnt)))

    jobs = [asyncio.ensure_future(writer.do(noted("claim")))]
    jobs += [asyncio.ensure_future(writer.outlast(noted("reply"))) for _ in range(3)]
    jobs += [asyncio.ensure_future(writer.do_first(noted("renewal")))]
    await asyncio.sleep(0)
    writer.put([PAID])
    writer.start()
    await asyncio.gather(*jobs)
    await writer.stop()
    assert done == [("renewal", 0), ("reply", 0), ("reply", 0), ("reply", 0), ("claim", 0)]
    assert pupil.learnt == [PAID]


async def test_what_was_paid_for_is_kept_also_where_whoever_waits_for_that_is_broken_off(tmp_path: Path) -> None:
    """As a maker is whose claim was lost: the next one would buy the same reply."""
    kept = list[str]()
    writer = writer_of(Pupil(), tmp_path)
    waits = asyncio.ensure_future(writer.outlast(lambda: kept.append("reply")))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    writer.start()
    await writer.stop()
    assert kept == ["reply"]


async def test_learning_that_waited_for_others_is_not_followed_by_a_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for the turns of other processes: what comes meanwhile would stay off the record three times as long."""
    now = [0.0]
    monkeypatch.setattr(writer_module, "time", SimpleNamespace(monotonic=lambda: now[0], thread_time=lambda: 0.0))

    def wait_long() -> None:
        now[0] += 1_000.0

    pupil = Pupil(wait_long)
    writer = writer_of(pupil, tmp_path)
    writer.start()
    for _ in range(2):
        writer.put([PAID])
        await writer.do(bool)
        await writer.do(bool)
    assert pupil.learnt == [PAID, PAID]
    await writer.stop()


async def test_while_the_store_is_away_what_was_paid_for_keeps_no_answer_waiting(tmp_path: Path) -> None:
    """Two makings try again and again; the try of one takes so long that the other's next one waits by then."""
    pupil = Pupil()
    writer = writer_of(pupil, tmp_path)
    is_away = True

    def tried() -> None:
        if is_away:
            writer._put_in(tried, is_paid=True)
            raise StoreAwayError("The store is away.")

    kept = writer._put_in(tried, is_paid=True)
    writer.start()
    with anyio.fail_after(20):
        await writer.learn([PAID], None)
    is_away = False
    await writer.stop()
    assert pupil.learnt == [PAID]
    assert isinstance(kept.exception(), StoreAwayError)
