"""The scribe: what stands in an output is on record, whenever the run is killed."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import anyio
import pytest

from latm import AsyncLatm, Instance, Route, Settings
from latm.batch.line import Line
from latm.batch.output import Output
from latm.batch.run import Batch, Watcher, Workroom
from latm.batch.scribe import Scribe
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from toy import sum_question, toy_reply

pytestmark = pytest.mark.anyio


class Silent:
    """A watcher that says nothing."""

    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def lines(*ids: str) -> list[Line]:
    return [cast("Line", {"id": one}) for one in ids]


async def test_no_answer_stands_in_the_output_of_a_run_before_it_is_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a tool, for whose record the stream does not wait."""
    model, unrecorded, append = ScriptedModel(toy_reply), list[str](), Output.append
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50}
    async with AsyncLatm(Settings.model_validate(given), models=models) as latm:

        def looked_at(output: Output, given: Sequence[Line]) -> None:
            on_record = {answer.serial for answer in latm.cache.answers(limit=None)}
            unrecorded.extend(line["id"] for line in given if line["serial"] not in on_record)
            append(output, given)

        monkeypatch.setattr(Output, "append", looked_at)
        with Output(tmp_path / "out.jsonl") as output:
            batch = Batch(latm, Workroom(), output, cast("Watcher", Silent()))
            summary = await batch.run([Instance(sum_question(n, n + 2), id=str(n)) for n in range(200)])
    assert (summary.counts.questions, summary.counts.routes[Route.TOOL]) == (200, 192)
    assert unrecorded == []


async def test_a_stream_goes_on_while_its_lines_wait_for_the_record_and_they_keep_their_order(tmp_path: Path) -> None:
    recorded, written = anyio.Event(), list[str]()
    with Output(tmp_path / "out.jsonl") as output:
        scribe = Scribe(output, recorded.wait, lambda given: written.extend(line["id"] for line in given), most=9)
        await scribe.take(lines("1", "2"), are_recorded=False)
        await scribe.take(lines("3"), are_recorded=False)
        assert written == []
        await scribe.take(lines("4"), are_recorded=True)  # and so are all before it
        assert written == ["1", "2", "3", "4"]
        await scribe.take(lines("5"), are_recorded=False)
        assert written == ["1", "2", "3", "4"]
        recorded.set()
        await scribe.finish()
    assert written == ["1", "2", "3", "4", "5"]
    assert (tmp_path / "out.jsonl").read_text().count("\n") == 5


async def test_a_run_that_is_broken_off_while_it_waits_for_the_record_still_writes_its_lines(tmp_path: Path) -> None:
    recorded, written = anyio.Event(), list[str]()
    with Output(tmp_path / "out.jsonl") as output:
        scribe = Scribe(output, recorded.wait, lambda given: written.extend(line["id"] for line in given), most=1)
        await scribe.take(lines("1"), are_recorded=False)
        with anyio.move_on_after(0.01):
            await scribe.take(lines("2"), are_recorded=False)
        assert written == []
        recorded.set()
        await scribe.finish()
    assert written == ["1", "2"]
