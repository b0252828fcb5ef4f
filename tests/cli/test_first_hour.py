"""The first hour: a model is chosen and tried, the machine is looked over, and no stranger redirects anything."""

import json
from pathlib import Path

import pytest
from calling import Call
from toy_endpoint import ToyEndpoint


def test_init_tries_the_model_and_writes_a_file_that_counts(latm: Call, endpoint: ToyEndpoint, questions: Path) -> None:
    ended = latm("init", "--maker", endpoint.model, "--budget-tokens", "5000")
    assert ended.code == 0
    assert "answers 'the herons'" in ended.err
    written = Path("latm.toml").read_text()
    assert f'maker = "{endpoint.model}"' in written
    assert "budget_tokens = 5000" in written
    told = latm("run", questions.name, "-o", "out.jsonl", "--limit", "3", "--json")
    assert told.object.get("right") == 3, told


def test_init_writes_nothing_where_the_model_does_not_answer(latm: Call, endpoint: ToyEndpoint) -> None:
    endpoint.status = 401
    ended = latm("init", "--maker", endpoint.model)
    assert ended.code != 0
    assert "Nothing was written" in ended.err
    assert not Path("latm.toml").exists()


def test_init_refuses_a_budget_that_could_not_be_kept(latm: Call, endpoint: ToyEndpoint) -> None:
    refused = latm("init", "--maker", endpoint.model, "--budget-usd", "5")
    assert (refused.code, Path("latm.toml").exists(), endpoint.calls.total()) == (3, False, 0)
    assert "--budget-tokens" in refused.err


def test_a_dry_run_finds_the_kinds_and_asks_nothing(latm: Call, endpoint: ToyEndpoint, questions: Path) -> None:
    run = ["run", questions.name, "-o", "out.jsonl", "--dry-run", "--maker", endpoint.model, "--making-tokens", "50"]
    told = latm(*run, "--json").object
    assert [(kind["template"], kind["questions"]) for kind in told["kinds"]] == [
        ("Add the numbers {…} and {…}. Reply with the sum only.", 40)
    ]
    assert (told["questions"], told["loose"], told["cost"]) == (40, 0, None)
    assert told["with_tools"] < told["directly"]
    said = latm(*run)
    assert "40 questions; 1 kind by wording alone" in said.out
    assert "a tool would save" in said.out
    assert endpoint.calls.total() == 0
    assert not Path("out.jsonl").exists()


def test_init_leaves_a_file_that_is_there(latm: Call, endpoint: ToyEndpoint) -> None:
    Path("latm.toml").write_text("block = 4\n")
    refused = latm("init", "--maker", endpoint.model)
    assert (refused.code, Path("latm.toml").read_text()) == (3, "block = 4\n")
    assert endpoint.calls.total() == 0


DECISIVE = {
    "an address": 'maker = "m@http://127.0.0.1:1/v1"',
    "an address of the user's": 'user = "m@http://127.0.0.1:1/v1"',
    "the store": 'store = "sqlite:///elsewhere.db"',
    "no sandbox": 'sandbox = "unsafe-in-process"',
    "the isolation": 'isolation = "shared"',
    "a recording": 'record = "all.jsonl"',
}


@pytest.mark.parametrize("line", DECISIVE.values(), ids=DECISIVE)
def test_a_strangers_file_decides_nothing_until_it_is_trusted(latm: Call, line: str) -> None:
    Path("latm.toml").write_text(line + "\n")
    refused = latm("tasks")
    assert (refused.code, refused.err.count("\n")) == (2, 2)
    assert f"sets {line.split(' ', maxsplit=1)[0]}, which decides where" in refused.err
    assert latm("trust").code == 0
    assert latm("tasks").code == 0
    Path("latm.toml").write_text(f"# changed\n{line}\n")
    assert latm("tasks").code == 2


def test_a_harmless_file_counts_and_the_users_own_counts_everywhere(latm: Call) -> None:
    Path("latm.toml").write_text("block = 0\n")
    assert "block to 0" in latm("tasks").err
    Path("latm.toml").write_text("block = 4\n")
    assert latm("tasks").code == 0


def test_doctor_looks_at_everything_with_one_call_a_model(latm: Call, endpoint: ToyEndpoint) -> None:
    ended = latm("doctor", "--maker", endpoint.model, "--json")
    found = {check["name"]: check["ok"] for check in json.loads(ended.out)}
    assert ended.code == 0
    assert found == {"python": True, "proxy": None, "sandbox": True, "store": True, "maker": True}
    assert endpoint.calls.total() == 1


def test_doctor_says_what_is_missing(latm: Call, endpoint: ToyEndpoint) -> None:
    endpoint.status = 401
    ended = latm("doctor", "--maker", endpoint.model, "--store", "sqlite:////proc/nowhere/latm.db")
    assert ended.code == 1
    lines = {line.split()[1]: line for line in ended.out.splitlines()}
    assert lines["maker"].startswith("no")
    assert lines["store"].startswith("no")
    assert lines["sandbox"].startswith("ok")
