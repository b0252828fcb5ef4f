"""Forgetting: what people asked leaves every place where it is kept, and the tools go on."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from latm import AsyncLatm, Example, Instance, Route, Scope, Settings
from latm.cli import main
from latm.errors import InputError
from latm.learning.spill import Spill
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from latm.store import Selection, ToolCache
from latm.store.forgetting import wording_of
from toy import sum_question, toy_reply

pytestmark = pytest.mark.anyio

NORTH, SOUTH = Scope("north"), Scope("south")
SECRET = 7_700_077


def store(tmp_path: Path) -> Path:
    return tmp_path / "latm.db"


def opened(tmp_path: Path, **values: object) -> AsyncLatm:
    model = ScriptedModel(toy_reply)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    given = {"store": f"sqlite:///{store(tmp_path)}", "making_tokens": 50, "block": 8} | values
    return AsyncLatm(Settings.model_validate(given), models=models)


async def filled(latm: AsyncLatm) -> None:
    """Two customers with a tool each, and one question in each that nobody else asks."""
    for scope in (NORTH, SOUTH):
        known = [Example(sum_question(SECRET + n, n), str(SECRET + 2 * n)) for n in range(6)]
        await latm.make(f"sums of {scope.project}", known, scope=scope)
        async for _ in latm.run([Instance(sum_question(SECRET + n, n), scope=scope) for n in range(24)]):
            pass
        await latm.ask(f"Who is the neighbour of {SECRET}?", scope=scope)
    await latm._circle.writer.flush()


def texts_in(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def test_what_one_customer_asked_goes_everywhere_and_the_tools_of_both_go_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
        before = latm.cache.answers(limit=None)
        forgotten = await latm.forget(scope="north")
        kept = latm.cache.answers(limit=None)
        assert forgotten.answers == sum(answer.scope == NORTH for answer in before) == 25
        assert kept == [answer for answer in before if answer.scope == SOUTH]
        assert forgotten.examples
        assert forgotten.demonstrations == 1
        examples = {task.scope: task.examples for task in latm.cache.tasks()}
        assert not examples[NORTH]
        assert examples[SOUTH]
        assert all(
            str(SECRET) not in attempt.prompt
            for making in latm.cache.makings()
            if making.task == "sums of north"
            for attempt in making.attempts
        )
        for scope in (NORTH, SOUTH):
            assert (await latm.ask(sum_question(1, 2), scope=scope)).route is Route.TOOL
    async with opened(tmp_path) as latm:
        assert (await latm.ask(sum_question(3, 4), scope=NORTH)).route is Route.TOOL, "found by its wording alone"


async def test_what_is_forgotten_is_in_no_file_any_more(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
    assert str(SECRET).encode() in texts_in(store(tmp_path))
    async with opened(tmp_path) as latm:
        await latm.forget(everything=True)
        assert str(SECRET) not in repr(latm.snapshot)
        assert len([tool for tool in await latm.tools.list() if tool.status == "serving"]) == 2
    assert str(SECRET)[:6].encode() not in texts_in(store(tmp_path))


async def test_one_person_is_forgotten_by_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
        await latm.ask("Where does jane@example.org live?")
        forgotten = await latm.forget(containing="jane@example.org")
        assert (forgotten.answers, forgotten.examples) == (1, 0)
        assert len(latm.cache.answers(limit=None)) == 50


async def test_age_decides_where_it_is_given(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
        assert (await latm.forget(older_than=timedelta(days=1))).answers == 0
        young = await latm.forget(older_than=timedelta(0))
        assert young.answers == 50
        assert young.makings == 2


async def test_tools_go_only_where_that_is_said_and_pinned_ones_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
        north = "sums of north"
        await latm.tools.pin(north)
        assert (await latm.forget(everything=True, tools=True)).tasks == 1
        assert [task.name for task in latm.cache.tasks()] == [north]


async def test_retention_is_kept_by_project_and_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
    async with opened(tmp_path, retention_days_of={"north": 0}, retention_days=30) as latm:
        await latm.ask(sum_question(1, 2), scope="south")
    with ToolCache.open(f"sqlite:///{store(tmp_path)}") as cache:
        assert {answer.scope for answer in cache.answers(limit=None)} == {SOUTH}
        assert [bool(task.examples) for task in cache.tasks()] == [False, True]


async def test_questions_that_wait_to_be_grouped_are_forgotten_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        for n in range(5):
            await latm.ask(sum_question(n, n + 2))
        await latm.forget(everything=True)
        for n in range(5, 8):
            await latm.ask(sum_question(n, n + 2))
        await latm.forget(task="none")
        assert not latm.cache.tasks(), "three questions make no kind"


@pytest.mark.parametrize("what", [{}, {"everything": True, "task": "sums"}])
async def test_what_to_forget_must_be_said(tmp_path: Path, what: dict[str, object]) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
        with pytest.raises(InputError, match="what to forget"):
            await latm.forget(**what)  # type: ignore[arg-type]  # that is the point
        assert len(latm.cache.answers(limit=None)) == 50


async def test_the_command_forgets_what_was_spilled_as_well(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await filled(latm)
        spilled = [replace(answer, serial="") for answer in latm.cache.answers(limit=2)]
    Spill(store(tmp_path)).write(spilled)
    url = f"sqlite:///{store(tmp_path)}"
    result = CliRunner().invoke(main, ["forget", "--scope", "south", "--store", url, "--json"])
    assert json.loads(result.output)["answers"] == 27
    assert not Spill(store(tmp_path)).take()
    assert CliRunner().invoke(main, ["forget", "--store", url]).exit_code != 0


def test_the_interrupted_making_and_dropped_labels_are_forgotten(tmp_path: Path) -> None:
    with ToolCache.open(f"sqlite:///{store(tmp_path)}") as cache:
        cache.add_examples("sums", [Example("What is Jane owed?", "7"), Example("What is Joe owed?", "8")])
        cache.drop_example("sums", "What is Jane owed?", "Jane says otherwise")
        cache.claim_making("sums", "", 0, {"examples": [["What is Jane owed?", "7", "gold"]]})
        cache.forget(Selection())
    assert b"Jane" not in texts_in(store(tmp_path))


def test_what_the_evidence_of_an_event_quotes_is_forgotten_by_name(tmp_path: Path) -> None:
    with ToolCache.open(f"sqlite:///{store(tmp_path)}") as cache:
        cache.add_examples("sums", [Example("What is Jane owed?", "7")])
        cache.drop_example("sums", "What is Jane owed?", "it is not so any more")
        cache.forget(Selection(containing="Jane"))
    assert b"Jane" not in texts_in(store(tmp_path))


@pytest.mark.parametrize(
    ("questions", "sources", "wording"),
    [
        (["Add 1 and 2.", "Add 3 and 4."], [], "Add and ."),
        (["Add 1 and Jane."], ['r"Add (\\d+) and (\\w+)\\."'], "Add and ."),
        (["Add 1 and 2."], [], ""),
        ([], [], ""),
    ],
)
def test_the_wording_that_is_kept_holds_only_what_all_questions_share(
    questions: list[str], sources: list[str], wording: str
) -> None:
    assert wording_of(questions, sources) == wording
