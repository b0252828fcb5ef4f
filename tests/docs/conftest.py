"""A folder like that of a reader of the pages."""

import os
import shutil
from pathlib import Path

import pytest
from doc_pages import ROOT


@pytest.fixture
def beside_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A current folder with the tutorial's files, a fresh tool cache, and no other setting."""
    (tmp_path / "docs").mkdir()
    for file in (ROOT / "docs").glob("tutorial-*.jsonl"):
        shutil.copy(file, tmp_path / "docs")
    for name in [name for name in os.environ if name.startswith("LATM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LATM_STORE", "sqlite:///tutorial.db")
    monkeypatch.chdir(tmp_path)
