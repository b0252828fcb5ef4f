"""Questions are read from any of the layouts; what is malformed is named and skipped."""

import io
import json
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.errors import InputError
from latm.reading.columns import Columns
from latm.reading.formats import MAX_CELL, MAX_LINE, Format
from latm.reading.reading import MAX_SKIPPED_KEPT, read
from latm.task import Instance

GOOD = b'{"question": "fine?"}'


def written(folder: Path, content: bytes, name: str = "questions.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def big_bench(*examples: object) -> bytes:
    return json.dumps({"examples": examples}).encode()


JSONL_LINES = {
    "not JSON": (b"{question: x}", "not JSON"),
    "half a line": (b'{"question": "x', "not JSON"),
    "two objects": (GOOD + GOOD, "not JSON"),
    "a list": (b'["question"]', "not a JSON object"),
    "a string": (b'"question"', "not a JSON object"),
    "no question": (b'{"answer": "4"}', "no question"),
    "a null question": (b'{"question": null}', "no question"),
    "a number as question": (b'{"question": 4}', "not a string but int"),
    "a list as question": (b'{"question": ["x"]}', "not a string but list"),
    "an empty question": (b'{"question": ""}', "empty"),
    "a blank question": (b'{"question": " \\n "}', "empty"),
    "an object as task": (b'{"question": "x", "task": {}}', "`task` is not a string"),
    "true as id": (b'{"question": "x", "id": true}', "the id is not a string"),
    "no UTF-8": (b'{"question": "\xff\xfe"}', "not UTF-8"),
    "Latin-1": ('{"question": "größer?"}'.encode("latin-1"), "not UTF-8"),
    "half a surrogate pair": (b'{"question": "\\ud800"}', "not UTF-8"),
    "an endless number": (b'{"question": ' + b"9" * 5_000 + b"}", "not JSON"),
    "deep nesting": (b"[" * 200_000, "nested too deeply"),
    "an absurdly long line": (b'{"question": "' + b"x" * MAX_LINE + b'"}', "longer than"),
}


@pytest.mark.parametrize(("line", "reason"), JSONL_LINES.values(), ids=JSONL_LINES)
def test_a_malformed_line_is_named_and_its_neighbours_are_read(tmp_path: Path, line: bytes, reason: str) -> None:
    reading = read(written(tmp_path, b"\n".join([GOOD, line, GOOD])))

    assert [instance.id for instance in reading] == ["1", "3"]
    assert [skipped.line for skipped in reading.skipped] == [2]
    assert reason in reading.skipped[0].reason


@pytest.mark.parametrize(("line", "reason"), JSONL_LINES.values(), ids=JSONL_LINES)
def test_strict_reading_stops_at_the_malformed_line(tmp_path: Path, line: bytes, reason: str) -> None:
    with pytest.raises(InputError, match="line 2") as caught:
        list(read(written(tmp_path, b"\n".join([GOOD, line, GOOD])), strict=True))
    assert reason in caught.value.message
    assert caught.value.hint


CSV_ROWS = {
    "too few cells": (b"x", "1 cells, but the header names 2"),
    "too many cells": (b"x,y,z", "3 cells, but the header names 2"),
    "an empty question": (b",y", "no question"),
    "no UTF-8": (b"\xff,\xc3\xa9\xc3\xa9", "not UTF-8"),
    "a misplaced quote": (b'"x"z,y', "not CSV"),
    "an absurdly long cell": (b"x" * (MAX_CELL + 1) + b",y", "not CSV: field larger"),
    "an absurdly long line": (b"x" * (MAX_LINE + 1), "longer than"),
}


@pytest.mark.parametrize(("row", "reason"), CSV_ROWS.values(), ids=CSV_ROWS)
def test_a_malformed_row_is_named_and_its_neighbours_are_read(tmp_path: Path, row: bytes, reason: str) -> None:
    reading = read(written(tmp_path, b"\r\n".join([b"question,answer", b"a,1", row, b"b,2"]), "q.csv"))

    assert [instance.question for instance in reading] == ["a", "b"]
    assert [skipped.line for skipped in reading.skipped] == [3]
    assert reason in reading.skipped[0].reason


BIG_BENCH_RECORDS: dict[str, tuple[object, str]] = {
    "no object": (["x"], "not a JSON object"),
    "no input": ({"target": "x"}, "no question"),
    "a number as input": ({"input": 4, "target": "x"}, "not a string"),
    "scores that tie": ({"input": "x", "target_scores": {"a": 1, "b": 1}}, "no single best"),
    "scores that are none": ({"input": "x", "target_scores": {"a": "1"}}, "not an object of numbers"),
    "no scores at all": ({"input": "x", "target_scores": {}}, "no single best"),
}


@pytest.mark.parametrize(("record", "reason"), BIG_BENCH_RECORDS.values(), ids=BIG_BENCH_RECORDS)
def test_a_malformed_record_is_named_and_its_neighbours_are_read(tmp_path: Path, record: object, reason: str) -> None:
    fine = {"input": "fine?", "target": "yes"}
    reading = read(written(tmp_path, big_bench(fine, record, fine), "task.json"))

    assert [instance.id for instance in reading] == ["1", "3"]
    assert [skipped.line for skipped in reading.skipped] == [2]
    assert reason in reading.skipped[0].reason


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", GOOD, Instance("fine?", id="1")),
        (
            "a.jsonl",
            b'{"question": "x", "answer": "4", "task": "t", "id": "k", "more": 1}',
            Instance("x", "k", "4", "t"),
        ),
        ("a.jsonl", b'{"question": "x", "id": 17}', Instance("x", id="17")),
        ("a.jsonl", b'{"question": "x", "answer": null, "id": null}', Instance("x", id="1")),
        ("a.NDJSON", b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n", Instance("fine?", id="1")),
        ("a.jsonl", b"\n\n" + GOOD, Instance("fine?", id="3")),
        ("a.csv", b"question\nx\n", Instance("x", id="2")),
        ("a.csv", b"\xef\xbb\xbfid, Question ,answer,task\nk,x,4,t\n", Instance("x", "k", "4", "t")),
        ("a.csv", b"question,answer,id\nx,,\n", Instance("x", id="2")),
        ("a.csv", b'question,answer\n"two\nlines, one ""cell""",4\n', Instance('two\nlines, one "cell"', "2", "4")),
        ("a.json", big_bench({"input": "x", "target": "4"}), Instance("x", "1", "4")),
        ("a.json", big_bench({"input": "x", "target": ["4", "four"]}), Instance("x", "1", "4", accepted=("four",))),
        ("a.json", big_bench({"input": "x"}), Instance("x", "1")),
        (
            "a.json",
            big_bench({"input": "x", "target_scores": {"no": 0, "yes": 1}}),
            Instance("x\n  choice: no\n  choice: yes", "1", "yes"),
        ),
    ],
)
def test_each_layout_gives_instances(tmp_path: Path, name: str, content: bytes, expected: Instance) -> None:
    assert list(read(written(tmp_path, content, name), strict=True)) == [expected]


