"""One real client against a real HTTP server."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

import anyio
import pytest
from asking import ask
from pydantic_ai.models.openai import OpenAIChatModel

from latm.errors import (
    LatmError,
    ModelTimeoutError,
    PassingModelError,
    ProviderError,
    QuotaError,
    RequestError,
    SettingsError,
)
from latm.models import Models, open_models
from latm.models.access import ProviderModel
from latm.models.address import Address, parse_name
from latm.models.port import Message, Request
from latm.settings import Settings
from openai_endpoint import Endpoint, completion_body, error_body, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENROUTER_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def models_at(endpoint: Endpoint, *, model: str = "tiny", timeout: float = 20.0, retries: int = 0) -> Models:
    return open_models(Settings(maker=f"{model}@{endpoint.url}", timeout=timeout, retries=retries))


async def failure(models: Models, request: Request) -> LatmError:
    assert models.maker is not None
    with pytest.raises(LatmError) as caught:
        await models.maker.complete(request)
    await models.close()
    return caught.value


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("openai:gpt-5", Address("openai", "gpt-5")),
        ("openrouter:meta/llama:free", Address("openrouter", "meta/llama:free")),
        ("google-cloud:claude@2025", Address("google-cloud", "claude@2025")),
        ("tiny@http://127.0.0.1:8089/v1", Address("", "tiny", "http://127.0.0.1:8089/v1")),
        ("@cf/meta/llama-3@https://models.example/v1", Address("", "@cf/meta/llama-3", "https://models.example/v1")),
        ("org/tiny:7b@https://models.example/v1", Address("", "org/tiny:7b", "https://models.example/v1")),
    ],
)
def test_a_name_says_where_a_model_is(name: str, address: Address) -> None:
    assert parse_name(name) == address


@pytest.mark.parametrize(
    "name", ["", "gpt-5", ":gpt-5", "openai:", "openai: gpt", "tiny@", "@http://h/v1", "tiny@http://"]
)
def test_a_name_that_cannot_be_read_is_refused_with_the_form_to_write(name: str) -> None:
    with pytest.raises(SettingsError, match="provider:model") as caught:
        parse_name(name)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nobody:gpt-5", "provider of 'nobody:gpt-5' is unknown"),
        ("openai:gpt-5", "Set OPENAI_API_KEY in the environment"),
        ("openrouter:some/model", "Set OPENROUTER_API_KEY in the environment"),
        ("groq:llama", r'pip install "pydantic-ai-slim\[groq\]"'),
    ],
)
def test_what_is_missing_for_a_provider_is_said_before_any_request(name: str, sentence: str) -> None:
    with pytest.raises(ProviderError, match=sentence):
        open_models(Settings(maker=name)).check()


async def test_a_completion_carries_text_tokens_model_and_time(endpoint: Endpoint) -> None:
    models = models_at(endpoint)
    assert models.maker is not None
    completion = await models.maker.complete(ask("Capital of Italy?"))
    await models.close()
    assert (completion.text, completion.model) == ("Rome", f"tiny@{endpoint.url}")
    assert (completion.usage.calls, completion.usage.input_tokens, completion.usage.output_tokens) == (1, 7, 3)
    assert completion.usage.cost is None
    assert completion.seconds > 0
    assert completion.recorded_at is None


async def test_the_whole_conversation_and_its_parameters_are_sent(endpoint: Endpoint) -> None:
    models = models_at(endpoint)
    assert models.maker is not None
    turns = [Message("system", "s"), Message("user", "u"), Message("assistant", "a"), Message("user", "v")]
    await models.maker.complete(Request(turns, "propose", temperature=0.25, max_tokens=50))
    await models.close()
    (body,) = endpoint.bodies
    assert [(m["role"], m["content"]) for m in body["messages"]] == [(m.role, m.content) for m in turns]
    assert (body["model"], body["temperature"], body["max_completion_tokens"]) == ("tiny", 0.25, 50)


async def test_a_question_that_has_no_utf8_is_asked_all_the_same(endpoint: Endpoint) -> None:
    models = models_at(endpoint)
    assert models.maker is not None
    assert (await models.maker.complete(ask("Capital of \ud800Italy\0?"))).text == "Rome"
    await models.close()
    assert endpoint.bodies[0]["messages"][0]["content"] == "Capital of �Italy�?"


@pytest.mark.parametrize(("key", "sent"), [("sk-mine", "Bearer sk-mine"), (None, "Bearer no-key")])
async def test_an_endpoint_of_ones_own_gets_the_key_that_is_set(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, key: str | None, sent: str
) -> None:
    if key:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    models = models_at(endpoint)
    assert models.maker is not None
    await models.maker.complete(ask("?"))
    await models.close()
    assert endpoint.keys == [sent]


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (400, RequestError, "HTTP 400, bad"),
        (401, ProviderError, "Set a valid key"),
        (403, ProviderError, "Set a valid key"),
        (402, QuotaError, "Top up"),
        (404, ProviderError, "Check the model's name and the URL"),
        (422, RequestError, "HTTP 422, bad"),
    ],
)
async def test_a_refusal_is_not_tried_again(
    endpoint: Endpoint, status: int, kind: type[LatmError], sentence: str
) -> None:
    endpoint.replies = [(status, error_body("bad"))]
    error = await failure(models_at(endpoint, retries=5), ask("?"))
    assert type(error) is kind
    assert sentence in str(error)
    assert f"tiny@{endpoint.url}" in str(error)
    assert len(endpoint.bodies) == 1


async def test_a_spent_quota_is_not_taken_for_a_passing_rate_limit(endpoint: Endpoint) -> None:
    endpoint.replies = [(429, error_body("pay first", code="insufficient_quota"))]
    error = await failure(models_at(endpoint, retries=5), ask("?"))
    assert isinstance(error, QuotaError)
    assert "pay first. Top up the account" in str(error)
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ((7, 3), Decimal("0.0000475")),  # 7 tokens at 2.50 and 3 at 10 dollars a million
        (None, Decimal("0.0000125")),  # estimated: 1 token for "?", 1 for "Rome"
    ],
)
async def test_a_providers_completion_is_priced_by_tokens_counted_or_estimated(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, usage: tuple[int, int] | None, cost: Decimal
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    endpoint.replies = [(200, completion_body("Rome", usage=usage))]
    models = open_models(Settings(maker="openai-chat:gpt-4o"))
    assert models.maker is not None
    assert (await models.maker.complete(ask("?"))).usage.cost == cost
    await models.close()


@pytest.mark.parametrize(
    "passing",
    [
        (429, error_body("slow down")),
        (500, error_body("oops")),
        (503, "<html>down</html>"),
        (529, error_body("overloaded")),
        (200, "<html>not JSON at all</html>"),
        (200, '{"object": "chat.completion", "choices": "none"}'),
    ],
)
async def test_what_may_pass_is_tried_again(endpoint: Endpoint, passing: tuple[int, str]) -> None:
    endpoint.headers = {"retry-after-ms": "1"}
    endpoint.replies = [passing, (200, completion_body("Rome"))]
    models = models_at(endpoint, retries=1)
    assert models.maker is not None
    completion = await models.maker.complete(ask("?"))
    await models.close()
    assert completion.text == "Rome"
    assert len(endpoint.bodies) == 2


async def test_a_server_that_always_fails_is_given_up_after_the_tries_that_are_set(endpoint: Endpoint) -> None:
    endpoint.headers = {"retry-after-ms": "1"}
    endpoint.replies = [(500, error_body("oops"))]
    error = await failure(models_at(endpoint, retries=2), ask("?"))
    assert isinstance(error, PassingModelError)
    assert "HTTP 500, oops (tries: 3)" in str(error)
    assert len(endpoint.bodies) == 3


async def test_a_server_that_hangs_is_left_at_the_deadline(endpoint: Endpoint) -> None:
    endpoint.hang.clear()
    error = await failure(models_at(endpoint, timeout=0.5, retries=5), ask("?"))
    assert isinstance(error, ModelTimeoutError)
    assert "within 0.5 s" in str(error)


async def test_an_address_where_nothing_ever_listened_is_wrong_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await failure(open_models(Settings(maker=f"tiny@http://localhost:{port}/v1")), ask("?"))
    assert isinstance(error, ProviderError)
    assert error.reason == "address"
    assert "nothing listens" in str(error)


@pytest.mark.parametrize("last", [(200, completion_body("Rome")), (503, error_body("loading"))], ids=["well", "busy"])
async def test_where_somebody_has_listened_a_refused_connection_may_pass(last: tuple[int, str]) -> None:
    with serving() as endpoint:
        endpoint.replies, endpoint.headers = [last], {"connection": "close"}
        models = models_at(endpoint, retries=0)
        assert models.maker is not None
        with suppress(PassingModelError):
            await models.maker.complete(ask("?"))
    error = await failure(models, ask("?"))
    assert isinstance(error, PassingModelError)
    assert error.reason == "connection"


async def test_a_temperature_that_a_provider_refuses_is_dropped_from_then_on(endpoint: Endpoint) -> None:
    endpoint.replies = [(400, error_body("no", "unsupported_value", "temperature")), (200, completion_body("Rome"))]
    models = models_at(endpoint)
    assert models.maker is not None
    for _ in range(2):
        assert (await models.maker.complete(ask("?", temperature=0.3))).text == "Rome"
    await models.close()
    assert ["temperature" in body for body in endpoint.bodies] == [True, False, False]


async def test_a_model_known_to_take_no_temperature_answers_all_the_same(endpoint: Endpoint) -> None:
    models = models_at(endpoint, model="gpt-5")
    assert models.maker is not None
    completion = await models.maker.complete(ask("?", temperature=0.3))
    await models.close()
    assert completion.text == "Rome"
    assert "temperature" not in endpoint.bodies[0]


async def test_closing_closes_the_connections_also_where_the_model_was_checked_first(endpoint: Endpoint) -> None:
    model = ProviderModel(f"tiny@{endpoint.url}", timeout=20)
    client = model.connect()
    assert isinstance(client, OpenAIChatModel)
    await model.complete(ask("?"))
    await model.close()
    await model.close()
    assert client.client.is_closed()


def test_the_client_outwaits_the_deadline_of_the_whole_call(endpoint: Endpoint) -> None:
    model = ProviderModel(f"tiny@{endpoint.url}", timeout=7200)
    assert model._settings(model.connect(), ask("?"))["timeout"] > 7200


async def test_requests_made_at_once_share_one_client(endpoint: Endpoint) -> None:
    models = models_at(endpoint)
    maker = models.maker
    assert maker is not None
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(maker.complete, ask(f"{number}"))
    await models.close()
    assert len(endpoint.bodies) == 20
    assert models.meter.total().calls == 20


async def test_no_more_calls_are_under_way_than_the_setting_allows(endpoint: Endpoint) -> None:
    endpoint.hang.clear()
    models = open_models(Settings(maker=f"tiny@{endpoint.url}", concurrency=3))
    maker = models.maker
    assert maker is not None
    async with anyio.create_task_group() as group:
        for number in range(9):
            group.start_soon(maker.complete, ask(f"{number}"))
        with anyio.fail_after(20):
            while len(endpoint.bodies) < 3:  # noqa: ASYNC110  # the endpoint is a thread and has no event of this loop
                await anyio.sleep(0.01)
        await anyio.sleep(0.1)
        assert len(endpoint.bodies) == 3
        endpoint.hang.set()
    await models.close()
    assert len(endpoint.bodies) == 9
