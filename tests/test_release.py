"""What is released can be built again, byte for byte."""

from pathlib import Path

import pytest
from release import built

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a release is built from a commit")
def test_two_builds_of_one_commit_are_equal(tmp_path: Path) -> None:
    first, second = built(tmp_path / "first"), built(tmp_path / "second")
    assert len(first) == 4
    assert first == second
