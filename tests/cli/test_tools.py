"""`latm make` and `latm tools`: from examples to a tool, and what became of it."""

import json
from pathlib import Path

import pytest
from calling import Call
from toy_endpoint import ToyEndpoint

from latm.provenance import Outcome
from toy import sum_question, taste_question


@pytest.fixture
def made(latm: Call, endpoint: ToyEndpoint, questions: Path) -> str:
    """The id of a tool that serves the task `sums`."""
    tool = latm("make", "sums", questions, "--maker", endpoint.model, "--json").object["tool"]
    assert isinstance(tool, str)
    return tool


def write_examples(path: Path, records: list[tuple[str, str]]) -> Path:
    path.write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in records))
    return path


def test_a_tool_is_made_from_examples_and_said_to_be(latm: Call, endpoint: ToyEndpoint, questions: Path) -> None:
    ended = latm("make", "sums", questions, "--maker", endpoint.model)
    assert ended.code == 0
    assert ended.out.startswith("made: verified on 40 examples")
    assert "now serves sums" in ended.out
    assert "1 try, 1 model call, 110 tokens" in ended.out
    assert "`latm tools show sums`" in ended.err


def test_examples_are_read_from_standard_input(latm: Call, endpoint: ToyEndpoint, questions: Path) -> None:
    ended = latm("make", "sums", "-", "--maker", endpoint.model, "--json", stdin=questions.read_text())
    assert ended.object["outcome"] == Outcome.MADE


UNMADE = {
    Outcome.UNTOOLABLE: [(taste_question(n, n + 2), "the swans") for n in range(6)],
    Outcome.FAILED: [(sum_question(n, n + 2), "a wrong label") for n in range(6)],
}


@pytest.mark.parametrize("outcome", UNMADE)
def test_where_no_tool_came_of_it_show_tells_the_verdict_and_what_led_to_it(
    outcome: Outcome, latm: Call, endpoint: ToyEndpoint, newcomer: Path
) -> None:
    examples = write_examples(newcomer / "examples.jsonl", UNMADE[outcome])
    ended = latm("make", "unmade", examples, "--maker", endpoint.model)
    assert ended.code == 1
    assert ended.out.startswith(f"{outcome}: ")
    told = latm("tools", "show", "unmade", "--json").object
    assert (told["status"], told["tools"]) == (outcome, [])
    assert told["reason"]
    shown = latm("tools", "show", "unmade").out
    assert " ".join(told["reason"].split()) in " ".join(shown.split())
    assert all(line in shown for line in told["makings"][0]["attempts"][-1]["completion"].splitlines() if line)
    assert ("stopped by the gate shown-examples" in shown) == (outcome is Outcome.FAILED)
    assert f"unmade: {told['reason']}" in latm("tools").out


def test_show_has_the_source_the_verification_and_the_conversation(latm: Call, made: str) -> None:
    shown = latm("tools", "show", "sums").out
    told = latm("tools", "show", "sums", "--json").object
    [version], [making] = told["tools"], told["makings"]
    assert (version["tool"], version["version"], version["status"]) == (made, 1, "serving")
    assert len(version["demonstrations"]) == 6
    assert (making["tokens"], making["model_calls"], making["caught"]) == (110, 1, {})
    assert all(line in shown for line in version["source"].splitlines())
    assert sum_question(0, 2) in shown
    assert f"tool {made}, version 1, serving, 6 demonstrations" in shown


@pytest.mark.parametrize("length", [16, 6])
def test_a_tool_is_found_by_the_beginning_of_its_id(length: int, latm: Call, made: str) -> None:
    assert latm("tools", "show", made[:length], "--json").object["task"] == "sums"


def test_the_list_has_each_task_with_what_serves_it(latm: Call, made: str) -> None:
    latm("ask", sum_question(5, 6))
    [row] = latm("tools", "--json").object["tasks"]
    assert (row["task"], row["status"], row["tool"], row["version"]) == ("sums", "served", made, 1)
    assert (row["questions"], row["by_tool"], row["answering_tokens"], row["making_tokens"]) == (1, 1, 0, 110)
    assert ["sums", "served", made[:8], "v1", "1", "1", "(100.0", "%)", "110"] in [
        line.split() for line in latm("tools").out.splitlines()
    ]


def test_an_empty_cache_says_where_tools_come_from(latm: Call) -> None:
    ended = latm("tools")
    assert (ended.code, ended.out) == (0, "There are no tasks yet.\n")
    assert "latm run" in ended.err


def test_retiring_takes_a_tool_out_and_restoring_brings_it_back(latm: Call, made: str) -> None:
    retired = latm("tools", "retire", "sums")
    assert f"latm tools restore {made}" in retired.out
    assert latm("ask", sum_question(5, 6)).code == 2
    assert latm("tools", "restore", "sums", "--json").object == {"task": "sums", "tool": made, "status": "serving"}
    assert latm("ask", sum_question(5, 6)).out == "11\n"


