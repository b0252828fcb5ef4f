"""Every study on toy tasks: what it measures where the truth is known."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toy_tasks import COUNT, DIFFERENCES, SOURCES, SUMS, TASTE, any_reply, scripted, source, write_baseline

from latm.errors import InputError, SettingsError
from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Request
from latm.models.recording import Recorder, RecordingFile
from latm.models.testing import Reply, ScriptedModel
from latm.settings import Settings
from latm.task import Instance
from latm_bench import compiled, dispatch, paper, stream, stress, sweep
from latm_bench.changes import Change
from latm_bench.damage import MEANINGS, hostile
from latm_bench.making import Made
from latm_bench.running import Bench, Run, Study, conduct
from latm_bench.tasks.paper import paper_tasks
from toy import SUM_TOOL, difference_question, sum_question

pytestmark = pytest.mark.anyio
TEST = COUNT - 10
SIX = list(paper_tasks())
QUICK = Settings(tool_seconds=0.5)


def recorded(file: Path) -> Models:
    """A strong and a light model, whose completions go into one recording."""
    recording, meter = RecordingFile(file), Meter()

    def model(name: str) -> Recorder:
        # What a model says depends on which it is and how often it was asked, so that a mix-up would show.
        said = iter(range(10**6))
        return Recorder(
            ScriptedModel(lambda request: f"{any_reply(request)} # {name} {next(said)}", name=name), recording
        )

    strong, light = model("strong"), model("light")
    roles = {"maker": strong, "user": light, "direct": strong}
    metered = {role: Metered(of, meter, role) for role, of in roles.items()}
    return Models(metered["maker"], metered["user"], None, metered["direct"], meter)


async def run_of(folder: Path, body: Any, **values: Any) -> Run:
    run, _ = await conduct(Study("test", {}, body), QUICK, folder, **values)
    return run


@pytest.fixture
async def tools(tmp_path: Path) -> Path:
    """A run of the study of compiled tools."""
    folder = tmp_path / "compiled"
    await run_of(folder, lambda bench: compiled.study(bench, SOURCES, compiled.Options()), models=scripted())
    return folder


async def test_compiled_tools_are_scored_beside_the_recorded_direct_model(tmp_path: Path) -> None:
    (tmp_path / "cot").mkdir()
    write_baseline(tmp_path / "cot", SUMS, wrong=6)
    run = await run_of(
        tmp_path, lambda bench: compiled.study(bench, SOURCES, compiled.Options(tmp_path / "cot")), models=scripted()
    )
    tasks = {task["task"]: task for task in run["data"]["tasks"]}
    assert [tasks[name]["outcome"] for name in ("sums", "differences", "snarks")] == ["made", "made", "untoolable"]
    assert tasks["sums"]["coverage"]["hits"] == tasks["sums"]["precision"]["hits"] == TEST
    assert tasks["sums"]["direct"]["hits"] == TEST - 6
    assert tasks["sums"]["pays_from"] > 0
    assert tasks["differences"]["direct"]["of"] == 0
    paired = next(table for table in run["tables"] if "question by question" in table["title"])
    assert paired["rows"][0][1:6] == [str(TEST), str(TEST - 6), "6", "0", "0"]


async def test_a_tool_that_crashes_is_neither_wrong_nor_hidden(tmp_path: Path) -> None:
    items = list(SUMS.instances())
    used = {str(item.answer) for item in (*items[:3], *items[5:8])}
    crash_at = next(int(str(item.answer)) for item in items[10:] if item.answer not in used)
    crashing = SUM_TOOL.replace("return a + b", f"return a + b if a + b != {crash_at} else 1 // 0")

    def reply(request: Request) -> Reply:
        return crashing if "Add the numbers" in request.messages[-1].content else any_reply(request)

    run = await run_of(
        tmp_path, lambda bench: compiled.study(bench, [SUMS, DIFFERENCES], compiled.Options()), models=scripted(reply)
    )
    sums = run["data"]["tasks"][0]
    assert sums["outcome"] == "made"
    assert sums["crashed"] == TEST - sums["coverage"]["hits"] > 0
    assert sums["precision"]["value"] == 1.0


async def test_the_papers_experiment_puts_all_systems_side_by_side(tmp_path: Path) -> None:
    options = paper.Options(trials=2, sample=3)
    run = await run_of(tmp_path, lambda bench: paper.study(bench, SIX, options), models=scripted(light=True))
    systems = {(one["system"], one["task"]): one for one in run["data"]["systems"]}
    names = {system for system, _ in systems}
    assert names == {
        "compiled tools",
        *(f"{way}, {role} model" for way in ("paper protocol", "direct") for role in ("strong", "light")),
    }
    assert systems["direct, light model", "word_sorting"]["of"] == 3
    assert systems["compiled tools", "word_sorting"]["of"] == 240
    assert run["measures"]["made, compiled"] == 0
    assert run["measures"]["made, paper"] == 12
    [accuracy] = [table for table in run["tables"] if table["title"] == "Accuracy"]
    assert accuracy["columns"][1].startswith("published")
    assert [row[0] for row in accuracy["rows"]][-1] == "crashed"


async def test_the_papers_experiment_on_ones_own_tasks_has_no_published_figures(tmp_path: Path) -> None:
    options = paper.Options(trials=1, sample=2)
    run = await run_of(tmp_path, lambda bench: paper.study(bench, [SUMS, DIFFERENCES], options), models=scripted())
    assert run["title"].endswith("2 tasks of the user's own")
    assert run["measures"]["accuracy, compiled tools"] == 1.0
    [accuracy] = [table for table in run["tables"] if table["title"] == "Accuracy"]
    assert [row[1] for row in accuracy["rows"][:2]] == ["–", "–"]


async def test_what_was_recorded_is_replayed_to_the_same_figures(tmp_path: Path) -> None:
    options = paper.Options(trials=2, sample=1)
    body = Study("paper", {}, lambda bench: paper.study(bench, SIX, options))
    file = tmp_path / "recording.jsonl"
    first, _ = await conduct(body, QUICK, tmp_path / "asked", models=recorded(file))
    replaying = QUICK.model_copy(update={"replay": file, "maker": "strong", "user": "light"})
    second, _ = await conduct(body, replaying, tmp_path / "replayed")
    assert [first["measures"], first["tables"]] == [second["measures"], second["tables"]]
    calls = {one["replayed"]: one["calls"] for one in second["provenance"]["completions"]}
    assert calls.keys() == {True}


async def test_no_damage_lets_a_bad_tool_through(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [damage for damage in hostile() if damage.name.startswith(("patch_", "state_", "exit_"))]
    quick = [damage for damage in MEANINGS if damage.name not in {"computes too long", "fills the memory"}]
    monkeypatch.setattr(stress, "hostile", lambda: iter(some[::8]))
    monkeypatch.setattr(stress, "MEANINGS", quick)
    run = await run_of(
        tmp_path / "stress",
        lambda bench: stress.study(bench, [SUMS], stress.Options(tools, mutations=0)),
        models=scripted(),
    )
    samples = run["data"]["samples"]
    assert run["measures"]["hung"] == 0
    assert run["measures"]["failures without a cause"] == 0
    bad = {sample["damage"] for sample in samples if stress_bad(sample)}
    assert not bad
    assert {s["outcome"] for s in samples if s["family"] == "undamaged"} == {"made"}
    assert all(s["outcome"] == "made" for s in samples if s["family"] == "form" and s["script"] == "corrected")


def stress_bad(sample: dict[str, Any]) -> bool:
    return bool(sample["judged"] and (sample["judged"]["wrong"] or sample["judged"]["foreign_wrong"]))


async def test_in_a_stream_tools_come_into_service_and_cover_their_tasks(tmp_path: Path, tools: Path) -> None:
    run = await run_of(
        tmp_path / "stream", lambda bench: stream.study(bench, SOURCES, stream.Options(tools)), models=scripted()
    )
    assert run["measures"]["questions"] == 3 * TEST
    assert run["measures"]["hit rate once tools stand"] == 1.0
    assert run["measures"]["wrong, all questions since the first change"] is None


def taken_instead(item: Instance) -> Instance:
    """The same numbers, to be taken from each other."""
    a, b = (int(word.strip(".")) for word in item.question.split() if word.strip(".").isdigit())
    return replace(item, question=difference_question(a, b), answer=str(b - a))


@pytest.mark.parametrize(("models", "made"), [(scripted, 1), (lambda: Models(None, None, None, None, Meter()), 0)])
async def test_a_task_that_changes_its_meaning_is_left_alone_until_it_has_a_tool_of_its_own(
    tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch, models: Callable[[], Models], made: int
) -> None:
    monkeypatch.setattr(stream, "CHANGES", (Change("sums", "meaning", taken_instead),))
    few = QUICK.model_copy(update={"block": 2})
    body = Study("test", {}, lambda bench: stream.study(bench, [SUMS, TASTE], stream.Options(tools)))
    run, _ = await conduct(body, few, tmp_path / "stream", models=models())
    assert run["measures"]["tools made for changed tasks"] == made
    assert run["measures"]["wrong, changed questions"] == 0.0
    [changes] = [table for table in run["tables"] if table["title"] == "The changes"]
    before, after = changes["rows"]
    assert (before[3][:5], after[3].startswith("0.0 %")) == ("100.0", not made)


async def test_known_tasks_are_dispatched_to_their_tools_and_new_ones_to_none(tmp_path: Path, tools: Path) -> None:
    options = dispatch.Options(tools, rounds=2, per_task=8, asked=1)
    run = await run_of(tmp_path / "dispatch", lambda bench: dispatch.study(bench, SOURCES, options), models=scripted())
    assert run["measures"]["right tool, local"] == 1.0
    assert run["measures"]["new answered by a tool"] == 0.0
    assert run["data"]["local"]["near_answered"]["hits"] == 0
    assert {"local", "wording alone", "n-gram TF-IDF", "model"} == run["data"].keys()


@pytest.mark.parametrize(("strict", "made"), [(True, 0), (False, 2)])
async def test_a_sweep_lets_a_fresh_answer_decide_where_gold_may_be_doubted(
    tmp_path: Path, strict: bool, made: int
) -> None:
    right = list(SUMS.instances())
    mislabelled = replace(SUMS, load=lambda: [replace(right[0], answer="1"), *right[1:]])

    def reply(request: Request) -> Reply:
        return f"Answer: {right[0].answer}" if request.purpose == "direct" else any_reply(request)

    doubting = QUICK.model_copy(update={"gold_is_strict": strict, "examples_shown": 2})
    options = sweep.Options("tries", ("1",), trials=2)
    body = Study("sweep", {}, lambda bench: sweep.study(bench, [mislabelled, DIFFERENCES], options))
    run, _ = await conduct(body, doubting, tmp_path, models=scripted(reply))
    by_task = run["data"][0]["by_task"]
    assert by_task["sums"]["made"] == made
    assert by_task["differences"]["quality"]["right"] == 2 * (COUNT - 20)


@pytest.mark.parametrize(
    ("axis", "values", "labels"),
    [
        ("temperature", (), ["0", "0.3", "0.7", "1"]),
        ("demonstrations", ("1", "10"), ["1", "10"]),
        ("tries", ("1",), ["1"]),
    ],
)
async def test_a_sweep_makes_tools_at_every_point(
    tmp_path: Path, axis: str, values: tuple[str, ...], labels: list[str]
) -> None:
    options = sweep.Options(axis, values, trials=2)
    run = await run_of(tmp_path, lambda bench: sweep.study(bench, [SUMS, DIFFERENCES], options), models=scripted())
    assert [point["label"] for point in run["data"]] == labels
    assert all(point["success"]["value"] == point["accuracy"]["value"] == 1.0 for point in run["data"])


@pytest.mark.parametrize(
    ("axis", "values", "error"),
    [("makers", (), SettingsError), ("pairs", ("one",), SettingsError), ("demonstrations", ("11",), SettingsError),
     ("granularity", (), InputError)],
)  # fmt: skip
async def test_an_axis_that_cannot_be_swept_says_so(
    tmp_path: Path, axis: str, values: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await run_of(
            tmp_path,
            lambda bench: sweep.study(bench, [SUMS], sweep.Options(axis, values)),
            models=scripted(),
        )


async def test_tools_for_several_sizes_are_compared_with_one_for_all(tmp_path: Path) -> None:
    other = source("more sums", sum_question, lambda a, b: str(a + b))
    sizes = [replace(SUMS, name="sums_three_objects"), replace(other, name="sums_five_objects")]
    run = await run_of(
        tmp_path,
        lambda bench: sweep.study(bench, sizes, sweep.Options("granularity", trials=1)),
        models=scripted(),
    )
    assert [point["label"] for point in run["data"]] == [
        "one tool each", "one tool each, tried on all sizes", "one tool for all",
    ]  # fmt: skip
    assert run["data"][2]["by_task"].keys() == {"sums"}


def test_tools_are_different_by_their_code_not_by_its_layout() -> None:
    def made(source: str) -> Made:
        tool = {"source": source, "task": "t", "version": 1, "demonstrations": [], "kind": "compiled"}
        usage = {"calls": 1, "input_tokens": 0, "output_tokens": 0, "cost": None}
        return Made.of({"tool": tool, "outcome": "made", "reason": "", "attempts": [], "caught": {}, "usage": usage,
                        "seconds": 0.0})  # fmt: skip

    assert sweep.difference([made("x = 1  # one"), made("x  =  1")]) == 0.0
    assert sweep.difference([made("x = 1"), made("y = 2")]) == 1.0
    assert sweep.difference([made("x = 1")]) is None


async def test_without_tools_a_study_of_tools_says_what_to_do(tmp_path: Path) -> None:
    async def body(bench: Bench) -> Any:
        return await stress.study(bench, SOURCES, stress.Options(tmp_path / "nowhere", mutations=0))

    with pytest.raises(InputError, match="holds no tools"):
        await run_of(tmp_path, body, models=scripted())
