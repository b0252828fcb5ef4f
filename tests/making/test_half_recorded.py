"""Half tools that a real model wrote and read for, replayed from the recording: nothing is asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("kind", ["last day to return", "refund"])
def test_a_light_model_and_a_tool_say_what_the_strong_model_says(kind: str) -> None:
    command = [sys.executable, str(BENCHMARKS / "freetext_half.py"), "--only", kind]
    [row] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["rows"]  # noqa: S603  # our own script
    assert (row["outcome"], row["tool"], row["caught"]) == ("made", "half", {})
    assert [(row[who]["answered"], row[who]["right"]) for who in ("half", "strong")] == [(5, 5), (5, 5)]
    # It takes more tokens than a direct answer, of a model that is to be cheaper: the docs say so.
    assert row["half"]["tokens_sent"] > row["strong"]["tokens_sent"]
