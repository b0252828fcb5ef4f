"""Named tasks are found, whatever kind of source they have."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from latm.errors import InputError, NotFoundError
from latm.task import Instance
from latm_bench.tasks import sources
from latm_bench.tasks.generators import KINDS, VARIANTS, find_kind
from latm_bench.tasks.registry import Registry, known_tasks
from latm_bench.tasks.sources import (
    Origin,
    TaskSource,
    from_file,
    from_folder,
    from_generator,
    from_hugging_face,
    from_packages,
)


def source(name: str, *instances: Instance) -> TaskSource:
    return TaskSource(name, Origin.FILE, lambda: instances)


OFFERED_ONE = source("offered")
OFFERED_MORE = [source("offered"), source("offered too")]


def offer_one() -> TaskSource:
    return OFFERED_ONE


def offer_more() -> Iterator[TaskSource]:
    yield from OFFERED_MORE


def offer_nonsense() -> list[str]:
    return ["offered"]


def offer_failure() -> TaskSource:
    raise ZeroDivisionError("broken")


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make installed packages offer one entry point."""

    def offering(value: str) -> None:
        points = EntryPoints([EntryPoint("theirs", f"{__name__}:{value}", sources.ENTRY_POINTS)])
        monkeypatch.setattr(sources, "entry_points", lambda group: points.select(group=group))

    return offering


def test_items_carry_the_name_of_their_task() -> None:
    named = source("ours", Instance("x", id="1", answer="4", task="theirs"))

    assert list(named.instances()) == [Instance("x", id="1", answer="4", task="ours")]


def test_a_folder_gives_one_task_a_file(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"question": "x", "answer": "4"}\n')
    (tmp_path / "a.json").write_text('{"examples": [{"input": "y", "target": "5"}]}')
    (tmp_path / "LICENSE").write_text("MIT")

    found = from_folder(tmp_path, licence="MIT")

    assert [(task.name, task.origin, task.licence) for task in found] == [("a", "file", "MIT"), ("b", "file", "MIT")]
    assert [item.question for task in found for item in task.instances()] == ["y", "x"]


def test_a_task_file_with_a_malformed_line_is_not_scored_without_it(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text('{"question": "x", "answer": "4"}\nbroken\n')

    with pytest.raises(InputError, match="line 2"):
        list(from_file(path).instances())


@pytest.mark.parametrize(("name", "message"), [("missing", "There is no folder"), ("empty", "holds no task files")])
def test_a_folder_without_tasks_is_one_clear_error(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputError, match=message) as caught:
        from_folder(tmp_path / name)
    assert caught.value.hint


def test_a_generated_task_is_the_same_each_time() -> None:
    task = from_generator(find_kind("word_sorting"), seed=3, count=20)

    assert task.name == "generated/word_sorting"
    assert [item.id for item in task.instances()] == [str(number) for number in range(1, 21)]
    assert list(task.instances()) == list(task.instances())


def test_a_hugging_face_dataset_is_streamed_under_its_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load_dataset(*args: object, **options: object) -> list[dict[str, object]]:
        asked.append((args, options))
        return [{"input": "x", "target": 4}]

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    task = from_hugging_face("someone/sums", config="small", split="train", columns=("input", "target"))

    assert asked == []
    assert list(task.instances()) == [Instance("x", id="1", answer="4", task="sums")]
    assert asked == [(("someone/sums", "small"), {"split": "train", "streaming": True})]


def test_a_hugging_face_dataset_without_the_column_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    library = SimpleNamespace(load_dataset=lambda *_args, **_options: [{"input": "x", "target": 4}])
    monkeypatch.setitem(sys.modules, "datasets", library)

    with pytest.raises(InputError, match="no column 'question'") as caught:
        list(from_hugging_face("someone/sums").instances())
    assert "input, target" in caught.value.hint


def test_a_hugging_face_dataset_that_is_not_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(*_args: object, **_options: object) -> object:
        raise FileNotFoundError("no such dataset")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))

    with pytest.raises(InputError, match="someone/sums cannot be loaded: no such dataset"):
        list(from_hugging_face("someone/sums").instances())


def test_without_the_hugging_face_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)

    with pytest.raises(InputError, match="not installed") as caught:
        list(from_hugging_face("someone/sums").instances())
    assert "pip install datasets" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("OFFERED_ONE", ["offered"]),
        ("OFFERED_MORE", ["offered", "offered too"]),
        ("offer_one", ["offered"]),
        ("offer_more", ["offered", "offered too"]),
    ],
)
def test_other_packages_offer_tasks_by_entry_points(offer: Any, value: str, names: list[str]) -> None:
    offer(value)

    assert [task.name for task in from_packages()] == names
    assert known_tasks().find("offered").name == "offered"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("offer_failure", "theirs = .*offer_failure cannot be loaded: broken"),
        ("offer_nonsense", "is not a TaskSource"),
        ("missing", "cannot be loaded"),
    ],
)
def test_an_entry_point_that_is_broken_is_named(offer: Any, value: str, message: str) -> None:
    offer(value)

    with pytest.raises(InputError, match=message) as caught:
        from_packages()
    assert caught.value.hint


def test_known_tasks_are_those_of_the_folder_and_the_generated_ones(tmp_path: Path) -> None:
    (tmp_path / "word_sorting.jsonl").write_text('{"question": "x", "answer": "4"}\n')

    names = [task.name for task in known_tasks(tmp_path)]

    assert names == ["word_sorting", *(f"generated/{kind.name}" for kind in (*KINDS, *VARIANTS))]


def test_two_tasks_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="Two tasks are named same"):
        Registry([source("same"), source("same")])


@pytest.mark.parametrize(
    ("asked", "hint"), [("word_sortin", "Known are word_sorting."), ("sudoku", "Known are word_sorting, dates.")]
)
def test_an_unknown_name_is_answered_with_those_that_come_near(asked: str, hint: str) -> None:
    registry = Registry([source("word_sorting"), source("dates")])

    assert len(registry) == 2
    with pytest.raises(NotFoundError, match=f"no task named {asked}") as caught:
        registry.find(asked)
    assert caught.value.hint == hint
