"""What an endpoint sends, held to the shape of a completion before the provider's library reads it.

Endpoints that call themselves compatible leave fields out, fill them with other types, send their errors with
HTTP 200, or send a proxy's page. Here all of that becomes a body that the library can read, an HTTP error with the
provider's own words, or a `MalformedError`.
"""

import functools
import json
import re
import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from latm.errors import MalformedError
from latm.ledger import Usage
from latm.models.text import clean_text, one_line

MOST_BYTES = 8 * 2**20
"""A longer body is refused: the longest completions of today's models have about a tenth of it."""
CONNECTING = 10.0
"""Seconds for making a connection."""
WORDS = ("message", "type", "code", "param")
"""What an error object says, as texts."""
MOST_TOKENS = 10**9
"""A count beyond it is not a count."""
EXCERPT = 200
STATUSES = {
    **dict.fromkeys(("insufficient_quota", "insufficient_credits", "payment_required", "billing_error"), 402),
    **dict.fromkeys(("invalid_api_key", "authentication_error", "unauthorized"), 401),
    **dict.fromkeys(("model_not_found", "not_found_error"), 404),
    **dict.fromkeys(("rate_limit_exceeded", "rate_limit_error", "too_many_requests"), 429),
    **dict.fromkeys(("invalid_request_error", "context_length_exceeded", "content_filter", "bad_request"), 400),
}
"""Which status an error that came with HTTP 200 should have had, by its code or type."""


class EdgeClient(httpx2.AsyncClient):
    """An HTTP client whose responses are whole, of bounded size, and of a completion's shape."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send, read the whole response, and check it.

        Raises:
            MalformedError: what came is not a completion.
        """
        response = await super().send(request, **options | {"stream": True})
        try:
            content = await _read(response)
        finally:
            await response.aclose()
        is_chat = request.url.path.rstrip("/").endswith("/chat/completions")
        status, text = checked(response.status_code, content, is_chat=is_chat)
        headers = {
            name: value
            for name, value in response.headers.items()
            if name not in {"content-encoding", "content-length", "transfer-encoding"}
        }
        if text.startswith("{"):
            headers["content-type"] = "application/json"
        return httpx2.Response(status, headers=headers, content=text.encode(), request=request)


def open_client(timeout: float) -> EdgeClient:
    """A client that proxies of the environment apply to.

    Args:
        timeout: seconds for each part of a call.

    Raises:
        ImportError: a SOCKS proxy is set, and its package is not installed.
    """
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
    return EdgeClient(timeout=httpx2.Timeout(timeout, connect=CONNECTING), limits=limits, verify=trusted())


@functools.cache
def trusted() -> ssl.SSLContext:
    """The certificates trusted, read once: reading them takes longer than everything else that a client needs."""
    return httpx2.create_ssl_context()


