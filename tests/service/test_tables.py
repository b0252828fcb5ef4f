"""A column of questions in, columns of answers out, in a table of the kind that came."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from latm import Latm, Settings
from latm.errors import InputError
from served import promote, url_of
from toy import sum_question

TEXTS = [sum_question(1, 2), None, sum_question(3, 4), "Who wrote Faust?"]
ANSWERS = ["3", None, "7", None]
ROUTES = ["tool", None, "tool", "failed"]

MAKE: dict[str, Callable[[dict[str, list[Any]]], Any]] = {"pandas": pd.DataFrame, "polars": pl.DataFrame}
VALUES: dict[str, Callable[[Any, str], list[Any]]] = {
    "pandas": lambda frame, name: [None if pd.isna(value) else value for value in frame[name]],
    "polars": lambda frame, name: frame[name].to_list(),
}


@pytest.fixture(scope="module")
def latm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Latm]:
    url = url_of(tmp_path_factory.mktemp("store"))
    promote(url, "sums")
    with Latm(Settings(store=url)) as latm:
        yield latm


@pytest.mark.parametrize("kind", MAKE)
def test_a_frame_comes_back_with_its_answers(latm: Latm, kind: str) -> None:
    frame = MAKE[kind]({"text": TEXTS, "n": [1, 2, 3, 4]})
    answered = latm.map(frame, "text", progress=False)
    assert type(answered) is type(frame)
    assert list(frame.columns) == ["text", "n"]
    assert list(answered.columns) == ["text", "n", "answer", "route", "task", "tool", "cost"]
    assert VALUES[kind](answered, "answer") == ANSWERS
    assert VALUES[kind](answered, "route") == ROUTES
    assert VALUES[kind](answered, "task") == ["sums", None, "sums", None]
    assert VALUES[kind](answered, "cost") == [0.0, None, 0.0, 0.0]


@pytest.mark.parametrize("kind", MAKE)
def test_an_empty_frame_gets_the_columns_too(latm: Latm, kind: str) -> None:
    answered = latm.map(MAKE[kind]({"question": []}), prefix="latm_")
    assert list(answered.columns)[1:] == ["latm_answer", "latm_route", "latm_task", "latm_tool", "latm_cost"]
    assert len(answered) == 0


def test_rows_keep_their_index(latm: Latm) -> None:
    frame = pd.DataFrame({"question": TEXTS}, index=["a", "b", "c", "d"])
    assert latm.map(frame, progress=False)["answer"].dropna().to_dict() == {"a": "3", "c": "7"}


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "no such column": (pd.DataFrame({"text": []}), {}, r"no column 'question'. It has 'text'."),
    "a column that is there": (pl.DataFrame({"question": [], "task": []}), {}, "has a column 'task' already"),
    "numbers": (pd.DataFrame({"question": [1, 2]}), {}, "Row 0 of the column 'question' is not a text: 1."),
    "a list": (["Who?"], {}, "this is a list"),
    "a lazy frame": (pl.LazyFrame({"question": ["Who?"]}), {}, "this is a LazyFrame. Collect what is lazy"),
    "a series": (pd.Series(["Who?"]), {}, "this is a Series"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_no_table_of_questions_is_refused_in_one_sentence(latm: Latm, wrong: str) -> None:
    table, given, said = REFUSED[wrong]
    with pytest.raises(InputError, match=said):
        latm.map(table, **given)


def test_a_dataset_of_hugging_face_comes_back_as_one(latm: Latm, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is heavy: install it to see this")
    dataset = datasets.Dataset.from_dict({"question": TEXTS}).save_to_disk(tmp_path / "set")
    dataset = datasets.load_from_disk(tmp_path / "set")
    answered = latm.map(dataset, progress=False)
    assert type(answered) is datasets.Dataset
    assert list(answered["answer"]) == ANSWERS
    assert dataset.column_names == ["question"]
