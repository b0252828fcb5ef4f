"""Named providers that speak OpenAI's protocol meet the same edge as an endpoint of one's own."""

from typing import Any

import httpx2
import pytest
from asking import ask

from latm.errors import CutOffError, EmptyError, MalformedError, ModelError, ProviderError, QuotaError, RefusedError
from latm.models import edge
from latm.models.access import ProviderModel
from latm.models.port import Completion

pytestmark = pytest.mark.anyio

KEYS = ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY", "TOGETHER_API_KEY", "FIREWORKS_API_KEY")
CHAT = ("openai-chat:gpt-4o", "openrouter:org/model:free", "deepseek:deepseek-chat", "together:org/m", "fireworks:m")
CUT, FILTERED = {"reason": "max_output_tokens"}, {"reason": "content_filter"}
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def chat(content: str | None, finish: str, **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": finish, "message": message, "logprobs": None}
    return {"id": "1", "created": 1, "model": "m", "choices": [choice], "usage": USAGE, **fields}


def responses(text: str, status: str = "completed", **fields: Any) -> dict[str, Any]:
    """A body of OpenAI's Responses API, which `openai:` names are asked by."""
    part = {"type": "output_text", "text": text, "annotations": []}
    output = [{"type": "message", "id": "m", "role": "assistant", "status": status, "content": [part]}]
    usage = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": "1", "object": "response", "created_at": 1, "model": "m", "status": status, "output": output,
        "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "usage": usage | details, "error": None,
    } | fields  # fmt: skip


async def outcome(monkeypatch: pytest.MonkeyPatch, name: str, status: int, body: Any) -> Completion | ModelError:
    for key in KEYS:
        monkeypatch.setenv(key, "sk-test")

    def reply(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, json=body)

    monkeypatch.setattr(edge, "open_client", lambda _: edge.EdgeClient(transport=httpx2.MockTransport(reply)))
    model = ProviderModel(name, timeout=20)
    try:
        return await model.complete(ask("?"))
    except ModelError as error:
        return error
    finally:
        await model.close()


@pytest.mark.parametrize("name", CHAT)
@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (200, chat("Rome", "stop"), Completion, ""),
        (200, chat("Rome", "stop", created="now", system_fingerprint=5), Completion, ""),
        (200, chat("Rome", "stop", usage={"prompt_tokens": 7.5}), Completion, ""),
        (200, chat("Ro", "length"), CutOffError, "cut off"),
        (200, chat("Ro", "content_filter"), RefusedError, "refused"),
        (200, chat(None, "stop"), EmptyError, "empty"),
        (200, chat("<think>Ro", "stop"), CutOffError, "cut off"),
        (200, chat("Bonn?</think>Rome", "stop"), Completion, ""),
        (200, chat("<think>Bonn?</think>Rome", "stop"), Completion, ""),
        (200, {"choices": []}, MalformedError, "malformed"),
        (200, {"error": {"message": "Add credits", "code": 402}}, QuotaError, "quota"),
        (401, {"error": {"message": "Bad key"}}, ProviderError, "key"),
    ],
)
async def test_a_chat_completion_is_one_or_its_error(  # noqa: PLR0913, PLR0917  # a table
    monkeypatch: pytest.MonkeyPatch, name: str, status: int, body: Any, kind: type, reason: str
) -> None:
    got = await outcome(monkeypatch, name, status, body)
    assert type(got) is kind, got
    assert got.text == "Rome" if isinstance(got, Completion) else got.reason == reason


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (200, responses("Rome"), Completion, ""),
        (
            200,
            responses("Ro", "incomplete", incomplete_details=CUT),
            CutOffError,
            "cut off",
        ),
        (200, responses("Ro", "incomplete", incomplete_details=FILTERED), RefusedError, "refused"),
        (200, responses(""), EmptyError, "empty"),
        (200, responses("x", output=[]), EmptyError, "empty"),
        (200, {"error": {"message": "Pay", "code": "insufficient_quota"}}, QuotaError, "quota"),
        (200, {"output": "Rome"}, MalformedError, "malformed"),
        (200, [], MalformedError, "malformed"),
        (429, {"error": {"message": "Pay", "code": "insufficient_quota"}}, QuotaError, "quota"),
    ],
)
async def test_a_response_is_one_or_its_error(
    monkeypatch: pytest.MonkeyPatch, status: int, body: Any, kind: type, reason: str
) -> None:
    got = await outcome(monkeypatch, "openai:gpt-4o", status, body)
    assert type(got) is kind, got
    assert got.text == "Rome" if isinstance(got, Completion) else got.reason == reason