def test_a_renamed_task_keeps_its_tool(latm: Call, made: str) -> None:
    assert latm("tools", "rename", "sums", "adding", "--json").object["tool"] == made
    assert latm("tools", "show", "adding", "--json").object["tools"][0]["tool"] == made
    assert latm("tools", "show", "sums").code == 3


def test_an_exported_tool_is_a_module_that_runs(latm: Call, made: str, newcomer: Path) -> None:
    latm("tools", "export", "sums", "-o", newcomer / "sums.py")
    module: dict[str, object] = {}
    source = (newcomer / "sums.py").read_text()
    exec(compile(source, "sums.py", "exec"), module)  # noqa: S102  # the toy tool of the tests
    assert {"parse", "solve", "answer"} <= module.keys()
    assert latm("tools", "export", made).out == source
    again = latm("tools", "export", "sums", "-o", newcomer / "sums.py")
    assert (again.code, "sums.py exists." in again.err) == (3, True)


def test_a_strangers_text_does_nothing_to_the_terminal(latm: Call, endpoint: ToyEndpoint, newcomer: Path) -> None:
    records = [(f"{taste_question(n, n + 2)} \x1b]0;owned\x07", "the swans") for n in range(6)]
    latm("make", "taste\x1b[2J", write_examples(newcomer / "examples.jsonl", records), "--maker", endpoint.model)
    for arguments in (["tools"], ["tools", "show", "taste\x1b[2J"]):
        ended = latm(*arguments)
        assert "\x1b" not in ended.out + ended.err
        assert "\\x1b" in ended.out


def test_a_pinned_tool_is_not_deleted_until_it_is_let_go(latm: Call, made: str) -> None:
    assert latm("tools", "pin", "sums", "--json").object == {"task": "sums", "tool": made, "status": "serving"}
    assert "pinned" in latm("tools", "delete", "sums").err
    assert "no longer pinned" in latm("tools", "pin", "sums", "--off").out
    assert latm("tools", "delete", "sums", "--json").object == {"task": "sums", "tool": made, "status": "deleted"}
    assert not latm("tools", "--json").object["tasks"]


def test_a_tool_waits_until_it_is_approved(latm: Call, endpoint: ToyEndpoint, questions: Path) -> None:
    said = latm("make", "sums", questions, "--maker", endpoint.model, "--approval")
    assert "waits for approval" in said.out
    assert latm("tools", "--json").object["tasks"][0]["status"] == "waiting"
    assert latm("ask", sum_question(1, 2)).code != 0
    assert latm("tools", "approve", "sums", "--json").object["status"] == "serving"
    assert latm("ask", sum_question(1, 2)).out == "3\n"


def test_a_tool_of_one_scope_answers_no_other(latm: Call, endpoint: ToyEndpoint, questions: Path) -> None:
    latm("make", "sums", questions, "--maker", endpoint.model, "--scope", "north", "--instructions", "Be brief.")
    asked = ("ask", sum_question(1, 2), "--instructions", "Be brief.", "--scope")
    assert latm(*asked, "north").out == "3\n"
    assert latm(*asked, "south").code != 0


def test_the_scope_of_a_question_may_be_in_the_input(
    latm: Call, endpoint: ToyEndpoint, questions: Path, newcomer: Path
) -> None:
    latm("make", "sums", questions, "--maker", endpoint.model, "--scope", "north")
    records = [{"question": sum_question(1, 2), "scope": scope} for scope in ("north", "south")]
    Path("in.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    latm("run", "in.jsonl", "-o", "out.jsonl", "--maker", endpoint.model)
    lines = [json.loads(line) for line in (newcomer / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["route"] for line in lines] == ["tool", "direct"]


@pytest.mark.parametrize("layout", ["package", "skill"])
def test_an_exported_package_or_skill_is_taken_in_by_another_cache(
    layout: str, latm: Call, made: str, newcomer: Path
) -> None:
    exported = latm("tools", "export", "sums", "--as", layout, "-o", newcomer / "out")
    assert f"Tool {made} of sums is in {newcomer / 'out/sums'}." in exported.out
    assert "40 questions with their answers" in exported.err
    assert latm("tools", "export", "sums", "--as", layout, "-o", newcomer / "out").code == 3
    other = ("--store", f"sqlite:///{newcomer / 'other.db'}")
    taken = latm("tools", "import", newcomer / "out/sums", "--name", "adding", *other)
    assert taken.out == (
        "imported: verified here on 40 examples and 0 foreign ones\n" + f"tool {made} of adding: serving\n"
    )
    assert latm("ask", sum_question(5, 6), *other).out == "11\n"


def test_an_import_that_is_refused_says_why_and_keeps_nothing(latm: Call, newcomer: Path) -> None:
    (newcomer / "empty").mkdir()
    ended = latm("tools", "import", newcomer / "empty")
    assert (ended.code, "holds no tool" in ended.err) == (3, True)
    assert latm("tools").out == "There are no tasks yet.\n"
