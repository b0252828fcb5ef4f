"""Whatever an endpoint sends, in every role: what callers get, what is stored, what is learnt, what a rerun does."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from endpoint_cases import CASES, ROME, Case
from latm import Answer, AsyncLatm, Example, Route, Settings
from latm.errors import LatmError, ModelError, ProviderError
from latm.models import retrying
from latm.provenance import Making, Outcome
from latm.store import ToolCache
from latm.tool import Program
from openai_endpoint import Endpoint, Reply, completion_body, error_body, serving, serving_replies
from toy import SUM_TOOL, sum_question

pytestmark = pytest.mark.anyio

SEEN = {name: case for name, case in CASES.items() if not name.startswith("no temperature")}
"""Without what an endpoint teaches once for all later requests: see `WAYS`."""
WAYS: dict[str, tuple[str, frozenset[str]]] = {
    "no temperature": ("/v1", frozenset({"temperature"})),
    "no length": ("/v1", frozenset({"max_completion_tokens", "max_tokens"})),
    "no system role": ("/v1", frozenset({"messages[0].role"})),
    "a slash after": ("/v1/", frozenset()),
    "the whole path": ("/v1/chat/completions", frozenset()),
    "without the version": ("", frozenset()),
}
"""What is written after an endpoint's root, and what it does not know."""
SAID = {"direct": "Rome", "user": '{"a": 1, "b": 7}', "dispatcher": "sums", "maker": SUM_TOOL}
SUMS = [Example(sum_question(n, n + 2), str(2 * n + 2)) for n in range(6)]
MODULE = SUM_TOOL.removeprefix("```python\n").removesuffix("```")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The endpoint of the role that a test is about."""
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def sound() -> Iterator[Endpoint]:
    """The endpoint of the other roles; it says Rome."""
    with serving() as endpoint:
        yield endpoint


def settings(tmp_path: Path, **values: Any) -> Settings:
    fixed = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "timeout": 60, "reuse": False, "tries_propose": 1}
    fixed["sandbox"] = "unsafe-in-process"  # it is all about models
    return Settings.model_validate(fixed | values)


def knowing_sums(tmp_path: Path) -> None:
    """Keep a tool for sums, which abstains from what is said politely."""
    with ToolCache.open(settings(tmp_path).store) as cache:
        cache.add_examples("sums", SUMS)
        program = Program(MODULE)
        cache.record_making(Making("sums", Outcome.MADE, "", program.id, "m"), program, came=6)


@asynccontextmanager
async def with_a_tool(tmp_path: Path, **values: Any) -> AsyncIterator[AsyncLatm]:
    """A latm that knows a tool for sums."""
    knowing_sums(tmp_path)
    few = {"making": "never", "examples_shown": 100}  # what is said politely never comes to be a kind of its own
    async with AsyncLatm(settings(tmp_path, **few, **values)) as latm:
        yield latm


def polite(number: int) -> str:
    return sum_question(number, 7).replace("only.", "only, please.")


def send(endpoint: Endpoint, case: Case) -> None:
    endpoint.replies, endpoint.headers = list(case.replies), case.headers


async def outcome(latm: AsyncLatm, question: str) -> Answer | LatmError:
    """What a caller gets; any other error is a fault."""
    try:
        return await latm.ask(question)
    except LatmError as error:
        return error


async def stored(latm: AsyncLatm, question: str) -> list[tuple[Route, str]]:
    await latm.audited()
    return [(answer.route, answer.text) for answer in latm.cache.answers(limit=None) if answer.question == question]


def learnt(latm: AsyncLatm) -> set[str]:
    return {example.answer for task in latm.cache.tasks() for example in task.examples}


async def test_of_a_direct_answer_only_a_whole_completion_is_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    model = f"tiny@{endpoint.url}"
    few = {"examples_shown": 1, "examples_held_out": 1, "making": "never"}
    async with AsyncLatm(settings(tmp_path, direct=model, **few)) as latm:
        for name, case in SEEN.items():
            question = f"Which city is the capital of the country called {name}?"
            send(endpoint, case)
            got = await outcome(latm, question)
            if case.text is not None:
                assert isinstance(got, Answer), name
                assert (got.route, got.text, got.retry_after) == (Route.DIRECT, case.text, None), name
                kept = [(Route.DIRECT, case.text)]
            elif case.error is not None and case.error.ends_run:
                assert (type(got), getattr(got, "reason", "")) == (case.error, case.reason), name
                kept = []
            else:
                assert isinstance(got, Answer), name
                assert (got.route, got.text, got.reason) == (Route.FAILED, "", case.reason), name
                assert (got.retry_after is not None) == (case.error is not None and case.error.may_pass), name
                kept = [(Route.FAILED, "")]
            assert await stored(latm, question) == kept, name
            send(endpoint, Case([ROME]))
            again = await latm.ask(question)
            assert (again.route, again.text) == (Route.DIRECT, "Rome"), name
        texts = {case.text for case in SEEN.values()} - {None}
        assert learnt(latm) <= texts
        assert learnt(latm)


@pytest.mark.parametrize("role", ["user", "dispatcher"])
async def test_a_light_model_that_fails_costs_no_caller_an_answer(
    role: str, endpoint: Endpoint, sound: Endpoint, tmp_path: Path
) -> None:
    models = {"direct": f"tiny@{sound.url}", role: f"small@{endpoint.url}", "tool_user": role == "user"}
    async with with_a_tool(tmp_path, **models) as latm:
        for number, (name, case) in enumerate(SEEN.items()):
            send(endpoint, case)
            asked = len(endpoint.bodies)
            got = await outcome(latm, polite(number))
            assert len(endpoint.bodies) > asked, name
            assert isinstance(got, Answer), name
            assert (got.route, got.text) == (Route.DIRECT, "Rome"), name
            assert (f"{role} failed" in got.evidence) == (case.error is not None), (name, got.evidence)
            assert await stored(latm, polite(number)) == [(Route.DIRECT, "Rome")], name
            send(endpoint, Case([(200, completion_body('{"a": 1, "b": 7}' if role == "user" else "sums"))]))
            again = await latm.ask(polite(number))
            assert again.route is (Route.TOOL_USER if role == "user" else Route.DIRECT), name
        assert learnt(latm) <= {"Rome", *(example.answer for example in SUMS)}


async def test_of_a_tool_maker_only_a_whole_module_is_kept_and_the_next_making_is_as_good_as_new(
    endpoint: Endpoint, sound: Endpoint, tmp_path: Path
) -> None:
    models = {"maker": f"tiny@{endpoint.url}", "direct": f"tiny@{sound.url}"}
    made_again: set[object] = set()
    async with AsyncLatm(settings(tmp_path, **models)) as latm:
        for name, case in SEEN.items():
            send(endpoint, case)
            made: Making | ModelError
            try:
                made = await latm.make(name, SUMS)
            except ModelError as error:
                made = error
            if case.error is None:
                assert isinstance(made, Making), name
                assert (made.outcome, made.tool_id) == (Outcome.FAILED, None), name
                assert made.reason.isprintable(), name
                assert not made.reason.endswith(":"), name
            else:
                assert (type(made), getattr(made, "reason", "")) == (case.error, case.reason), name
            assert [making.outcome for making in latm.cache.makings(name)] == [Outcome.FAILED] * (case.error is None), (
                name
            )
            assert latm.cache.tools(task=name) == [], name
            assert learnt(latm) == {example.answer for example in SUMS}, name
            if (case.error, case.reason) not in made_again:  # one for each outcome: gates take their time
                made_again.add((case.error, case.reason))
                send(endpoint, Case([(200, completion_body(SUM_TOOL))]))
                assert (await latm.make(name, SUMS)).outcome is Outcome.MADE, name


def running(role: str, model: str, tmp_path: Path) -> AsyncLatm:
    """A latm with this model in one role, and a function that says Rome for direct answers."""

    async def rome(_: object) -> str:
        return "Rome"

    if role in {"user", "dispatcher"}:
        knowing_sums(tmp_path)
    few: dict[str, Any] = {"tool_user": role == "user"}
    few |= {} if role == "maker" else {"making": "never", "examples_shown": 100}
    models: dict[str, Any] = {"direct": rome} | {role: model}
    return AsyncLatm(settings(tmp_path, **few), **models)


async def taking(role: str, latm: AsyncLatm, number: int) -> Answer | Making:
    """What comes of something that takes this role."""
    if role == "maker":
        return await latm.make(f"sums-{number}", SUMS)
    return await latm.ask(f"Which city is number {number}?" if role == "direct" else polite(number))


@pytest.mark.parametrize("role", SAID)
@pytest.mark.parametrize("way", WAYS)
async def test_what_an_endpoint_does_not_know_and_where_it_is_are_learnt_once_in_every_role(
    way: str, role: str, tmp_path: Path
) -> None:
    written, unknown = WAYS[way]
    refused: list[str] = []

    def reply(body: dict[str, Any], _: str | None) -> Reply:
        system = {"messages[0].role"} if body["messages"][0]["role"] == "system" else set()
        if name := min(unknown & (body.keys() | system), default=None):
            refused.append(name)
            return 400, error_body("no", "unsupported_value", name)
        return 200, completion_body(SAID[role])

    with serving_replies(reply, paths=frozenset({"/v1/chat/completions"})) as url:
        async with running(role, f"tiny@{url.removesuffix('/v1')}{written}", tmp_path) as latm:
            for number in range(2):
                got = await taking(role, latm, number)
                if isinstance(got, Making):
                    assert got.outcome is Outcome.MADE
                else:
                    assert got.route is (Route.TOOL_USER if role == "user" else Route.DIRECT)
                    assert "failed" not in got.evidence
    assert len(refused) == len(set(refused))


@pytest.mark.parametrize("role", SAID)
async def test_a_socks_proxy_is_named_in_every_role(role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    async with running(role, "tiny@http://models.example/v1", tmp_path) as latm:
        if role in {"direct", "maker"}:
            with pytest.raises(ProviderError, match=r"SOCKS proxy .* is not installed"):
                await taking(role, latm, 0)
            assert (latm.cache.makings(), latm.cache.tools()) == ([], [])
        else:
            got = await taking(role, latm, 0)
            assert isinstance(got, Answer)
            assert (got.route, got.text) == (Route.DIRECT, "Rome")
            assert f"{role} failed" in got.evidence
            assert "SOCKS proxy" in got.evidence
