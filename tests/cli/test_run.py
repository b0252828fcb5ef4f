"""`latm run` from a file of questions to a file of answers, through a real endpoint and the real sandbox."""

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from calling import Call, Start
from toy_endpoint import ToyEndpoint

from toy import sum_question

pytestmark = pytest.mark.usefixtures("questions")

BLOCK = 8
RUN = ["run", "questions.jsonl", "-o", "out.jsonl", "--block", BLOCK, "--making-tokens", "50"]


def lines(path: str | Path = "out.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def ids(path: str | Path = "out.jsonl") -> list[int]:
    return [int(line["id"]) for line in lines(path)]


def test_a_stream_is_answered_with_a_tool_made_on_the_way(latm: Call, endpoint: ToyEndpoint) -> None:
    ended = latm(*RUN, "--maker", endpoint.model, "--json")
    told = ended.object
    assert (told["questions"], told["right"], told["wrong"]) == (40, 40, 0)
    assert told["routes"] == {"tool": 32, "tool_user": 0, "exact": 0, "direct": BLOCK, "failed": 0}
    assert (told["model_calls"], told["tokens"]) == (BLOCK + 1, 110 * (BLOCK + 1))
    assert told["saving"]["tokens"] == 110 * 40 - 110 * (BLOCK + 1)
    assert (told["cost"], told["saving"]["cost"]) == (None, None)
    assert told["tools_made"] == [lines()[-1]["tool"]]
    assert endpoint.calls == {"direct": BLOCK, "propose": 1}


def test_every_line_says_where_its_answer_came_from(latm: Call, endpoint: ToyEndpoint) -> None:
    latm(*RUN, "--maker", endpoint.model)
    first, *_, last = lines()
    assert (first["id"], first["answer"], first["right"], first["route"]) == ("1", "2", True, "direct")
    assert (first["tokens"], first["tool"]) == (110, None)
    assert (last["id"], last["answer"], last["right"], last["route"]) == ("40", "80", True, "tool")
    assert (last["tokens"], last["cost"], len(last["tool"])) == (0, 0.0, 16)
    assert last["tool"] in last["evidence"]
    assert ids() == list(range(1, 41))


def test_a_person_is_shown_the_summary_and_every_making(latm: Call, endpoint: ToyEndpoint) -> None:
    ended = latm(*RUN, "--maker", endpoint.model)
    assert "Answering 40 questions." in ended.err
    assert "made " in ended.err
    shown = {line[:11].strip(): line[11:] for line in ended.out.splitlines()}
    assert shown["questions"] == "40"
    assert shown["tool"] == "32 (80.0 %)"
    assert shown["right"] == "40 (100.0 %)"
    assert shown["spent"] == "990 tokens, price unknown, in 9 model calls"
    assert shown["saved"].startswith("about 3,410 tokens: 77.5 %")


def test_a_finished_run_started_again_asks_nothing(latm: Call, endpoint: ToyEndpoint) -> None:
    latm(*RUN, "--maker", endpoint.model)
    before, calls = Path("out.jsonl").read_bytes(), endpoint.calls.total()
    told = latm(*RUN, "--maker", endpoint.model, "--json").object
    assert (told["questions"], told["resumed"], told["right"]) == (40, 40, 40)
    assert Path("out.jsonl").read_bytes() == before
    assert endpoint.calls.total() == calls


def test_tools_answer_without_a_model_and_the_saving_is_judged_by_the_record(latm: Call, endpoint: ToyEndpoint) -> None:
    latm(*RUN, "--maker", endpoint.model)
    told = latm("run", "questions.jsonl", "-o", "again.jsonl", "--json").object
    assert (told["routes"]["tool"], told["model_calls"]) == (40, 0)
    assert told["saving"] == {"tokens": 4400.0, "cost": None, "style": "plain"}


def test_what_failed_is_counted_and_the_line_says_why(latm: Call, endpoint: ToyEndpoint) -> None:
    endpoint.failing = {3, 7}
    ended = latm(*RUN, "--maker", endpoint.model, "--retries", "0", "--concurrency", "1", "--making", "never")
    assert ended.code == 1
    assert "failed     2 (5.0 %)" in ended.out
    assert "their `evidence` says why" in ended.err
    failed = [line for line in lines() if line["route"] == "failed"]
    assert all("as the test wants it" in line["evidence"] and not line["right"] for line in failed)


@pytest.mark.parametrize("output", ["out.jsonl", "out.csv"])
def test_what_failed_is_asked_again_and_stands_in_its_place(latm: Call, endpoint: ToyEndpoint, output: str) -> None:
    run = ["run", "questions.jsonl", "-o", output, "--maker", endpoint.model, "--retries", "0", "--json"]
    endpoint.failing = {3, 5, 17}
    told = latm(*run, "--making", "never", "--concurrency", "1")
    failed = told.object["routes"]["failed"]
    assert (told.code, failed, told.object["questions"]) == (1, 3, 40)
    before = Path(output).read_bytes()
    assert latm(*run, "--no-retry-failed", "--allow-failed").code == 0
    assert Path(output).read_bytes() == before
    calls = endpoint.calls.total()
    again = latm(*run, "--making", "never")
    assert (again.code, again.object["right"], again.object["resumed"]) == (0, 40, 37)
    assert endpoint.calls.total() == calls + 3
    assert sorted(Path().glob("out.*")) == [Path(output)]
    told = latm(*run)
    assert (told.code, told.object["right"], told.object["resumed"]) == (0, 40, 40)


def test_a_changed_input_is_refused_and_restart_moves_the_old_output_aside(latm: Call, endpoint: ToyEndpoint) -> None:
    latm(*RUN, "--maker", endpoint.model)
    old = Path("out.jsonl").read_bytes()
    questions = Path("questions.jsonl")
    questions.write_text("".join(reversed(questions.read_text().splitlines(keepends=True))))
    refused = latm(*RUN, "--maker", endpoint.model)
    assert refused.code == 3
    assert "out.jsonl, line 1 answers the question '1'" in refused.err
    assert "--restart" in refused.err
    assert Path("out.jsonl").read_bytes() == old
    restarted = latm(*RUN, "--maker", endpoint.model, "--restart", "--json")
    assert restarted.object["right"] == 40
    assert Path("out.jsonl.1").read_bytes() == old


def test_flags_of_no_engine_are_refused_before_the_old_output_is_moved(latm: Call, endpoint: ToyEndpoint) -> None:
    Path("out.jsonl").write_text("old")
    refused = latm(*RUN, "--maker", endpoint.model, "--restart", "--processes", "2")
    assert refused.code == 2
    assert "--processes and --address" in refused.err
    assert [path.read_text() for path in Path().glob("out.*")] == ["old"]


def test_standard_input_is_read_and_resumed_too(latm: Call, endpoint: ToyEndpoint) -> None:
    stream = Path("questions.jsonl").read_text()
    half = "".join(stream.splitlines(keepends=True)[:20])
    from_stdin = ["run", "-", *RUN[2:], "--maker", endpoint.model, "--json"]
    assert latm(*from_stdin, stdin=half).object["questions"] == 20
    told = latm(*from_stdin, stdin=stream).object
    assert (told["questions"], told["resumed"], told["right"]) == (40, 20, 40)


def test_a_budget_stops_the_run_and_a_higher_one_goes_on(latm: Call, endpoint: ToyEndpoint) -> None:
    model = ["--maker", endpoint.model, "--making", "never"]
    stopped = latm(*RUN, *model, "--budget-tokens", 20 * 110)
    assert stopped.code == 5
    assert "The budget of" in stopped.err
    assert 16 < len(ids()) < 40
    assert ids() == list(range(1, len(ids()) + 1))
    assert latm(*RUN, *model, "--json").object["right"] == 40


def test_a_recorded_run_replays_without_the_model(latm: Call, endpoint: ToyEndpoint) -> None:
    latm(*RUN, "--maker", endpoint.model, "--record", "recording.jsonl")
    calls = endpoint.calls.total()
    told = latm(
        *RUN[:3], "again.jsonl", *RUN[4:], "--replay", "recording.jsonl", "--store", "sqlite:///fresh.db", "--json"
    ).object
    assert (told["right"], told["model_calls"], told["replayed_calls"]) == (40, BLOCK + 1, BLOCK + 1)
    assert endpoint.calls.total() == calls


GO_ON = "Stopped. The answers written so far are in out.jsonl; run the same command again to go on."
ENDS = {
    "kill -9": (signal.SIGKILL, -signal.SIGKILL, "Answering 40 questions."),
    "kill": (signal.SIGTERM, -signal.SIGTERM, "Answering 40 questions."),
    "Ctrl-C": (signal.SIGINT, 130, GO_ON),
}


@pytest.mark.parametrize(("end", "code", "last_words"), ENDS.values(), ids=ENDS)
def test_ended_in_any_way_nothing_written_is_lost_and_the_next_run_goes_on(  # noqa: PLR0913, PLR0917  # a table and fixtures
    end: signal.Signals, code: int, last_words: str, start: Start, latm: Call, endpoint: ToyEndpoint
) -> None:
    endpoint.direct_at_most = 2 * BLOCK + 3
    arguments = [*RUN, "--maker", endpoint.model, "--making", "never"]
    process = start(*arguments)
    assert endpoint.hanging.wait(60), "the model never came to the middle of the third block"
    written = Path("out.jsonl").read_bytes()
    assert ids() == list(range(1, 2 * BLOCK + 1))
    os.killpg(process.pid, end)  # as a terminal does: the workers of the sandbox are hit as well
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.splitlines()[-1]) == (code, last_words)
    endpoint.direct_at_most = None
    endpoint.released.set()
    told = latm(*arguments, "--json").object
    assert (told["questions"], told["resumed"], told["right"]) == (40, 2 * BLOCK, 40)
    assert Path("out.jsonl").read_bytes().startswith(written)
    assert ids() == list(range(1, 41))


