"""What the two kinds of request have in common: what is wanted, what was heard, and how an answer is shaped."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial
from json.encoder import (  # type: ignore[attr-defined]  # the stub lacks one
    c_make_encoder,
    encode_basestring_ascii,
)
from typing import Any, Protocol

from latm.form.structured import keys_once, refuse_constant
from latm.models.counting import CHARACTERS_PER_TOKEN
from latm.models.metering import price
from latm.question import Question, Scope

_STRICT = json.JSONDecoder(object_pairs_hook=keys_once, parse_constant=refuse_constant)
_encoder = partial(c_make_encoder, None, json.JSONEncoder().default, encode_basestring_ascii, None, ":", ",")
_sorted, _unsorted = (_encoder(sort_keys, False, True) for sort_keys in (True, False))
"""`JSONEncoder` would make this again for each text."""
LONGEST_ANSWER = 1 << 20
"""Bytes of an answer that is read along; a longer one is passed on, and not learnt."""
_SYSTEM = frozenset(("system", "developer"))
_BYTES_A_TOKEN = 2
_SHAPES = 1000
"""The most shapes to keep."""


class NotEligibleError(Exception):
    """A request that no tool may answer; it goes on as it is. The text says why, in a word or two."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that a tool may answer.

    Attributes:
        question: with its scope.
        model: the model that it names.
        stream: whether the answer is to come in events.
        with_usage: whether a stream is to end with its usage.
        max_tokens: the longest answer; None without a limit.
        stop: texts that end an answer.
        parameters: names everything but the question and how it comes: 32 hexadecimal digits of a SHA-256.
        is_deterministic: whether it asks for the same answer each time: temperature 0, or a seed.
        is_cold: whether its temperature is 0.
        echo: fields of the request that an answer repeats.
    """

    question: Question
    model: str
    stream: bool = False
    with_usage: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    parameters: str = ""
    is_deterministic: bool = False
    is_cold: bool = False
    echo: Mapping[str, Any] = field(default_factory=dict)

    def fits(self, text: str) -> bool:
        """Whether a model could have given this text whole: it keeps inside the limit, and no stop text cuts it.

        A token has two bytes or more, nearly always; if it has fewer, the model would have been asked for nothing.
        """
        if any(stop in text for stop in self.stop):
            return False
        return self.max_tokens is None or len(text.encode("utf-8", "replace")) <= _BYTES_A_TOKEN * self.max_tokens


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an answer took, as the upstream counted."""

    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What an upstream answered.

    Attributes:
        text: the answer, if it is whole and nothing but text; else None.
        tokens: None if it did not say.
        characters: of text that came, whole or not.
        shape: the body, or what is needed of a stream's events, to shape another answer like it; None without.
    """

    text: str | None = None
    tokens: Tokens | None = None
    characters: int = 0
    shape: Any = None


class Listener(Protocol):
    """Reads an answer along while it is relayed."""

    def feed(self, chunk: bytes) -> None:
        """The next piece.

        Raises:
            ValueError: it is nothing that can be read along.
        """
        ...

    def heard(self, *, complete: bool) -> Heard:
        """What it was, as far as it came; complete if its end was seen on the wire."""
        ...


class Whole:
    """Reads an answer along that comes as one JSON object.

    Args:
        read: what the object says.
    """

    def __init__(self, read: Callable[[Any, int], Heard]) -> None:
        self._content = bytearray()
        self._read = read

    def feed(self, chunk: bytes) -> None:
        """The next piece.

        Raises:
            ValueError: it is longer than any answer.
        """
        self._content += chunk
        if len(self._content) > LONGEST_ANSWER:
            raise ValueError("longer than any answer")

    def heard(self, *, complete: bool) -> Heard:
        """What it was.

        Raises:
            ValueError: it is not JSON.
        """
        size = len(self._content)
        return self._read(loose_json(bytes(self._content)), size) if complete else Heard(characters=size)


class Dialect(Protocol):
    """One kind of request: how it is read, and how an answer to it is written."""

    name: str

    def read(self, body: Mapping[str, Any], project: str) -> Wanted:
        """What is wanted.

        Raises:
            NotEligibleError: no tool may answer it.
        """
        ...

    def listener(self, *, stream: bool) -> Listener:
        """Reads along."""
        ...

    def answer(self, wanted: Wanted, text: str, serial: str, shape: Any) -> bytes:
        """A whole answer, as JSON or as an event stream."""
        ...


class Shapes:
    """How upstreams shape their answers, by what was asked: a tool's answer has the same fields.

    Kept by scope and parameters, so that nothing of one project's answers is ever in another's.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, bool], Any] = OrderedDict()

    def keep(self, wanted: Wanted, shape: Any) -> None:
        """Remember the newest."""
        key = _key(wanted)
        self._kept[key] = shape
        self._kept.move_to_end(key)
        if len(self._kept) > _SHAPES:
            self._kept.popitem(last=False)

    def like(self, wanted: Wanted) -> Any:
        """The shape of answers to such requests; None if none was seen."""
        return self._kept.get(_key(wanted))


