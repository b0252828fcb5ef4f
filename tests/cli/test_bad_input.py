"""Whatever is wrong: one clear sentence, what to do about it, the right exit code, no traceback, nothing lost."""

import json
import sqlite3
from pathlib import Path

import pytest
from calling import Call
from toy_endpoint import ToyEndpoint

MODEL = "toy@http://127.0.0.1:9/v1"
RUN = ["run", "questions.jsonl", "-o", "out.jsonl", "--maker", MODEL]

BAD = [
    (["ask", "hi"], 2, "No model is set."),
    (["run", "questions.jsonl", "-o", "out.jsonl"], 2, "No model is set."),
    (["make", "sums", "questions.jsonl"], 2, "No model is set."),
    (["ask", " "], 3, "The question is empty."),
    (["ask", "hi", "--maker", "gpt-5"], 2, "'gpt-5' is not the name of a model."),
    (
        ["run", "questions.jsonl", "-o", "out.jsonl", "--maker", "nonsuch:x"],
        4,
        "The provider of 'nonsuch:x' is unknown.",
    ),
    (["run", "questions.jsonl", "-o", "out.jsonl", "--maker", "groq:x"], 4, "groq"),
    (["ask", "hi", "--block", "none"], 2, "--block sets block to 'none', but input should be a valid integer"),
    (["ask", "hi", "--temperature", "-1"], 2, "--temperature sets temperature to '-1'"),
    (["ask", "hi", "--isolation", "none"], 2, "Invalid value for '--isolation'"),
    (["ask", "hi", "--store", "my.db", "--maker", MODEL], 2, "'my.db' is not a database URL."),
    (["ask", "hi", "--replay", "nonsuch.jsonl"], 3, "nonsuch.jsonl"),
    (["ask", "hi", "--budget-usd", "1", "--maker", MODEL], 5, "has no known price"),
    (["run", "nonsuch.jsonl", "-o", "out.jsonl"], 3, "There is no file nonsuch.jsonl."),
    (["run", ".", "-o", "out.jsonl"], 3, "is a directory"),
    (["run", "questions.txt", "-o", "out.jsonl"], 3, "The suffix of questions.txt"),
    ([*RUN[:3], ".", "--maker", MODEL], 3, ". is a folder."),
    ([*RUN[:3], "-", "--maker", MODEL], 3, "Answers go to a file"),
    ([*RUN[:3], "questions.jsonl", "--maker", MODEL], 3, "questions.jsonl is the input itself."),
    ([*RUN[:3], "s3://me:secret@bucket/a.jsonl", "--maker", MODEL], 3, "machine, and s3://bucket/a.jsonl is elsewhere"),
    ([*RUN[:3], "nowhere/out.jsonl", "--maker", MODEL], 7, "nowhere/out.jsonl cannot be written: No such file"),
    (["make", "sums", "unanswered.jsonl", "--maker", MODEL], 3, "the example 1 has no `answer`"),
    (["make", "other", "tasked.jsonl", "--maker", MODEL], 3, "has no examples of 'other'"),
    (["make", "sums", "tasked.jsonl", "--maker", MODEL], 3, "takes 6 different examples, and there are 1"),
    (["make", "sums", "broken.jsonl", "--strict", "--maker", MODEL], 3, "broken.jsonl, line 2: not JSON"),
    (["tools", "show", "nonsuch"], 3, "There is no tool and no task 'nonsuch'."),
    (["tools", "retire", "nonsuch"], 3, "There is no tool and no task 'nonsuch'."),
    (["tools", "restore", "nonsuch"], 3, "There is no tool and no task 'nonsuch'."),
    (["tools", "export", "nonsuch"], 3, "There is no tool and no task 'nonsuch'."),
    (["tools", "rename", "nonsuch", "sums"], 3, "There is no task 'nonsuch'."),
    (["tools", "rename", "nonsuch", ""], 3, "A task cannot have an empty name."),
    (["tolls"], 2, "No such command 'tolls'"),
]


@pytest.fixture(autouse=True)
def files(questions: Path) -> None:
    beside = questions.parent
    (beside / "questions.txt").write_text("What?\n")
    (beside / "unanswered.jsonl").write_text('{"question": "What?"}\n')
    (beside / "tasked.jsonl").write_text('{"question": "What?", "answer": "That.", "task": "sums"}\n')
    (beside / "broken.jsonl").write_text('{"question": "What?", "answer": "That."}\n{"question"\n')


@pytest.mark.parametrize(("arguments", "code", "sentence"), BAD, ids=[" ".join(arguments) for arguments, _, _ in BAD])
def test_each_mistake_gives_a_sentence_and_its_exit_code(
    arguments: list[str], code: int, sentence: str, latm: Call, questions: Path
) -> None:
    before = questions.read_bytes()
    ended = latm(*arguments)
    assert sentence in ended.err
    assert ended.code == code
    assert ended.out == ""
    assert questions.read_bytes() == before