@pytest.mark.parametrize("lines", [0, 1])
def test_one_ctrl_c_ends_a_run_whose_standard_input_is_silent(lines: int, start: Start, endpoint: ToyEndpoint) -> None:
    process = start("run", "-", "-o", "out.jsonl", "--maker", endpoint.model, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(f"{json.dumps({'question': sum_question(1, 2)})}\n" * lines)
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not Path("out.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert GO_ON in said.splitlines(), said
    assert "never awaited" not in said


def test_questions_that_come_slowly_do_not_wait_for_each_other(start: Start, endpoint: ToyEndpoint) -> None:
    process = start("run", "-", "-o", "out.jsonl", "--maker", endpoint.model, stdin=subprocess.PIPE)
    assert process.stdin is not None
    for number in range(1, 4):
        process.stdin.write(f"{json.dumps({'question': sum_question(number, 2)})}\n")
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not (Path("out.jsonl").exists() and len(lines()) == number):
            assert time.monotonic() < deadline, f"question {number} waits for the next"
            time.sleep(0.01)
    process.communicate()
    assert (process.returncode, ids()) == (0, [1, 2, 3])


def test_a_full_disk_ends_the_run_with_a_sentence_and_the_next_one_goes_on(
    start: Start, latm: Call, endpoint: ToyEndpoint
) -> None:
    records = [{"question": f"Which is the nicer one of these, {n}? {'words ' * 4000}"} for n in range(40)]
    Path("questions.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    arguments = [*RUN, "--maker", endpoint.model, "--making", "never"]
    full = 500_000  # bytes that a file may hold: neither the output nor the tool cache fits
    process = start(*arguments, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (full, full)))
    _, err = process.communicate(timeout=120)
    assert process.returncode == 7
    assert "written" in err
    assert "Traceback" not in err
    kept = Path("out.jsonl").read_bytes()
    assert latm(*arguments, "--json").object["questions"] == 40
    assert Path("out.jsonl").read_bytes().startswith(kept)
    assert ids() == list(range(1, 41))