def test_rows_are_named_by_the_line_on_which_they_start(tmp_path: Path) -> None:
    reading = read(written(tmp_path, b'question\n"two\nlines"\nx,y\n', "q.csv"))

    assert [instance.id for instance in reading] == ["2"]
    assert [skipped.line for skipped in reading.skipped] == [4]


def test_the_given_layout_wins_over_the_suffix(tmp_path: Path) -> None:
    path = written(tmp_path, b"question\nx\n", "questions.txt")

    assert [instance.question for instance in read(path, layout=Format.CSV)] == ["x"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", GOOD, "suffix"),
        ("a.jsonl", b"", "holds no questions"),
        ("a.jsonl", b"broken\n" * 3, "all of its 3 lines are malformed; line 1: not JSON"),
        ("a.csv", b"", "holds no questions"),
        ("a.csv", b"question\n", "holds no questions"),
        ("a.csv", b"frage,antwort\nx,y\n", "its columns are frage, antwort"),
        ("a.csv", b'"question\nx\n', "line 1: a quote is not rightly closed"),
        ("a.csv", b'question\na\n"b\nc\nd\n', "line 3: a quote is not rightly closed by line 5"),
        ("a.csv", b'question\na\n"b,1\nc,2\n"d",3\n', "line 3: a quote is not rightly closed by line 5"),
        ("a.json", b"", "not JSON"),
        ("a.json", b"\xff", "not JSON"),
        ("a.json", b"[" * 200_000, "not JSON"),
        ("a.json", GOOD, "no list of records"),
        ("a.json", b"[]", "holds no questions"),
        ("a.json", b'{"examples": {}}', "no list of records"),
    ],
)
def test_a_file_that_holds_no_questions_is_one_clear_error(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list(read(written(tmp_path, content, name)))
    assert caught.value.hint


@pytest.mark.parametrize(("name", "message"), [("missing.jsonl", "There is no file"), (".", "is a directory")])
def test_a_path_that_is_no_file_is_one_clear_error(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / name)
    assert caught.value.hint


def test_a_file_that_the_system_refuses_is_one_clear_error(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    reading = read(path)
    path.unlink()

    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(reading)


def test_a_dash_reads_json_lines_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD + b"\n" + GOOD)))

    assert [instance.id for instance in read("-")] == ["1", "2"]
    assert not sys.stdin.closed


