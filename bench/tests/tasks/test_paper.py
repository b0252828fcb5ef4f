"""The paper's six tasks, generated and in BIG-bench's own files."""

import os
from pathlib import Path

import pytest

from latm.reading.reading import read
from latm.task import Instance
from latm_bench.tasks.paper import PAPER_TASKS, paper_tasks, without_spaces
from latm_bench.tasks.registry import known_tasks
from latm_bench.tasks.sources import Origin
from latm_bench.tasks.splits import paper_split

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("LATM_DATA", ROOT.parent / "shared" / "data"))
BBH = DATA / "bbh"

needs_bbh = pytest.mark.skipif(
    not BBH.is_dir(), reason=f"there is no folder {BBH}: set LATM_DATA to the folder that holds bbh/"
)
SIX = {task.name for task in PAPER_TASKS}


def test_without_a_folder_all_six_are_generated() -> None:
    tasks = list(paper_tasks())

    assert {task.name for task in tasks} == SIX
    assert {task.origin for task in tasks} == {Origin.GENERATOR}
    assert all(len(paper_split(task.instances()).test) == 240 for task in tasks)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Close it. Input: ( [ <", "Close it. Input: ([<"),
        ("Close it. Input:  (  ", "Close it. Input: ("),
        ("No sequence here", "No sequence here"),
    ],
)
def test_the_transform_removes_spaces_inside_the_sequence_only(question: str, expected: str) -> None:
    assert without_spaces(Instance(question)).question == expected


def test_the_transform_removes_spaces_inside_the_target() -> None:
    assert without_spaces(Instance("Input: ( [", answer="] )")).answer == "])"


@needs_bbh
def test_every_published_task_is_read_without_a_malformed_record() -> None:
    paths = sorted(BBH.glob("*.json"))

    assert len(paths) == 18
    for path in paths:
        items = list(read(path, strict=True))
        assert len(items) >= 100, path.name
        assert all(item.answer for item in items), path.name
        assert [item.id for item in items] == [str(number) for number in range(1, len(items) + 1)]


@needs_bbh
def test_the_published_tasks_stand_beside_the_generated_ones() -> None:
    registry = known_tasks(BBH)

    assert registry.find("word_sorting").origin is Origin.FILE
    assert registry.find("generated/word_sorting").origin is Origin.GENERATOR


@needs_bbh
def test_five_of_the_six_are_the_published_ones_and_meetings_are_generated() -> None:
    tasks = paper_tasks(BBH)

    assert {task.name for task in tasks} == SIX
    assert {task.name for task in tasks if task.origin is Origin.GENERATOR} == {"meeting_scheduling"}
    assert all(len(paper_split(task.instances()).test) == 240 for task in tasks)


@needs_bbh
def test_spaces_are_removed_in_the_papers_dyck_languages_and_nowhere_else() -> None:
    ours = list(paper_tasks(BBH).find("dyck_languages").instances())
    published = list(known_tasks(BBH).find("dyck_languages").instances())

    assert any(" " in (item.answer or "") for item in published)
    assert not any(" " in (item.answer or "") for item in ours)
    assert not any(" " in item.question.partition("Input: ")[2] for item in ours)
    assert [item.question.replace(" ", "") for item in ours] == [item.question.replace(" ", "") for item in published]