def _key(wanted: Wanted) -> tuple[str, str, bool]:
    return wanted.question.scope.digest, wanted.parameters, wanted.stream


@lru_cache(maxsize=4096)
def scope_of(project: str, instructions: str, form: str, model: str) -> Scope:
    """The scope of a request; most come again, and its digest is that of a long text."""
    return Scope(project, instructions, form, model)


def digest_of(parts: Any) -> str:
    """Names plain data."""
    return hashlib.sha256("".join(_sorted(parts, 0)).encode()).hexdigest()[:32]


def strict_json(body: bytes) -> Any:
    """The value of a JSON text that can be read in one way only.

    Raises:
        ValueError: it is not JSON, or has two keys of one name, or NaN.
    """
    try:
        return _STRICT.decode(body.decode("utf-8", "surrogatepass"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def loose_json(text: str | bytes) -> Any:
    """The value of a JSON text from an upstream, which is only listened to.

    Raises:
        ValueError: it is not one.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def compact(value: Any) -> str:
    """JSON as upstreams write it."""
    return "".join(_unsorted(value, 0))


def zeroed(value: Any) -> Any:
    """Usage with every count at zero: a tool's answer takes no tokens."""
    if isinstance(value, Mapping):
        return {key: zeroed(one) for key, one in value.items()}
    return 0 if isinstance(value, int | float) and not isinstance(value, bool) else value


def count(value: Any) -> int:
    """A count of tokens; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0


def now() -> int:
    """Seconds since the epoch, as answers are dated."""
    return int(time.time())


def plain_text(content: Any, kinds: Sequence[str]) -> str:
    """The text of a message's content.

    Raises:
        NotEligibleError: it is more than one text.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list) and len(content) == 1 and isinstance(part := content[0], dict):
        text = part.get("text")
        if part.get("type") in kinds and isinstance(text, str) and part.keys() == {"type", "text"}:
            return text
    raise NotEligibleError("content")


def one_turn(
    messages: Any, kinds: Sequence[str], is_message: Callable[[Mapping[str, Any]], bool], instructions: str = ""
) -> tuple[str, str]:
    """The system text and the one user message of a request.

    Args:
        messages: as they came.
        kinds: what the parts of a content may be.
        is_message: whether one of them has only what a message has.
        instructions: the system text that comes beside the messages; empty without one.

    Raises:
        NotEligibleError: there are more turns, or more than text.
    """
    if not isinstance(messages, list) or not 1 <= len(messages) <= 2:  # noqa: PLR2004  # a system text and a request
        raise NotEligibleError("turns")
    if any(not isinstance(one, dict) or not is_message(one) for one in messages):
        raise NotEligibleError("message")
    *system, user = messages
    if user.get("role") != "user" or any(one.get("role") not in _SYSTEM for one in system) or (system and instructions):
        raise NotEligibleError("turns")
    told = [plain_text(one.get("content"), kinds) for one in system]
    text = plain_text(user.get("content"), kinds)
    if not text.strip():
        raise NotEligibleError("empty")
    return instructions or "".join(told), text


def estimated(sent: int, heard: Heard) -> Tokens:
    """About what an answer took, by characters, if the upstream did not say; never nothing."""
    return Tokens(1 + sent // CHARACTERS_PER_TOKEN, 1 + heard.characters // CHARACTERS_PER_TOKEN)


def money(provider: str, model: str, tokens: Tokens) -> Decimal | None:
    """What tokens cost; None if there is no known price."""
    if not provider:
        return None
    from genai_prices import Usage as Counts

    return price(provider, model, Counts(input_tokens=tokens.sent, output_tokens=tokens.received))
