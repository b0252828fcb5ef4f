"""Chat completions: read, listened to, and written as an upstream writes them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from latm.gateway import sse
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
        *("model", "messages", "stream", "stream_options", "response_format", "stop", "max_tokens"),
        *("max_completion_tokens", "temperature", "top_p", "seed", "presence_penalty", "frequency_penalty"),
        *("user", "safety_identifier", "prompt_cache_key", "metadata", "reasoning_effort"),
    )
)
"""Fields that leave a request one that a tool may answer."""
_OFF: Mapping[str, tuple[Any, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "store": (False,),
    "tools": ([],),
    "modalities": (["text"],),
    "service_tier": ("auto", "default"),
}
"""Others that do with these values; with any other, or any other field, a request goes on as it is."""
_PROMPT = "messages"
ID = "chatcmpl-latm-"
"""How ids of answers from here begin."""
_HOW = ("stream", "stream_options")


class Chat:
    """`POST /v1/chat/completions`."""

    name = "chat"

    def read(self, body: Mapping[str, Any], project: str) -> Wanted:
        """What is wanted.

        Raises:
            NotEligibleError: no tool may answer it.
        """
        given = {name: value for name, value in body.items() if value is not None}
        if odd := odd_field(given, _NEUTRAL, _OFF):
            raise NotEligibleError(odd)
        model, instructions, text = given.get("model"), *one_turn(given.get(_PROMPT), ("text",), _is_message)
        if not isinstance(model, str) or not model:
            raise NotEligibleError("model")
        scope = scope_of(project, instructions, form_of(given.get("response_format")), model)
        parameters = {name: value for name, value in given.items() if name != _PROMPT and name not in _HOW}
        limits = [given[name] for name in ("max_tokens", "max_completion_tokens") if name in given]
        return Wanted(
            Question(text, scope),
            model,
            stream=flag(given.get("stream", False)),
            with_usage=_asks_usage(given.get("stream_options", {})),
            max_tokens=min(map(whole, limits), default=None),
            stop=_stops(given.get("stop", ())),
            parameters=digest_of(["chat", parameters]),
            is_deterministic=given.get("temperature") == 0 or "seed" in given,
            is_cold=given.get("temperature") == 0,
        )

    def listener(self, *, stream: bool) -> Listener:
        """Reads along."""
        return ChatStream() if stream else Whole(heard_in)

    def answer(self, wanted: Wanted, text: str, serial: str, shape: Any) -> bytes:
        """A whole answer, as JSON or as an event stream."""
        fresh = {"id": f"{ID}{serial}", "created": now()}
        if not wanted.stream:
            return compact(_completion(wanted, text, fresh, shape or {})).encode()
        chunks = _chunks(wanted, text, fresh, shape or {})
        return b"".join([*map(sse.event, map(compact, chunks)), sse.event(sse.DONE)])


def odd_field(given: Mapping[str, Any], neutral: frozenset[str], off: Mapping[str, tuple[Any, ...]]) -> str:
    """The first field that makes a request one for the model alone; empty without one."""
    for name, value in given.items():
        if name not in neutral and not any(_is_just(value, one) for one in off.get(name, ())):
            return name if name in off else "field"
    return ""


def _is_just(value: Any, one: Any) -> bool:
    return type(value) is type(one) and bool(value == one)


def flag(value: Any) -> bool:
    """A field that is true or false.

    Raises:
        NotEligibleError: it is neither; the upstream says what it thinks of that.
    """
    if not isinstance(value, bool):
        raise NotEligibleError("stream")
    return value


def whole(value: Any) -> int:
    """A limit on tokens.

    Raises:
        NotEligibleError: it is not one.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise NotEligibleError("limit")
    return value


def _is_message(one: Mapping[str, Any]) -> bool:
    return one.keys() <= {"role", "content"}


def _stops(stop: Any) -> tuple[str, ...]:
    stops = [stop] if isinstance(stop, str) else stop
    if not isinstance(stops, list | tuple) or any(not isinstance(one, str) or not one for one in stops):
        raise NotEligibleError("stop")
    return tuple(stops)


def _asks_usage(options: Any) -> bool:
    if not isinstance(options, dict) or not options.keys() <= {"include_usage"}:
        raise NotEligibleError("stream options")
    return flag(options.get("include_usage") or False)


_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
_MESSAGE = {"role": "assistant", "content": "", "refusal": None}


