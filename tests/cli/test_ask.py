"""`latm ask`: one question."""

from pathlib import Path

import pytest
from calling import Call
from toy_endpoint import ToyEndpoint

from toy import sum_question


def test_the_answer_alone_is_on_standard_output(latm: Call, endpoint: ToyEndpoint) -> None:
    ended = latm("ask", sum_question(3, 4), "--maker", endpoint.model)
    assert (ended.code, ended.out) == (0, "7\n")
    assert ended.err.startswith("direct: of no known kind (110 tokens, price unknown, ")


def test_a_question_is_read_from_standard_input(latm: Call, endpoint: ToyEndpoint) -> None:
    assert latm("ask", "-", "--maker", endpoint.model, stdin=f"{sum_question(3, 4)}\n").out == "7\n"


def test_with_json_the_answer_is_an_object_with_its_evidence(latm: Call, endpoint: ToyEndpoint) -> None:
    told = latm("ask", sum_question(3, 4), "--maker", endpoint.model, "--json").object
    assert (told["text"], told["route"], told["usage"]["calls"], told["ok"]) == ("7", "direct", 1, True)


def test_flags_win_over_the_environment_and_that_over_latm_toml(
    latm: Call, endpoint: ToyEndpoint, newcomer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (newcomer / "latm.toml").write_text('maker = "toy@http://127.0.0.1:9/v1"\nretries = 0\n')
    latm("trust")
    assert latm("ask", sum_question(3, 4)).code == 4
    monkeypatch.setenv("LATM_MAKER", endpoint.model)
    assert latm("ask", sum_question(3, 4)).out == "7\n"
    assert latm("ask", sum_question(3, 4), "--maker", "toy@http://127.0.0.1:9/v1").code == 4


def test_asked_often_enough_a_tool_is_made_and_needs_no_model(latm: Call, endpoint: ToyEndpoint) -> None:
    for n in range(6):
        latm("ask", sum_question(n, n + 1), "--maker", endpoint.model, "--making-tokens", "50")
    assert endpoint.calls == {"direct": 6, "propose": 1}
    ended = latm("ask", sum_question(30, 40))
    assert (ended.code, ended.out) == (0, "70\n")
    assert ended.err.startswith("tool: the parser of tool ")
    assert "(0 tokens, $0.00, " in ended.err


def test_what_no_tool_answers_without_a_model_is_an_error_that_says_so(latm: Call, endpoint: ToyEndpoint) -> None:
    for n in range(6):
        latm("ask", sum_question(n, n + 1), "--maker", endpoint.model, "--making-tokens", "50")
    ended = latm("ask", "Who sang that?")
    assert (ended.code, ended.out) == (2, "")
    assert "No tool answers this question, and no model is set." in ended.err
