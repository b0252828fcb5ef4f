"""What an answer says of itself, and what an application hears of latm."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from inline_snapshot import snapshot
from serving import Counted, fresh

from latm import Answer, AsyncLatm, Latm, LatmError, Route, Scope, Settings
from latm.errors import ProviderError, QuotaError
from latm.ledger import Usage
from openai_endpoint import completion_body, error_body, serving
from toy import sum_question


def test_an_answer_is_plain_data_for_json() -> None:
    usage = Usage(1, 20, 3, Decimal("0.00012"), waited=0.5)
    answer = Answer("Who?", "Goethe", Route.DIRECT, "poets", None, usage, 1.5, "asked", "7", Scope("acme", "Be brief."))
    assert json.loads(json.dumps(answer.to_dict())) == snapshot(
        {
            "id": "7",
            "question": "Who?",
            "text": "Goethe",
            "ok": True,
            "route": "direct",
            "reason": "",
            "task": "poets",
            "tool_id": None,
            "usage": {"calls": 1, "input_tokens": 20, "output_tokens": 3, "cost": "0.00012"},
            "seconds": 1.5,
            "waited": 0.5,
            "evidence": "asked",
            "serial": "",
            "bound": None,
            "missing": [],
            "scope": {
                "project": "acme",
                "instructions": "Be brief.",
                "form": "",
                "model": "",
                "digest": "5ab8fc4e887fcfee",
            },
        }
    )
    assert Answer("Who?", "", Route.FAILED, usage=Usage(cost=None)).to_dict()["usage"]["cost"] is None


def test_an_answer_says_how_long_it_waited_for_its_turn(tmp_path: Path) -> None:
    async def slow(_: list[dict[str, str]]) -> str:
        await asyncio.sleep(0.05)
        return "yes"

    with Latm(fresh(tmp_path), maker=slow, concurrency=1) as latm:
        waited = [answer.waited for answer in latm.ask_many(["Is it one?", "Is it two?", "Is it three?"])]
    assert min(waited) < sorted(waited)[1] < max(waited)
    assert max(waited) > 0.05


def test_a_hundred_callers_do_not_wait_for_each_other_by_default(tmp_path: Path) -> None:
    under_way, together = 0, asyncio.Event()

    async def meeting(_: list[dict[str, str]]) -> str:
        """Answers once as many are asked at once as the default lets through."""
        nonlocal under_way
        under_way += 1
        if under_way == Settings().concurrency:
            together.set()
        await together.wait()
        return "yes"

    async def main() -> None:
        async with AsyncLatm(fresh(tmp_path), maker=meeting) as latm:
            asking = (latm.ask(f"Is number {n} of a kind with {n * n}?") for n in range(100))
            answers = await asyncio.gather(*asking)
            assert {answer.text for answer in answers} == {"yes"}

    assert Settings().concurrency >= 64
    asyncio.run(main())


FAULTS = {
    "wrong key": (401, error_body("Incorrect API key provided", "invalid_api_key"), "key"),
    "no right": (403, error_body("You may not", "forbidden"), "key"),
    "unknown model": (404, error_body("The model does not exist", "model_not_found"), "model"),
    "wrong URL": (404, "<html>no such page</html>", "address"),
    "no such method": (405, "", "address"),
    "no credits": (429, error_body("You exceeded your current quota", "insufficient_quota"), "quota"),
}


@pytest.mark.parametrize(("status", "body", "reason"), FAULTS.values(), ids=FAULTS)
def test_what_must_be_mended_first_raises_out_of_ask(tmp_path: Path, status: int, body: str, reason: str) -> None:
    with serving() as endpoint, Latm(fresh(tmp_path), maker=f"toy@{endpoint.url}") as latm:
        endpoint.replies = [(status, body)]
        with pytest.raises(ProviderError) as raised:
            latm.ask(sum_question(1, 2))
        assert raised.value.reason == reason
        assert isinstance(raised.value, QuotaError) == (reason == "quota")
        endpoint.replies = [(200, completion_body("3"))]
        assert latm.ask(sum_question(1, 2)).text == "3"


def test_a_host_that_does_not_exist_raises_out_of_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with Latm(fresh(tmp_path), maker="toy@http://no-such-host.invalid/v1", retries=0) as latm:
        with pytest.raises(ProviderError) as raised:
            latm.ask(sum_question(1, 2))
        assert raised.value.reason == "address"


def test_a_service_outlives_a_model_server_that_starts_after_it_and_stops_before_it(tmp_path: Path) -> None:
    with serving() as endpoint:
        address = urlsplit(endpoint.url)
    with Latm(fresh(tmp_path), maker=f"toy@{endpoint.url}", retries=0) as latm:
        with pytest.raises(ProviderError, match="where nothing listens") as raised:
            latm.ask(sum_question(1, 2))
        assert raised.value.reason == "address"
        with serving(address.port or 0) as endpoint:
            endpoint.replies, endpoint.headers = [(200, completion_body("3"))], {"connection": "close"}
            assert latm.ask(sum_question(1, 2)).text == "3"
        answer = latm.ask(sum_question(2, 2))
        assert (answer.ok, answer.route, answer.reason) == (False, Route.FAILED, "connection")


PASSING = {
    "429": (429, error_body("slow down", "rate_limit_exceeded"), "rate limit"),
    "503": (503, error_body("overloaded"), "server"),
    "nonsense": (200, "<html>gateway</html>", "malformed"),
}


@pytest.mark.parametrize(("status", "body", "reason"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_an_answer_that_says_why_there_is_none(
    tmp_path: Path, status: int, body: str, reason: str
) -> None:
    with serving() as endpoint, Latm(fresh(tmp_path), maker=f"toy@{endpoint.url}", retries=0) as latm:
        endpoint.replies = [(status, body)]
        answer = latm.ask(sum_question(1, 2))
    assert (answer.ok, answer.route, answer.text, answer.reason) == (False, Route.FAILED, "", reason)


QUIET = """
import logging, sys
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
from latm import Latm
with Latm(store="sqlite:///latm.db"):
    pass
print([type(handler).__name__ for handler in logging.getLogger("latm").handlers])
print(logging.getLogger("alembic").level)
"""


def test_opening_a_new_store_says_nothing_in_the_log_of_the_application(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, "-c", QUIET], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603  # our own
    assert said.stdout == "['NullHandler']\n0\n"
    assert not said.stderr


def test_without_a_handler_of_the_application_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def broken(_: list[dict[str, str]]) -> str:
        raise ConnectionResetError

    with Latm(fresh(tmp_path), maker=broken, retries=0) as latm:
        assert latm.ask("Is anybody there?").reason == "connection"
    logging.getLogger("latm").warning("to nobody")
    assert capfd.readouterr() == ("", "")


def test_a_latm_toml_rules_no_library_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "latm.toml").write_text('concurrency = 3\nmaker = "openai:gpt-5"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LATM_BLOCK", "7")
    settings = AsyncLatm(maker=Counted()).settings
    assert (settings.concurrency, settings.maker, settings.block) == (64, None, 7)
    assert Settings().concurrency == 64


def test_an_error_is_one_sentence_and_a_remedy() -> None:
    with pytest.raises(LatmError) as raised:
        Latm(makr="x")  # type: ignore[call-arg]  # that is the point
    assert str(raised.value) == "the argument makr sets 'makr', which is not a setting. Did you mean maker or making?"