def _completion(wanted: Wanted, text: str, fresh: dict[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    body = {"id": "", "object": "chat.completion", "created": 0, "model": wanted.model, **shape, **fresh}
    choice = (shape.get("choices") or [{"index": 0, "message": _MESSAGE, "logprobs": None, "finish_reason": "stop"}])[0]
    body["choices"] = [{**choice, "message": {**choice["message"], "content": text}}]
    body["usage"] = zeroed(shape.get("usage") or _USAGE)
    return body


def _chunks(wanted: Wanted, text: str, fresh: dict[str, Any], shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    """First the role, then the text, then the end, then the usage if it was asked for."""
    base = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": wanted.model}
    plain = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": None}
    first, middle, last = ({**base, **(shape.get(name) or {}), **fresh} for name in ("first", "text", "last"))
    for chunk in (first, middle, last):
        if wanted.with_usage or "usage" in chunk:
            chunk["usage"] = None
    opening = _choice(first, plain)
    role = {"role": "assistant", "content": ""} | opening["delta"]
    first["choices"] = [opening | {"delta": {key: "" if key == "content" else role[key] for key in role}}]
    middle["choices"] = [_choice(middle, plain) | {"delta": {"content": text}}]
    last["choices"] = [_choice(last, plain) | {"delta": {}, "finish_reason": "stop"}]
    if not wanted.with_usage:
        return [first, middle, last]
    told = {**base, **(shape.get("usage") or {}), **fresh, "choices": []}
    told["usage"] = zeroed(told.get("usage") or _USAGE)
    return [first, middle, last, told]


def _choice(chunk: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    choices = chunk.get("choices")
    return dict(choices[0]) if choices else dict(plain)


def tokens_of(usage: Any) -> Tokens | None:
    """The tokens of a chat completion's usage; None if there is none."""
    if not isinstance(usage, dict):
        return None
    return Tokens(count(usage.get("prompt_tokens")), count(usage.get("completion_tokens")))


def heard_in(body: Any, characters: int) -> Heard:
    """What a chat completion's object says."""
    if not isinstance(body, dict):
        return Heard(characters=characters)
    tokens = tokens_of(body.get("usage"))
    choices = body.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not _is_plain(choices[0]):
        return Heard(tokens=tokens, characters=characters)
    return Heard(choices[0]["message"]["content"], tokens, characters, body)


def _is_plain(choice: Any) -> bool:
    """Whether a choice is a text that ended by itself, and nothing beside it: no call, no refusal, no sound."""
    if not isinstance(choice, dict) or choice.get("finish_reason") != "stop":
        return False
    message = choice.get("message")
    if not isinstance(message, dict) or message.get("role") != "assistant":
        return False
    beside = ("tool_calls", "function_call", "refusal", "audio")
    return isinstance(message.get("content"), str) and not any(message.get(name) for name in beside)


class ChatStream:
    """Reads a completion along that comes in events."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._texts: list[str] = []
        self._size = 0
        self._shape: dict[str, Any] = {}
        self._tokens: Tokens | None = None
        self._is_plain = True
        self._is_done = False

    def feed(self, chunk: bytes) -> None:
        """The next piece.

        Raises:
            ValueError: it is nothing that can be read along.
        """
        for data in self._events.feed(chunk):
            if data == sse.DONE:
                self._is_done = True
            elif self._is_done:
                self._is_plain = False  # what follows the end is not part of an answer that anybody knows
            else:
                self._take(loose_json(data))

    def _take(self, chunk: Any) -> None:
        if not isinstance(chunk, dict) or "error" in chunk:
            self._is_plain = False
            return
        self._tokens = tokens_of(chunk.get("usage")) or self._tokens
        choices = chunk.get("choices")
        if choices == [] and chunk.get("usage"):
            self._shape["usage"] = chunk
        for choice in choices if isinstance(choices, list) else ():
            self._add(chunk, choice)

    def _add(self, chunk: Mapping[str, Any], choice: Any) -> None:
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if not isinstance(delta, dict) or choice.get("index") != 0:
            self._is_plain = False
            return
        content = delta.get("content")
        beside = any(value for name, value in delta.items() if name not in {"role", "content"})
        ended = choice.get("finish_reason")
        self._is_plain &= not beside and isinstance(content, str | None) and "last" not in self._shape
        if "first" not in self._shape:
            self._shape["first"] = chunk
        elif content:
            self._shape.setdefault("text", chunk)
        if ended is not None:
            self._shape["last"] = chunk
            self._is_plain &= ended == "stop"
        if isinstance(content, str):
            self._texts.append(content)
            self._size += len(content)
            if self._size > LONGEST_ANSWER:
                raise ValueError("longer than any answer")

    def heard(self, *, complete: bool) -> Heard:
        """What it was."""
        is_whole = complete and self._is_done and self._is_plain and "last" in self._shape and self._events.is_at_rest
        heard = Heard(None, self._tokens, self._size)
        return replace(heard, text="".join(self._texts), shape=self._shape) if is_whole else heard
