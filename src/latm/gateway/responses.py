"""Responses: read, listened to, and written as an upstream writes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from latm.gateway import sse
from latm.gateway.chat import flag, odd_field, whole
from latm.gateway.formats import form_of
from latm.gateway.wire import (
    LONGEST_ANSWER,
    Heard,
    Listener,
    NotEligibleError,
    Tokens,
    Wanted,
    Whole,
    compact,
    count,
    digest_of,
    loose_json,
    now,
    one_turn,
    scope_of,
    zeroed,
)
from latm.question import Question

_NEUTRAL = frozenset(
    (
        *("model", "input", "instructions", "stream", "text", "max_output_tokens", "temperature", "top_p"),
        *("user", "safety_identifier", "prompt_cache_key", "metadata", "parallel_tool_calls"),
    )
)
_OFF: Mapping[str, tuple[Any, ...]] = {
    "store": (False,),
    "background": (False,),
    "tools": ([],),
    "include": ([],),
    "tool_choice": ("auto",),
    "truncation": ("disabled",),
    "top_logprobs": (0,),
    "service_tier": ("auto", "default"),
}
ID = "resp_latm_"
"""How ids of answers from here begin, so that a later request that goes on from one is known."""


class Responses:
    """`POST /v1/responses`."""

    name = "responses"

    def read(self, body: Mapping[str, Any], project: str) -> Wanted:
        """What is wanted.

        Raises:
            NotEligibleError: no tool may answer it.
        """
        given = {name: value for name, value in body.items() if value is not None}
        if odd := odd_field(given, _NEUTRAL, _OFF):
            raise NotEligibleError(odd)
        model, instructions, text = given.get("model"), *_turns(given.get("instructions", ""), given.get("input"))
        if not isinstance(model, str) or not model:
            raise NotEligibleError("model")
        scope = scope_of(project, instructions, form_of(_format(given.get("text", {}))), model)
        parameters = {name: value for name, value in given.items() if name not in {"input", "stream"}}
        limit = given.get("max_output_tokens")
        return Wanted(
            Question(text, scope),
            model,
            stream=flag(given.get("stream", False)),
            max_tokens=None if limit is None else whole(limit),
            parameters=digest_of(["responses", parameters]),
            is_deterministic=given.get("temperature") == 0,
            is_cold=given.get("temperature") == 0,
            echo={name: value for name, value in given.items() if name in _ECHOED},
        )

    def listener(self, *, stream: bool) -> Listener:
        """Reads along."""
        return ResponseStream() if stream else Whole(_heard)

    def answer(self, wanted: Wanted, text: str, serial: str, shape: Any) -> bytes:
        """A whole answer, as JSON or as an event stream."""
        body = _response(wanted, text, serial, shape or {})
        if not wanted.stream:
            return compact(body).encode()
        told = enumerate(_events(body, text))
        return b"".join(
            sse.event(compact({"type": kind, "sequence_number": number, **data}), kind) for number, (kind, data) in told
        )


def going_on(fields: Mapping[str, Any], question: str, answer: str) -> dict[str, Any]:
    """A request that goes on from a tool's answer, with that turn written out before its own input."""
    given = fields.get("input", [])
    turns = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    said = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {**fields, "previous_response_id": None, "input": [*said, *turns]}


_ECHOED = frozenset(
    (
        *("instructions", "max_output_tokens", "temperature", "top_p", "user", "safety_identifier"),
        *("prompt_cache_key", "metadata", "parallel_tool_calls", "store", "text"),
    )
)


def _turns(instructions: Any, given: Any) -> tuple[str, str]:
    """The system text and the one user message."""
    if not isinstance(instructions, str):
        raise NotEligibleError("instructions")
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return one_turn(messages, ("input_text",), _is_message, instructions)


def _is_message(one: Mapping[str, Any]) -> bool:
    return one.keys() <= {"role", "content", "type"} and one.get("type", "message") == "message"


def _format(text: Any) -> Any:
    if not isinstance(text, dict) or not text.keys() <= {"format"}:
        raise NotEligibleError("text")
    return text.get("format")


_DEFAULTS: Mapping[str, Any] = {
    "id": "",
    "object": "response",
    "created_at": 0,
    "status": "completed",
    "background": False,
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "model": "",
    "output": [],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "usage": None,
    "user": None,
    "metadata": {},
}
_USAGE = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}
_PART = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
_ITEM = {"id": "", "type": "message", "status": "completed", "content": [_PART], "role": "assistant"}


