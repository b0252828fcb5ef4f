"""Everything that an endpoint may send, and what must come of it."""

import json
from dataclasses import dataclass, field
from typing import Any

from latm.errors import (
    CutOffError,
    EmptyError,
    MalformedError,
    ModelError,
    PassingModelError,
    ProviderError,
    QuotaError,
    RefusedError,
    RequestError,
)
from openai_endpoint import Reply, completion_body, error_body

ROME: Reply = (200, completion_body("Rome"))


def said(content: Any = "Rome", finish: Any = "stop", usage: Any = None, **message: Any) -> Reply:
    """A completion with fields of its own."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
    counted = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10} if usage is None else usage
    return 200, json.dumps({"id": "1", "object": "chat.completion", "choices": [choice], "usage": counted})


def body(**fields: Any) -> Reply:
    return 200, json.dumps(fields)


def failed(**error: Any) -> Reply:
    """An error that comes with HTTP 200."""
    return body(error=error)


@dataclass(frozen=True)
class Case:
    """What is sent, and what must come of it.

    Attributes:
        replies: of the endpoint, in order; the last one again and again.
        text: of the completion; None where there must be none.
        error: its class, where one must be raised.
        reason: of the error.
        asked: requests that reach the endpoint, with two retries allowed.
        answered: calls that the meter counts, at 7 tokens sent and 3 received each.
        words: that the error must hold.
        headers: of the endpoint's replies.
    """

    replies: list[Reply]
    text: str | None = None
    error: type[ModelError] | None = None
    reason: str = ""
    asked: int = 1
    answered: int = 1
    words: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"retry-after-ms": "1"})


CUT = said("Ro", "length")
CASES = {
    "it ended by itself": Case([ROME], "Rome"),
    "it ended, by other words": Case([said(finish="end_turn")], "Rome"),
    "it never says": Case([said(finish=None)], "Rome"),
    "it says nothing as an empty word": Case([said(finish="")], "Rome"),
    "content in parts": Case([said([{"type": "text", "text": "Ro"}, {"type": "text", "text": "me"}])], "Rome"),
    "content with spaces kept": Case([said(" Rome \n")], " Rome \n"),
    "content filter": Case([said("", "content_filter")], None, RefusedError, "refused"),
    "content filter in the midst": Case([said("Ro", "content_filter")], None, RefusedError, "refused"),
    "another provider's filter": Case([said("Ro", "SAFETY")], None, RefusedError, "refused"),
    "a refusal": Case([said(None, "stop", refusal="I can't.")], None, RefusedError, "refused", words="I can't"),
    "no content": Case([said(None)], None, EmptyError, "empty"),
    "empty content": Case([said("")], None, EmptyError, "empty"),
    "blank content": Case([said(" \n")], None, EmptyError, "empty"),
    "reasoning only, apart": Case([said(None, reasoning_content="Hm.")], None, EmptyError, "empty", words="reasoning"),
    "reasoning apart, and an answer": Case([said("Rome", reasoning="Hm.")], "Rome"),
    "reasoning in tags": Case([said("<think>Paris?</think>\n\nRome")], "Rome"),
    "reasoning without its opening tag": Case([said("Paris?</think>Rome")], "Rome"),
    "nested reasoning": Case([said("<think>a<think>b</think>c</think>Rome")], "Rome"),
    "reasoning that was cut": Case([said("<think>Paris, for")], None, CutOffError, "cut off"),
    "nothing but reasoning": Case([said("<think>Rome</think>\n")], None, CutOffError, "cut off"),
    "a tag that is quoted": Case([said("Write `<think>` first.")], "Write `<think>` first."),
    "a function call": Case([said(None, "tool_calls", tool_calls=[])], None, EmptyError, "empty"),
    "an end that nobody knows": Case([said("Ro", "paused")], None, CutOffError, "cut off", words="paused"),
    "an end by error, then an answer": Case([said("Ro", "error"), ROME], "Rome", asked=2, answered=2),
    "an end by error, always": Case([said("Ro", "error")], None, PassingModelError, "server", 3, 3),
    "no choices, with usage": Case(
        [body(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 3})], None, MalformedError, "malformed", 3, 3
    ),
    "no choices, then an answer": Case([body(choices=[]), ROME], "Rome", asked=2),
    "choices null": Case([body(choices=None)], None, MalformedError, "malformed", 3, 0),
    "choices of another type": Case([body(choices="none")], None, MalformedError, "malformed", 3, 0),
    "a choice without a message": Case([body(choices=[{}])], None, MalformedError, "malformed", 3, 0),
    "a message of another type": Case([body(choices=[{"message": "Rome"}])], None, MalformedError, "malformed", 3, 0),
    "content of another type": Case([said(5)], None, MalformedError, "malformed", 3, 3),
    "JSON that is no object": Case([(200, "[1]")], None, MalformedError, "malformed", 3, 0),
    "a page": Case([(200, "<html>Log in</html>")], None, MalformedError, "malformed", 3, 0, "Log in"),
    "an empty body": Case([(200, "")], None, MalformedError, "malformed", 3, 0),
    "deep nesting": Case([(200, "[" * 100_000)], None, MalformedError, "malformed", 3, 0),
    "more than is read": Case(
        [(200, completion_body("x" * 8_400_000))], None, MalformedError, "malformed", 3, 0, "8 MiB"
    ),
    "a stream": Case([(200, 'data: {"choices": []}\n\n')], None, MalformedError, "malformed", 3, 0),
    "no id and no model": Case([body(choices=[{"finish_reason": "stop", "message": {"content": "Rome"}}])], "Rome"),
    "fields of other types": Case(
        [
            (
                200,
                completion_body("Rome").replace(
                    '"created": 1', '"created": "today", "service_tier": {}, "logprobs": 5'
                ),
            )
        ],
        "Rome",
    ),
    "NUL": Case([said("Ro\0me")], "Ro�me"),
    "a lone surrogate": Case([(200, completion_body("Ro@me").replace("@", "\\ud800"))], "Ro�me"),
    "invalid UTF-8": Case([(200, completion_body("Ro@me").encode().replace(b"@", b"\xff"))], "Ro�me"),
    "a byte order mark": Case([(200, "\ufeff" + completion_body("Rome"))], "Rome"),
    "credits spent, with 200": Case([failed(message="Empty", code=402)], None, QuotaError, "quota", 1, 0, "Empty"),
    "quota spent, with 200": Case(
        [failed(message="Pay", code="insufficient_quota")], None, QuotaError, "quota", 1, 0, "Pay"
    ),
    "wrong key, with 200": Case([failed(message="Bad key", code=401)], None, ProviderError, "key", 1, 0, "Bad key"),
    "unknown model, with 200": Case(
        [failed(message="No x", code="model_not_found")], None, ProviderError, "model", 1, 0, "No x"
    ),
    "rate limit, with 200": Case([failed(message="Slow", code=429)], None, PassingModelError, "rate limit", 3, 0),
    "an error without a code": Case([failed(message="Oops")], None, PassingModelError, "server", 3, 0, "Oops"),
    "an error that is a text, with 200": Case([body(error="Oops")], None, PassingModelError, "server", 3, 0, "Oops"),
    "an error in a choice": Case([body(choices=[{"error": {"code": 503, "message": "Gone"}}]), ROME], "Rome", asked=2),
    "a list of errors": Case(
        [body(success=False, errors=[{"code": 401, "message": "Bad"}])], None, ProviderError, "key", 1, 0, "Bad"
    ),
    "HTTP 400": Case([(400, error_body("bad"))], None, RequestError, "rejected", 1, 0, "bad"),
    "too long": Case([(400, error_body("long", "context_length_exceeded"))], None, RequestError, "too long", 1, 0),
    "too large": Case([(413, error_body("large"))], None, RequestError, "too long", 1, 0),
    "flagged": Case([(400, error_body("no", "content_filter"))], None, RequestError, "flagged", 1, 0),
    "the word temperature in a text": Case(
        [(400, error_body("It is about the temperature of tea."))], None, RequestError, "rejected", 1, 0
    ),
    "HTTP 401": Case([(401, error_body("key"))], None, ProviderError, "key", 1, 0),
    "HTTP 402": Case([(402, error_body("pay"))], None, QuotaError, "quota", 1, 0),
    "HTTP 404 for a model": Case([(404, error_body("no", "model_not_found"))], None, ProviderError, "model", 1, 0),
    "HTTP 404 for a page": Case([(404, "not found")], None, ProviderError, "address", 1, 0),
    "HTTP 405": Case([(405, "")], None, ProviderError, "address", 1, 0),
    "HTTP 429, quota": Case([(429, error_body("pay", "insufficient_quota"))], None, QuotaError, "quota", 1, 0),
    "HTTP 429, then an answer": Case([(429, error_body("slow")), ROME], "Rome", asked=2),
    "HTTP 429, always": Case([(429, error_body("slow"))], None, PassingModelError, "rate limit", 3, 0),
    "HTTP 429 for an hour": Case(
        [(429, error_body("slow"))], None, PassingModelError, "rate limit", 1, 0, "wait 3600 s", {"retry-after": "3600"}
    ),
    "HTTP 500, then an answer": Case([(500, error_body("oops")), ROME], "Rome", asked=2),
    "HTTP 503, always": Case([(503, "<html>down</html>")], None, PassingModelError, "server", 3, 0),
    "no temperature": Case([(400, error_body("no", "unsupported_value", "temperature")), ROME], "Rome", asked=2),
    "no temperature, as FastAPI says it": Case(
        [(422, json.dumps({"detail": [{"loc": ["body", "temperature"], "type": "extra_forbidden"}]})), ROME],
        "Rome",
        asked=2,
    ),
    "a temperature out of range": Case(
        [(400, error_body("no", "decimal_above_max_value", "temperature"))], None, RequestError, "rejected", 1, 0
    ),
    "an escape in an error": Case([(400, error_body("\x1b[31mred"))], None, RequestError, "rejected", 1, 0, "[31mred"),
}