@pytest.mark.parametrize("arguments", [["ask", "hi"], ["tools", "show", "x"], ["tools", "--json", "show", "x"]])
def test_with_json_the_error_is_an_object_too(arguments: list[str], latm: Call) -> None:
    ended = latm(*arguments, *([] if "--json" in arguments else ["--json"]))
    error = ended.object["error"]
    assert error["message"] in ended.err
    assert error["exit_code"] == ended.code


def test_without_a_model_three_ways_to_set_one_and_the_demo_are_named(latm: Call) -> None:
    hint = latm("ask", "hi").err
    assert all(way in hint for way in ("--maker ", "LATM_MAKER=", "latm.toml", "latm demo"))


def test_debug_adds_the_traceback(latm: Call) -> None:
    assert "Traceback" not in latm("ask", " ").err
    assert "Traceback" in latm("ask", " ", "--debug").err


ORIGINS = [
    ("flag", "--block sets block"),
    ("environment", "LATM_BLOCK sets block"),
    ("file", "latm.toml sets block"),
]


@pytest.mark.parametrize(("origin", "sentence"), ORIGINS)
def test_a_bad_setting_is_named_with_where_it_came_from(
    origin: str, sentence: str, latm: Call, newcomer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (newcomer / "latm.toml").write_text(f"block = {0 if origin == 'file' else 8}\n")
    if origin == "environment":
        monkeypatch.setenv("LATM_BLOCK", "0")
    ended = latm("ask", "hi", *(["--block", "0"] if origin == "flag" else []))
    assert (ended.code, sentence in ended.err) == (2, True)


FILES = [
    ("makr = 'x'\n", "latm.toml sets 'makr', which is not a setting.\nDid you mean maker"),
    ("maker = \n", "latm.toml cannot be read: "),
    ("\udcff", "latm.toml cannot be read: "),
]


@pytest.mark.parametrize(("text", "sentence"), FILES)
def test_a_bad_latm_toml_is_a_sentence(text: str, sentence: str, latm: Call, newcomer: Path) -> None:
    (newcomer / "latm.toml").write_bytes(text.encode(errors="surrogateescape"))
    ended = latm("ask", "hi")
    assert ended.code == 2
    assert sentence in ended.err


def test_a_damaged_tool_cache_is_refused_and_left_as_it_is(latm: Call, newcomer: Path) -> None:
    damaged = newcomer / "latm.db"
    damaged.write_bytes(b"no database at all" * 400)
    ended = latm("tools", "--store", f"sqlite:///{damaged}")
    assert ended.code == 7
    assert "not a sound tool cache" in ended.err
    assert damaged.read_bytes() == b"no database at all" * 400


def test_a_newer_tool_cache_is_refused(latm: Call, newcomer: Path) -> None:
    store = f"sqlite:///{newcomer / 'latm.db'}"
    latm("tools", "--store", store)
    with sqlite3.connect(newcomer / "latm.db") as database:
        database.execute("UPDATE latm_schema SET version_num = 'latm_9999'")
    database.close()
    ended = latm("tools", "--store", store)
    assert ended.code == 7
    assert "written by a newer latm" in ended.err


def test_a_missing_key_is_a_sentence(latm: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    ended = latm("run", "questions.jsonl", "-o", "out.jsonl", "--maker", "openai:gpt-5")
    assert ended.code == 4
    assert "OPENAI_API_KEY" in ended.err


def test_a_refused_key_stops_the_run_with_what_the_provider_said(latm: Call, endpoint: ToyEndpoint) -> None:
    endpoint.status = 401
    ended = latm("run", "questions.jsonl", "-o", "out.jsonl", "--maker", endpoint.model)
    assert ended.code == 4
    assert "as the test wants it" in ended.err


def test_malformed_lines_are_named_and_counted(latm: Call, endpoint: ToyEndpoint, newcomer: Path) -> None:
    lines = ['{"question": "One?"}', "{", '{"question": ""}', *["[]"] * 4, '{"question": "Two?"}']
    (newcomer / "mixed.jsonl").write_text("\n".join(lines))
    ended = latm("run", "mixed.jsonl", "-o", "out.jsonl", "--maker", endpoint.model, "--json")
    assert (ended.object["questions"], ended.object["skipped"]) == (2, 6)
    assert ended.object["skipped_lines"][1] == {"line": 3, "reason": "the question is empty"}
    assert "mixed.jsonl, line 2 skipped: not JSON" in ended.err
    assert "6 lines were skipped in all." in ended.err
    written = [json.loads(line)["id"] for line in (newcomer / "out.jsonl").read_text().splitlines()]
    assert written == ["1", "8"]


def test_strict_stops_before_anything_is_spent(latm: Call, endpoint: ToyEndpoint, newcomer: Path) -> None:
    (newcomer / "mixed.jsonl").write_text('{"question": "One?"}\n{\n')
    ended = latm("run", "mixed.jsonl", "-o", "out.jsonl", "--maker", endpoint.model, "--strict")
    assert ended.code == 3
    assert "mixed.jsonl, line 2: not JSON" in ended.err
    assert not endpoint.calls