def _response(wanted: Wanted, text: str, serial: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    """The whole object; without a shape, the fields that the public description has, with what the request says."""
    base: Mapping[str, Any] = shape or {**_DEFAULTS, "model": wanted.model, **wanted.echo}
    item: Mapping[str, Any] = next((one for one in base.get("output", ()) if one.get("type") == "message"), _ITEM)
    part = {**item["content"][0], "text": text}
    item = {**item, "id": f"msg_latm_{serial}", "content": [part]}
    body = {**base, "id": f"{ID}{serial}", "created_at": now(), "output": [item]}
    if "completed_at" in body:
        body["completed_at"] = now()
    body["usage"] = zeroed(base.get("usage") or _USAGE)
    return body


def _events(body: dict[str, Any], text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a stream, in their order."""
    item = body["output"][0]
    part = item["content"][0]
    begun = {**body, "status": "in_progress", "output": [], "usage": None}
    if "completed_at" in begun:
        begun["completed_at"] = None
    at: dict[str, Any] = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    yield "response.output_item.added", {"output_index": 0, "item": {**item, "status": "in_progress", "content": []}}
    yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
    yield "response.output_text.delta", {**at, "delta": text, "logprobs": []}
    yield "response.output_text.done", {**at, "text": text, "logprobs": []}
    yield "response.content_part.done", {**at, "part": part}
    yield "response.output_item.done", {"output_index": 0, "item": item}
    yield "response.completed", {"response": body}


def _heard(body: Any, characters: int) -> Heard:
    """What a response's object says."""
    if not isinstance(body, dict):
        return Heard(characters=characters)
    usage = body.get("usage")
    tokens = (
        Tokens(count(usage.get("input_tokens")), count(usage.get("output_tokens"))) if isinstance(usage, dict) else None
    )
    text = _text(body)
    return Heard(text, tokens, characters, body if text is not None else None)


def _text(body: Mapping[str, Any]) -> str | None:
    """The text of a response that is whole and has nothing but text; None for any other."""
    output = body.get("output")
    if body.get("status") != "completed" or body.get("error") or body.get("incomplete_details"):
        return None
    if not isinstance(output, list) or any(not isinstance(item, dict) for item in output):
        return None
    items = [item for item in output if item.get("type") != "reasoning"]
    if len(items) != 1 or items[0].get("type") != "message" or items[0].get("status") != "completed":
        return None
    content = items[0].get("content")
    if not isinstance(content, list) or len(content) != 1 or not isinstance(content[0], dict):
        return None
    part = content[0]
    is_plain = part.get("type") == "output_text" and not part.get("annotations")
    text = part.get("text")
    return text if is_plain and isinstance(text, str) else None


class ResponseStream:
    """Reads a response along that comes in events; the last of them repeats it whole."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._parts: list[str] = []
        self._size = 0
        self._next = 0
        self._is_in_order = True
        self._body: Any = None

    def feed(self, chunk: bytes) -> None:
        """The next piece.

        Raises:
            ValueError: it is nothing that can be read along.
        """
        for data in self._events.feed(chunk):
            if data != sse.DONE:
                self._take(loose_json(data))

    def _take(self, told: Any) -> None:
        if not isinstance(told, dict) or self._body is not None:
            self._is_in_order = False
            return
        self._is_in_order &= told.get("sequence_number", self._next) == self._next
        self._next += 1
        if told.get("type") == "response.output_text.delta" and isinstance(delta := told.get("delta"), str):
            self._parts.append(delta)
            self._size += len(delta)
            if self._size > LONGEST_ANSWER:
                raise ValueError("longer than any answer")
        elif told.get("type") in {"response.completed", "response.incomplete", "response.failed"}:
            self._body = told.get("response")

    def heard(self, *, complete: bool) -> Heard:  # noqa: ARG002  # the last event says that it is
        """What it was: whole if its last event came, and what it says is what came before."""
        heard = _heard(self._body, self._size)
        is_whole = self._is_in_order and self._events.is_at_rest and heard.text == "".join(self._parts)
        return heard if is_whole else Heard(None, heard.tokens, self._size)
