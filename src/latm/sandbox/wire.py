"""What travels between the host and a worker: length-prefixed frames. A request is JSON, a reply columns and a text.

The host reads what a hostile worker may have forged. So a reply holds nothing that has to be parsed: texts are cut out
of it, and JSON is such a text until somebody asks for its value.
"""

import struct

HEADER = struct.Struct("<IQ")
"""Before each payload: its length in bytes, and the random id of the exchange that it belongs to."""

START = struct.Struct("<I")
"""A reply begins with how many results it has. Then come columns: for each result a byte for its kind, then the
seconds that it took (64 bits); then all texts in UTF-8, with a NUL between each two. A text that holds a NUL comes as
the one result of its reply."""
ONE = struct.Struct("<IBd")
"""The same for a reply with one result, up to its text."""
BYTES_PER_RESULT = 9
BETWEEN = "\0"
FULL = 1 << 14
"""Characters in a reply, at which a worker sends it. Four bytes each, and the rest of a frame, stay under what the host
allows beside one value."""
OVERHEAD = 8
"""Counted with each result, so that empty ones fill a reply too."""
MAX_RESULTS = FULL // OVERHEAD + 1
"""In one reply."""

TEXT, ABSTAINED, JSON = b"taj"
"""Kinds of results: a text, None, and the JSON of anything else. The others are failures, whose texts tell of them."""
ERROR, MEMORY, OUTPUT, DENIED = b"emod"

MAX_DEPTH = 100
"""Of lists and dicts in lists and dicts."""
MAX_DIGITS = 4300
"""Of an integer: more, and CPython refuses to print it, and takes ever longer to."""
MAX_JSON = 1 << 18
"""Bytes of JSON of one value."""
MAX_SIGNS = 1 << 15
"""Commas, colons and opening brackets in it. Each value in it has one before it, so they bound how many objects are
made of it."""
_SIGNS = b",:[{"
MAX_DETAIL = 2000
"""Characters that tell of a failure."""


class NotPlainError(TypeError):
    """A value cannot be told as text or plain JSON, so it cannot travel."""


class TooLargeError(ValueError):
    """A value is larger than it may be."""


class WireError(ValueError):
    """A frame is not of this format: it was damaged, or forged."""


def frame(exchange: int, payload: bytes) -> bytes:
    """One frame, ready to be written."""
    return HEADER.pack(len(payload), exchange) + payload


def signs(text: bytes) -> int:
    """How many signs of structure a text has, those that only look like it included."""
    return len(text) - len(text.translate(None, _SIGNS))