@pytest.mark.parametrize("columns", [Columns(), Columns(question="question")], ids=["known", "named"])
def test_what_the_first_record_lacks_is_read_from_the_others_piped_in_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: Columns
) -> None:
    content = b'{"question": "a"}\n{"question": "b", "id": "x", "answer": "B"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    found = [
        [(one.question, one.id, one.answer) for one in read(source, columns=columns)]
        for source in (written(tmp_path, content), "-")
    ]
    assert found == [[("a", "1", None), ("b", "x", "B")]] * 2


def test_ids_need_not_be_unique(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"question": "x", "id": "k"}\n' * 2)

    assert [instance.id for instance in read(path)] == ["k", "k"]


def test_a_second_iteration_starts_afresh(tmp_path: Path) -> None:
    reading = read(written(tmp_path, GOOD + b"\nbroken\n"))

    assert list(reading) == list(reading)
    assert reading.skipped_count == 1


def test_only_the_first_malformed_lines_are_kept_but_all_are_counted(tmp_path: Path) -> None:
    reading = read(written(tmp_path, b"broken\n" * (MAX_SKIPPED_KEPT + 5) + GOOD))

    assert len(list(reading)) == 1
    assert len(reading.skipped) == MAX_SKIPPED_KEPT
    assert reading.skipped_count == MAX_SKIPPED_KEPT + 5


@pytest.mark.parametrize(
    ("name", "header", "line"), [("q.jsonl", b"", GOOD + b"\n"), ("q.csv", b"question\n", b"is it all fine?\n")]
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str, header: bytes, line: bytes) -> None:
    count = 400_000 // len(line)
    path = written(tmp_path, header + line * count, name)

    tracemalloc.start()
    try:
        assert sum(1 for _ in read(path)) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 250_000  # it is 170,000, however long the file is


@given(st.lists(st.text().filter(lambda text: text.strip()), min_size=1, max_size=5))
def test_what_was_written_as_json_lines_is_read_again(questions: list[str]) -> None:
    content = "".join(json.dumps({"question": question}) + "\n" for question in questions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        assert [instance.question for instance in read("-", strict=True)] == questions


@given(st.binary(max_size=300), st.sampled_from([Format.JSONL, Format.CSV, Format.TSV, Format.JSON]))
def test_arbitrary_bytes_give_instances_or_one_clear_error_and_never_anything_else(
    content: bytes, layout: Format
) -> None:
    header = b"question\n" if layout in {Format.CSV, Format.TSV} else b""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(header + content)))
        reading = read("-", layout=layout)
        with suppress(InputError):
            assert all(instance.question.strip() for instance in reading)
    assert all(skipped.reason for skipped in reading.skipped)
