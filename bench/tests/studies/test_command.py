"""`latm bench` as it is typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from latm.cli import main

STUDIES = ("adaptation", "compiled", "paper", "dispatch", "stress", "stream", "sweep")


def bench(*words: str) -> Result:
    return CliRunner().invoke(main, ["bench", *words], catch_exceptions=False)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with a recording that holds nothing, of tasks for which nothing is asked."""
    folder = tmp_path / "run"
    items = [{"input": f"Is {n} red?", "target": "no"} for n in range(30)]
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "red.json").write_text(json.dumps({"examples": items}))
    (tmp_path / "recording.jsonl").write_text('{"latm_recording": 1}\n')
    result = bench(
        *("compiled", "--data", str(tmp_path / "tasks"), "--replay", str(tmp_path / "recording.jsonl")),
        *("--out", str(folder)),
    )
    assert result.exit_code == 4
    assert "The recording has no completion for this 'propose' request" in result.stderr
    return folder


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_explains_itself(study: str) -> None:
    result = bench(study, "--help")
    assert result.exit_code == 0
    assert {"--tasks", "--out", "--restart", "--json", "--replay", "--budget-tokens"} <= set(
        result.output.replace(",", " ").split()
    )


@pytest.mark.parametrize("study", [["compiled"], ["paper"], ["sweep", "tries"]])
def test_a_file_of_ones_own_is_a_task(study: list[str], tmp_path: Path) -> None:
    file, recording = tmp_path / "red.jsonl", tmp_path / "recording.jsonl"
    file.write_text("".join(f'{{"question": "Is {n} red?", "answer": "no"}}\n' for n in range(30)))
    recording.write_text('{"latm_recording": 1}\n')
    result = bench(*study, "--tasks", str(file), "--replay", str(recording), "--out", str(tmp_path / "run"))
    assert result.exit_code == 4
    assert "The recording has no completion for this 'propose' request" in result.stderr


@pytest.mark.parametrize("study", ["compiled", "dispatch", "stress", "stream"])
def test_a_study_without_tasks_says_how_to_name_some(study: str, tmp_path: Path) -> None:
    extra = [] if study == "compiled" else ["--tools", str(tmp_path)]
    result = bench(study, *extra)
    assert result.exit_code == 2
    assert "Give --data FOLDER, --tasks FILE, --generated or --installed." in result.stderr


def test_a_run_that_failed_is_not_listed(run: Path) -> None:
    assert bench("view", str(run)).output.strip() == "There are no runs."


def test_without_runs_there_is_nothing_to_list(tmp_path: Path) -> None:
    assert bench("view", str(tmp_path)).output.strip() == "There are no runs."
