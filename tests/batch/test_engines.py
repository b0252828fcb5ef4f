"""Batches by many processes: the same answers, whoever is killed on the way; Ray's actors are the same workers."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from latm import Answer, Question, Settings
from latm.answering.snapshot import Snapshot
from latm.engines import fleet as fleets
from latm.engines.fleet import Fleet, WorkerLostError
from latm.engines.processes import Processes
from latm.engines.ray import _Actor
from latm.engines.worker import AnswerBatches, Told, ToolWorker, heard, packed, told
from latm.errors import InputError, SandboxFailureError, SettingsError
from latm.latm import AsyncLatm
from served import promote, url_of
from toy import sum_question

ASKED = [*(sum_question(n, 1) for n in range(400)), "Who wrote Faust?", "", *(sum_question(n, 2) for n in range(100))]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(fleets, "_SMALLEST", 20)
    url = url_of(tmp_path)
    promote(url, "sums")
    return Settings(store=url, workers=1, block=100)


class Killing(Processes):
    """Kills the worker that is asked at some calls, as the machine would."""

    def __init__(self, settings: Settings, at: Sequence[int]) -> None:
        super().__init__(settings)
        self.at = list(at)
        self.calls = 0

    async def dispatch(self, worker: int, snapshot: Snapshot, questions: Sequence[Question]) -> Sequence[Told]:
        self.calls += 1
        if self.calls in self.at:
            os.kill(worker, signal.SIGKILL)
        return await super().dispatch(worker, snapshot, questions)


def commands_of_children() -> list[bytes]:
    children = [child for file in Path("/proc/self/task").glob("*/children") for child in file.read_text().split()]
    return [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]


async def answers(settings: Settings, fleet: Fleet | None) -> list[Answer]:
    async with AsyncLatm(settings, engine=fleet) as latm:
        return [answer async for answer in latm.run(ASKED, length=len(ASKED))]


def said(found: Sequence[Answer]) -> list[tuple[object, ...]]:
    return [(one.question, one.text, one.route, one.task, one.tool_id, one.evidence) for one in found]


async def by_crew(settings: Settings, crew: Processes, size: int = 2) -> tuple[list[Answer], int]:
    async with Fleet(crew, size) as fleet:
        return await answers(settings, fleet), fleet.lost


@pytest.mark.long
@pytest.mark.parametrize("at", [[], [3], [1, 2], [4, 5]])  # fewer than a shard is left for
def test_the_answers_are_those_of_one_process_whoever_is_killed(settings: Settings, at: list[int]) -> None:
    alone = asyncio.run(answers(settings, None))
    together, lost = asyncio.run(by_crew(settings, Killing(settings, at)))
    assert said(together) == said(alone)
    assert len({one.serial for one in together}) == len(ASKED)
    assert bool(lost) == bool(at)


@pytest.mark.long
def test_over_which_workers_are_lost_again_and_again_is_the_models(settings: Settings) -> None:
    class Deadly(Killing):
        async def dispatch(self, worker: int, snapshot: Snapshot, questions: Sequence[Question]) -> Sequence[Told]:
            if ASKED[0] in [one.text for one in questions]:
                os.kill(worker, signal.SIGKILL)
            return await Processes.dispatch(self, worker, snapshot, questions)

    found, lost = asyncio.run(by_crew(settings, Deadly(settings, [])))
    assert lost >= 3  # one that had another shard before it is lost too
    assert found[0].route == "failed"
    assert "workers were lost over it" in found[0].evidence
    assert [one.question for one in found] == ASKED
    assert found[-1].route == "tool"


def test_workers_that_never_start_are_told_in_one_sentence(settings: Settings) -> None:
    class Stillborn(Processes):
        async def hire(self) -> int:
            raise WorkerLostError("no memory")

    with pytest.raises(SandboxFailureError, match="5 workers in a row were lost as they started: no memory"):
        asyncio.run(by_crew(settings, Stillborn(settings)))


def test_a_worker_of_another_latm_is_refused_in_one_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latm.engines.processes.__version__", "9.9.9")

    async def refused() -> list[bytes]:
        with pytest.raises(SettingsError, match=r"A worker has latm .*, and the batch has latm 9\.9\.9\."):
            await by_crew(settings, Processes(settings))
        return [command for command in commands_of_children() if b"latm.engines.processes" in command]

    assert asyncio.run(refused()) == []


def test_rays_worker_of_another_latm_is_refused_in_the_same_sentence(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"A worker has latm .*, and the batch has latm 9\.9\.9\.") as caught:
        _Actor(settings, "9.9.9")
    assert caught.value.hint == "Install the same version there."


def test_what_workers_tell_is_what_the_dispatcher_said(settings: Settings) -> None:
    async def snapshot() -> Snapshot:
        async with AsyncLatm(settings) as latm:
            return latm.snapshot

    seen = asyncio.run(snapshot())
    with ToolWorker(settings) as worker:
        worker.learn(packed(seen))
        question = Question(sum_question(3, 4), id="7")
        [one] = worker.dispatch([question])
    back = heard(one, question, seen)
    assert (back.question, back.text, back.tool) == (question, "7", seen.tool("sums"))
    assert told(back) == one


def test_batches_of_a_table_get_columns_of_answers(settings: Settings) -> None:
    batches = AnswerBatches(settings.store, column="text")
    try:
        batch: dict[str, Any] = {"n": [1, 2], "text": [sum_question(2, 3), "Who wrote Faust?"]}
        answered = batches(batch)
    finally:
        batches.close()
    assert {name: answered[name] for name in ("n", "answer", "task", "tool")} == {
        "n": [1, 2], "answer": ["5", None], "task": ["sums", None], "tool": ["sums", None],
    }  # fmt: skip


def test_a_batch_without_its_column_is_refused_in_one_sentence(settings: Settings) -> None:
    batches = AnswerBatches(settings.store)
    try:
        with pytest.raises(InputError, match="The batch has no column 'question'"):
            batches({"text": []})
    finally:
        batches.close()


def test_an_engine_and_a_form_of_ones_own_do_not_go_together(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="An engine's workers know no `form` of yours"):
        AsyncLatm(settings, engine=Fleet(Processes(settings), 2), form=str.__eq__)
