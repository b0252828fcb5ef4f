"""`latm demo`: recorded once from a stand-in, then replayed; all but the completions happens for real."""

import json
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result
from local_endpoint import serving
from rich.console import Console
from stand_in import QUESTIONS as FEW
from stand_in import SEED as STAND_IN_SEED
from stand_in import models

from latm.cli import main
from latm.demo.main import Choices, run_demo
from latm.demo.settings import DemoSettings
from latm.demo.streams import SEED, Stream
from latm.demo.summary import Summary
from latm.models.recording import RecordingFile, load_recording
from latm.settings import Settings

NO_PROGRAM = {"customer_tone", "one_off"}
BARE = ("--stream", "bare", "--seed", str(STAND_IN_SEED))
STREAM = (*BARE, "--questions", str(FEW))

Invoke = Callable[..., Result]


def record(folder: Path) -> Summary:
    choices = Choices(stream=Stream.BARE, questions=FEW, seed=STAND_IN_SEED, html=folder / "page.html")
    recorder = RecordingFile(folder / "recording.jsonl")
    return anyio.run(lambda: run_demo(choices, Console(quiet=True), models=models(recorder)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded")


@pytest.fixture(scope="module")
def recorded(folder: Path) -> Summary:
    return record(folder)


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["demo", *map(str, arguments)])


def test_kinds_that_a_program_can_do_get_tools_and_the_others_none(recorded: Summary) -> None:
    kinds = recorded.score.kinds
    assert {kind for kind, tally in kinds.items() if tally.by_tool} == {"word_sorting", "unit_conversion"}
    assert all(kinds[kind].coverage == kinds[kind].precision == 1.0 for kind in ("word_sorting", "unit_conversion"))
    assert kinds["customer_tone"].coverage is None


def test_model_calls_are_those_of_direct_answers_and_makings_and_none_of_tools(recorded: Summary) -> None:
    course = recorded.course
    answering = sum(answer.usage.calls for answer in course.answers)
    making = sum(at.making.usage.calls for at in course.makings)
    assert course.usage.calls == answering + making == sum(course.calls.values())


def test_the_help_defines_every_key_of_the_object(recorded: Summary, demo: Invoke) -> None:
    said = recorded.to_json()
    defined = {line.split()[0] for line in demo("--help").stdout.splitlines() if line.startswith("    ")}
    assert said.keys() | said["tasks"][0].keys() | said["saving"].keys() <= defined


def test_a_replay_of_the_recording_gives_the_same_run(recorded: Summary, folder: Path, demo: Invoke) -> None:
    done = demo("--json", "--replay", folder / "recording.jsonl", *STREAM)
    assert done.exit_code == 0, done.stderr
    replayed, original = json.loads(done.stdout), recorded.to_json()
    assert replayed["replayed"]["completions"] == original["model_calls"] == replayed["model_calls"]
    assert replayed["replayed"]["models"] == ["stand-in"]
    assert {**replayed, "replayed": None, "seconds": 0} == {**original, "seconds": 0}


def test_two_runs_ask_exactly_the_same_requests(recorded: Summary, folder: Path, tmp_path: Path) -> None:
    record(tmp_path)
    first, second = (
        {(entry.key, entry.occurrence) for entry in load_recording(at / "recording.jsonl").entries}
        for at in (folder, tmp_path)
    )
    assert first == second
    assert len(first) == recorded.course.usage.calls


def test_a_person_gets_a_table_the_saving_and_what_was_replayed(
    recorded: Summary, folder: Path, demo: Invoke, tmp_path: Path
) -> None:
    done = demo("--replay", folder / "recording.jsonl", "--price-as", "openai:gpt-4o", *STREAM)
    said = " ".join(done.stdout.split())
    assert done.exit_code == 0, done.stderr
    assert all(kind[:12] in said for kind in recorded.score.kinds)
    assert "Replayed: all that a language model says" in said
    assert "recording of stand-in" in said
    assert "Saved:" in said
    assert "At the list price of openai:gpt-4o" in said
    assert (tmp_path / "latm-demo.html").read_text().count('<figure class="plot">') == 2


def test_a_request_that_was_not_recorded_fails_loudly(recorded: Summary, folder: Path, demo: Invoke) -> None:
    assert recorded.course.answers
    done = demo("--replay", folder / "recording.jsonl", *STREAM, "--seed", STAND_IN_SEED + 1)
    assert done.exit_code == 4
    assert "The recording has no completion" in done.stderr
    assert "record again with --record" in done.stderr


def test_a_recording_goes_through_the_real_client_and_can_be_replayed(demo: Invoke, tmp_path: Path) -> None:
    few = (*BARE, "--questions", 28)
    with serving() as url:
        done = demo("--record", tmp_path / "new.jsonl", "--maker", f"strong@{url}", "--user", f"light@{url}", *few)
    assert done.exit_code == 0, done.stderr
    assert "Completions are recorded in" in done.stdout
    again = json.loads(demo("--json", "--replay", tmp_path / "new.jsonl", *few).stdout)
    assert (again["replayed"]["completions"], again["replayed"]["models"]) == (28, [f"strong@{url}"])


def test_an_endpoint_that_cannot_answer_leaves_no_gap_in_a_recording(demo: Invoke, tmp_path: Path) -> None:
    with serving() as url:
        pass
    done = demo("--record", tmp_path / "new.jsonl", "--maker", f"strong@{url}", "--timeout", "1", "--questions", 2)
    assert done.exit_code == 4
    assert load_recording(tmp_path / "new.jsonl").entries == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--record", "new.jsonl"], "--record needs a model"),
        (["--maker", "openai:gpt-5"], "A model is named, but all is replayed"),
        (["--price-as", "openai:no-such-model"], "no known list price"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(demo: Invoke, arguments: list[str], sentence: str) -> None:
    done = demo(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_neither_environment_nor_a_settings_file_changes_what_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latm.toml").write_text("block = 3\n")
    monkeypatch.setenv("LATM_SHORTLIST", "1")
    plain, defaults = DemoSettings(store="sqlite:///x"), Settings.model_fields
    assert (plain.block, plain.shortlist) == (defaults["block"].default, defaults["shortlist"].default)


@pytest.mark.parametrize(("stream", "by_tool", "saved"), [(Stream.BARE, 0.95, 0.6), (Stream.EVERYDAY, 0.9, 0.1)])
def test_the_demo_that_ships_keeps_its_promise(demo: Invoke, stream: Stream, by_tool: float, saved: float) -> None:
    """Its tools are a real model's."""
    done = demo("--json", "--stream", stream)
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    kinds = {kind["name"]: kind for kind in said["kinds"]}
    assert (said["questions"], said["right"], said["seed"]) == (stream.length, stream.length, SEED)
    assert said["replayed"]["completions"] == said["model_calls"]
    assert said["by_tool_after"] >= by_tool * said["after_tool"]
    assert all((kind["by_tool"] > 0) is (name not in NO_PROGRAM) for name, kind in kinds.items())
    assert not any("one_off" in task["kinds"] for task in said["tasks"] if task["name"] != "(no task)")
    assert said["saving"]["saved_share_estimated"] >= saved


def test_without_flags_the_everyday_stream_is_asked() -> None:
    assert Choices().stream is Stream.EVERYDAY


def test_what_a_run_uses_of_a_recording_can_be_copied(folder: Path, recorded: Summary, demo: Invoke) -> None:
    whole, copy = folder / "recording.jsonl", folder / "copy.jsonl"
    done = demo("--replay", whole, "--record", copy, *BARE, "--questions", 28)
    assert done.exit_code == 0, done.stderr
    entries, copied = load_recording(whole).entries, load_recording(copy).entries
    assert 0 < len(copied) < len(entries) == recorded.course.usage.calls
    assert all(entry in entries for entry in copied)
