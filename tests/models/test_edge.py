"""Any bytes of an endpoint are a completion that is one, or an error of the tree."""

import asyncio
import json
from copy import deepcopy
from typing import Any

import pytest
from asking import ask
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.errors import MalformedError, ModelError
from latm.models.access import ProviderModel
from latm.models.edge import MOST_TOKENS, checked
from latm.models.port import Completion
from openai_endpoint import Endpoint, completion_body, serving

pytestmark = pytest.mark.anyio

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


WHOLE = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "tiny",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": "Rome",
                "refusal": None,
                "reasoning": "Hm.",
                "tool_calls": None,
            },
            "logprobs": None,
            "error": None,
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, "prompt_tokens_details": None},
    "error": None,
    "service_tier": None,
}
PLACES = [
    *((name,) for name in WHOLE),
    *(("choices", 0, name) for name in ("index", "finish_reason", "message", "logprobs", "error")),
    *(("choices", 0, "message", name) for name in ("role", "content", "refusal", "reasoning", "tool_calls")),
    *(("usage", name) for name in ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details")),
]
WORDS = st.sampled_from(["length", "content_filter", "tool_calls", "error", "", "<think>", "</think>Rome", "\ud800\0"])
ERRORS = st.fixed_dictionaries(
    {}, optional={"message": JSON, "code": JSON, "type": JSON, "param": JSON, "metadata": JSON}
)
CHANGES = st.lists(st.tuples(st.sampled_from(PLACES), WORDS | ERRORS | JSON), max_size=3)


def changed(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """A whole completion with some of its fields replaced; None takes a field away."""
    body = deepcopy(WHOLE)
    for (*path, last), value in changes:
        inner: Any = body
        for step in path:
            inner = inner[step] if isinstance(inner, dict | list) and step in _steps(inner) else None
        if isinstance(inner, dict):
            inner.update({last: value} if value is not None else {})
            if value is None:
                inner.pop(last, None)
    return body


def _steps(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value))


BODIES = JSON | CHANGES.map(changed)


@pytest.fixture(scope="module")
def endpoint() -> Any:
    with serving() as endpoint:
        yield endpoint


async def outcome(url: str) -> Completion | ModelError:
    model = ProviderModel(f"tiny@{url}", timeout=20)
    try:
        return await model.complete(ask("?"))
    except ModelError as error:
        return error
    finally:
        await model.close()


def is_whole(body: Any) -> bool:
    """Whether an endpoint said an answer and nothing that contradicts it: what a success has to rest on."""
    choice = body["choices"][0]
    refusal, finish = choice["message"].get("refusal"), choice.get("finish_reason")
    return bool(
        choice["message"]["content"]
        and not body.get("error")
        and not choice.get("error")
        and not (isinstance(refusal, str) and refusal)
        and (not isinstance(finish, str) or finish in {"stop", ""})
    )


@settings(max_examples=150, deadline=None)
@given(body=BODIES, status=st.sampled_from([200, 200, 200, 400, 404, 429, 500]))
def test_any_json_is_a_completion_that_is_one_or_an_error(endpoint: Endpoint, body: Any, status: int) -> None:
    endpoint.replies = [(status, json.dumps(body))]
    got = asyncio.run(outcome(endpoint.url))
    if isinstance(got, ModelError):
        assert got.reason
        assert str(got).isprintable()
        return
    assert status == 200
    assert is_whole(body)
    assert got.text.strip()
    assert got.text.encode().decode() == got.text
    assert 0 < got.usage.input_tokens <= MOST_TOKENS
    assert 0 < got.usage.output_tokens <= MOST_TOKENS


def json_of(content: bytes, *, is_chat: bool) -> str:
    """The body as it should have come; an empty object where it is refused."""
    try:
        return checked(200, content, is_chat=is_chat)[1]
    except MalformedError:
        return "{}"


@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_checked_into_clean_json_or_refused(content: bytes) -> None:
    for is_chat in (True, False):
        text = json_of(content, is_chat=is_chat)
        assert isinstance(json.loads(text), dict)
        assert "\\u0000" not in text


@pytest.mark.parametrize(
    ("usage", "tokens", "estimated"),
    [
        pytest.param({"prompt_tokens": 7, "completion_tokens": 3}, (7, 3), False, id="counted"),
        pytest.param({"prompt_tokens": 7.0, "completion_tokens": 2.6}, (7, 3), False, id="floats"),
        pytest.param(None, (3, 2), True, id="missing"),
        pytest.param({}, (3, 2), True, id="empty"),
        pytest.param({"prompt_tokens": 0, "completion_tokens": 0}, (3, 2), True, id="zero"),
        pytest.param({"prompt_tokens": 7}, (7, 2), True, id="partial"),
        pytest.param({"total_tokens": 10}, (3, 2), True, id="a total alone"),
        pytest.param({"prompt_tokens": "7", "completion_tokens": True}, (3, 2), True, id="other types"),
        pytest.param({"prompt_tokens": -7, "completion_tokens": 10**30}, (3, 2), True, id="no counts at all"),
        pytest.param([7, 3], (3, 2), True, id="a list"),
    ],
)
def test_tokens_that_are_not_counted_are_estimated_and_said_to_be(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, usage: Any, tokens: tuple[int, int], *, estimated: bool
) -> None:
    body = json.loads(completion_body("Rome is.", usage=None)) | {"usage": usage}
    endpoint.replies = [(200, json.dumps(body))]

    async def ask_twice() -> list[Completion]:
        model = ProviderModel(f"tiny@{endpoint.url}", timeout=20)
        completions = [await model.complete(ask("Where is it?")) for _ in range(2)]
        await model.close()
        return completions

    for completion in asyncio.run(ask_twice()):
        assert (completion.usage.input_tokens, completion.usage.output_tokens) == tokens
        assert completion.estimated is estimated
    assert len(caplog.records) == estimated


def test_an_endpoint_that_never_says_that_it_ended_is_named_once(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.replies = [(200, completion_body("Rome").replace('"stop"', "null"))]

    async def ask_twice() -> None:
        model = ProviderModel(f"tiny@{endpoint.url}", timeout=20)
        for _ in range(2):
            await model.complete(ask("?"))
        await model.close()

    asyncio.run(ask_twice())
    assert [record.name for record in caplog.records] == ["latm.models"]
    assert "never says why a completion ended" in caplog.text


@pytest.mark.parametrize("fault", [TypeError, AttributeError, KeyError])
async def test_a_fault_of_the_program_surfaces(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    import pydantic_ai.direct

    async def faulty(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(pydantic_ai.direct, "model_request", faulty)
    with pytest.raises(fault):
        await outcome(endpoint.url)