async def _read(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            raise MalformedError(f"A response of more than {MOST_BYTES // 2**20} MiB is not a completion.")
    return bytes(content)


def checked(status: int, content: bytes, *, is_chat: bool = True) -> tuple[int, str]:
    """A response as it should have come.

    Args:
        status: HTTP status.
        content: the body, in any encoding and shape.
        is_chat: whether a chat completion is due; otherwise only JSON is.

    Returns:
        The status, which is another if an error came with 200; and the body in clean text.

    Raises:
        MalformedError: it came with a status of success and is not a completion.
    """
    text = content.decode("utf-8", "replace").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    try:
        if status >= 400:  # noqa: PLR2004  # HTTP's errors
            return status, _failure(text)
        return _held(status, _parsed(text), text, is_chat=is_chat)
    except RecursionError as error:
        raise MalformedError(f"What came is not a completion: {_excerpt(text)}") from error


def _held(status: int, body: Any, text: str, *, is_chat: bool) -> tuple[int, str]:
    if isinstance(body, dict) and (error := _error(body)):
        return _status(error), json.dumps({"error": error})
    if not isinstance(body, dict) or not (is_chat or _is_list_of_objects(body.get("output"))):
        raise MalformedError(f"What came is not a completion: {_excerpt(text)}")
    return status, json.dumps(_completion(body, text) if is_chat else _clean(body))


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _failure(text: str) -> str:
    """The body of an HTTP error: an error object as the library expects it, if there is one."""
    try:
        body = json.loads(text)
    except ValueError:
        return clean_text(text)
    error = _error(body) if isinstance(body, dict) else None
    return json.dumps({"error": error} if error else _clean(body))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MalformedError(f"What came is not a completion: {_excerpt(text)}") from error


def _excerpt(text: str) -> str:
    return one_line(text, EXCERPT) or "an empty body"


def _clean(value: Any) -> Any:
    """Plain data with every text in it clean; deeper than a body can be is not a body."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(name): _clean(item) for name, item in value.items()}
    return value


def _error(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The error object that came instead of a completion, or within its first choice; its fields are texts."""
    errors, choices = body.get("errors"), body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    found = (
        body.get("error")
        or (errors[0] if isinstance(errors, list) and errors else None)
        or (first.get("error") if isinstance(first, dict) else None)
        or (body if "choices" not in body and isinstance(body.get("message"), str) else None)
    )
    if not found:
        return None
    if not isinstance(found, dict):
        return {"message": _excerpt(str(found))}
    error = {name: clean_text(str(found[name])) for name in WORDS if _is_word(found.get(name))}
    if isinstance(metadata := found.get("metadata"), dict):
        error["metadata"] = _clean(metadata)
    return {"message": _excerpt(json.dumps(_clean(found)))} | error


def _is_word(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def _status(error: Mapping[str, Any]) -> int:
    """The HTTP status that an error should have had; 502 if it does not say."""
    for word in (error.get("code"), error.get("type")):
        if isinstance(word, str) and word in STATUSES:
            return STATUSES[word]
        if isinstance(word, str) and re.fullmatch("[45][0-9]{2}", word):
            return int(word)
    return 502


def _completion(body: Mapping[str, Any], text: str) -> dict[str, Any]:
    """A chat completion that the library can read.

    Raises:
        MalformedError: it is not one; carries the tokens that it says to have cost.
    """
    usage = _usage(body.get("usage"))
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict) or not isinstance(message.get("content"), str | list | None):
        spent = Usage(1, usage["prompt_tokens"], usage["completion_tokens"], None) if usage else None
        raise MalformedError(f"What came is not a completion: {_excerpt(text)}", usage=spent)
    finish = _text(choice, "finish_reason") if isinstance(choice, dict) else None
    said = {"role": "assistant", "content": _content(message.get("content")), "refusal": _text(message, "refusal")}
    reasoning = _text(message, "reasoning") or _text(message, "reasoning_content")
    if reasoning:
        said["reasoning"] = reasoning
    return {
        "provider": _text(body, "provider") or "unknown",  # OpenRouter's own client wants one
        "id": clean_text(str(body.get("id") or "")) or "none",
        "object": "chat.completion",
        "created": 0,
        "model": clean_text(str(body.get("model") or "")) or "unnamed",
        "choices": [
            {
                "index": 0,
                "finish_reason": clean_text(finish) if isinstance(finish, str) and finish else None,
                "message": said,
            }
        ],
        "usage": usage,
    }


def _text(message: Mapping[str, Any], name: str) -> str | None:
    value = message.get(name)
    return clean_text(value) if isinstance(value, str) else None


def _content(content: str | list[Any] | None) -> str | None:
    """The text of a message whose content may come in parts."""
    if isinstance(content, list):
        texts = [
            part if isinstance(part, str) else part.get("text") for part in content if isinstance(part, str | dict)
        ]
        return clean_text("".join(text for text in texts if isinstance(text, str))) or None
    return clean_text(content) if content is not None else None


def _usage(said: object) -> dict[str, Any] | None:
    """Tokens as whole numbers; 0 if a count is missing or is not one; None if nothing was counted."""
    if not isinstance(said, Mapping):
        return None
    asked, answered = _count(said.get("prompt_tokens")), _count(said.get("completion_tokens"))
    if not asked and not answered:
        return None
    details = {
        name: {key: count for key, value in part.items() if (count := _count(value))}
        for name in ("prompt_tokens_details", "completion_tokens_details")
        if isinstance(part := said.get(name), Mapping)
    }
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered, **details}


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return round(value) if 0 <= value <= MOST_TOKENS else 0  # a NaN is in no range
