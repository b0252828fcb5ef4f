"""Replies that a real model gave, reasoning first: they say the same as the label exactly where they end with it."""

import json
import os
import re
from pathlib import Path

import pytest

from latm.form import find_form

DATA = Path(os.environ.get("LATM_DATA", Path(__file__).parents[3] / "shared" / "data")) / "bbh_cot"
SHOWN, JUDGED = 24, 120


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no recorded answers in {DATA}; set LATM_DATA to the folder above it")
@pytest.mark.parametrize(
    "task", ["boolean_expressions", "date_understanding", "dyck_languages", "object_counting", "snarks", "word_sorting"]
)
def test_a_reply_with_reasoning_says_what_it_ends_with(task: str) -> None:
    lines = map(json.loads, (DATA / f"{task}.jsonl").read_text(encoding="utf-8").splitlines())
    rows = [row for row in lines if "completion" in row]
    form = find_form([row["completion"] for row in rows[:SHOWN]])
    misjudged = [
        row["completion"]
        for row in rows[SHOWN : SHOWN + JUDGED]
        if form.same(row["completion"], row["target"]) is not _ends_with(row["completion"], row["target"])
    ]
    assert misjudged == []


def _ends_with(reply: str, label: str) -> bool:
    said = re.search(r"So the answer is (.*?)\.?\s*\Z", reply)
    return said is not None and "".join(said[1].split()) == "".join(label.split())
