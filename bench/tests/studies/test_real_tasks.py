"""Tools that a real model made for real tasks, from the recording: what they cover, and whether they are right."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from latm.cli import main

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("LATM_DATA", ROOT.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not (DATA / "bbh").is_dir(), reason=f"no task data in {DATA}; set LATM_DATA to its folder"
)


@pytest.fixture(scope="module")
def measures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    words = ["bench", "compiled", "--json", "--data", str(DATA / "bbh"), "--baseline", str(DATA / "bbh_cot")]
    words += ["--replay", str(ROOT / "benchmarks" / "recordings" / "compiled.jsonl")]
    words += ["--out", str(tmp_path_factory.mktemp("run"))]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)["measures"]
    return found


@needs_data
@pytest.mark.parametrize(
    ("measure", "least"),
    [
        pytest.param("coverage", 0.95, id="questions of program-solvable tasks answered with no model"),
        pytest.param("precision", 0.995, id="right answers among them"),
        pytest.param("own task", 0.995, id="routed questions that went to the right task"),
        pytest.param("tools made", 15, id="tools for the program-solvable tasks"),
        pytest.param("untoolable left alone", 2, id="tasks that need judgement"),
    ],
)
def test_real_tasks_reach_what_is_promised(measures: dict[str, Any], measure: str, least: float) -> None:
    assert measures[measure] >= least
