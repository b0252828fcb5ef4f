"""The output of a batch: whatever a kill leaves of it, each answer stands in it exactly once in the end."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latm.answer import Answer, Route
from latm.batch.line import JsonLines, Line, line_of
from latm.batch.output import Failed, Output, move_aside
from latm.errors import InputError, StoreFullError
from latm.task import Instance

TEXTS = st.text(max_size=20)
INSTANCES = st.lists(st.builds(Instance, question=TEXTS, id=TEXTS, answer=st.none() | TEXTS), max_size=6)
QUESTIONS = [Instance(f"Question {n}?\nReally?", str(n), answer=f"é {n}") for n in range(4)]


def answered(instance: Instance, text: str = "yes") -> Line:
    return line_of(Answer(instance.question, text, Route.DIRECT, id=instance.id), instance)


def write(path: Path, instances: list[Instance]) -> None:
    with Output(path) as output:
        output.append([answered(instance) for instance in instances])


def finish(path: Path, instances: list[Instance]) -> tuple[list[Line], int]:
    """What the output had of these questions, and how many were still to be answered; answers them."""
    seen: list[Line] = []
    with Output(path) as output:
        left = list(output.resume(instances, seen.append))
        output.append([answered(instance) for instance in left])
    return seen, len(left)


def fresh(path: Path) -> Path:
    path.unlink(missing_ok=True)
    return path


@given(instances=INSTANCES, cut=st.integers(min_value=0), text=TEXTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cut_at_any_byte_it_resumes_with_each_line_once(
    tmp_path: Path, instances: list[Instance], cut: int, text: str
) -> None:
    path = fresh(tmp_path / "out.jsonl")
    whole = b"".join(JsonLines().encoded(answered(instance, text)) for instance in instances)
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    seen, left = finish(path, instances)
    assert len(seen) + left == len(instances)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [(line["id"], line["question"]) for line in lines] == [(one.id, one.question) for one in instances]


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_new_answers_take_the_places_of_lines_that_failed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    failed = {1, 3}
    lines = [answered(one) | ({"route": "failed"} if n in failed else {}) for n, one in enumerate(QUESTIONS)]
    with Output(path) as output:
        list(output.resume(QUESTIONS, print))
        output.append(lines)
    found: list[Failed] = []
    with Output(path) as output, output.beside() as beside:
        list(output.resume(QUESTIONS, print, found))
        asked = [old.instance for old in found]
        left = list(beside.resume(asked, print))
        beside.append([answered(instance, "new") for instance in left])
        output.replace([old.start for old in found], beside)
    seen, left_over = finish(path, QUESTIONS)
    assert [line["answer"] for line in seen] == ["yes", "new", "yes", "new"]
    assert left_over == 0
    assert list(tmp_path.iterdir()) == [path]


def test_lone_surrogates_of_a_model_survive(tmp_path: Path) -> None:
    [instance] = [Instance("q", "1")]
    with Output(tmp_path / "out.jsonl") as output:
        output.append([answered(instance, "\udc80 \\ ü")])
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["answer"] == "\udc80 \\ ü"


@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [("4", "4", True), (" 4\n", "4", True), ("4.", "4", False), ("", "4", False), ("4", None, None)],
)
def test_an_answer_is_right_where_it_is_the_inputs_own(text: str, expected: str | None, right: bool | None) -> None:
    assert answered(Instance("2+2?", "1", answer=expected), text).get("right") is right


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a line of another question": lambda whole: whole.replace(b"Question 1", b"Question 7"),
    "lines in another order": lambda whole: b"".join(whole.splitlines(keepends=True)[::-1]),
    "a line lost": lambda whole: b"".join(whole.splitlines(keepends=True)[1:]),
    "more lines than questions": lambda whole: whole * 2,
    "text that is no JSON": lambda whole: b"notes\n" + whole,
    "JSON that is no answer": lambda whole: b'{"id": "0", "question": "?"}\n' + whole,
    "a foreign text without an end": lambda _: b"my notes",
    "a foreign last line": lambda whole: whole[: whole.rindex(b'{"id"')] + b"my notes",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_of_something_else_is_refused_and_left_as_it_is(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    write(path, QUESTIONS)
    path.write_bytes(changed := change(path.read_bytes()))
    with pytest.raises(InputError) as refused:
        finish(path, QUESTIONS)
    assert "--restart" in refused.value.hint
    assert path.read_bytes() == changed


def test_only_one_process_writes_an_output(tmp_path: Path) -> None:
    with Output(tmp_path / "out.jsonl"), pytest.raises(InputError, match="Another process is writing"):
        Output(tmp_path / "out.jsonl")


def test_a_full_disk_is_a_sentence_that_says_how_to_go_on() -> None:
    with Output(Path("/dev/full")) as output, pytest.raises(StoreFullError, match="No space left") as full:
        output.append([answered(QUESTIONS[0])])
    assert "go on" in full.value.hint


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_a_block_that_could_not_be_written_leaves_nothing_and_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Output(tmp_path / name) as output:
        output.resume(QUESTIONS, lambda _: None)
        output.append([answered(QUESTIONS[0])])
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", failing)
            with pytest.raises(StoreFullError):
                output.append([answered(one) for one in QUESTIONS[1:3]])
        output.append([answered(one) for one in QUESTIONS[1:3]])
    seen, left = finish(tmp_path / name, QUESTIONS)
    assert ([line["id"] for line in seen], left) == (["0", "1", "2"], 1)


def test_moving_aside_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert move_aside(path) is None
    for text in ("first", "second"):
        path.write_text(text)
        move_aside(path)
    assert [(tmp_path / f"out.jsonl.{n}").read_text() for n in (1, 2)] == ["first", "second"]
