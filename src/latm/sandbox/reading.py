"""Reading the JSON of one value, which a hostile worker may have written.

Its length and its signs of structure are bounded before it is read, by a decoder that was chosen for its worst case
(docs/results-sandbox.md); what JSON allows and others trip over is looked for after.
"""

import gc
import math
from typing import Any

from pydantic_core import from_json

from latm.sandbox.wire import MAX_DEPTH, MAX_JSON, MAX_SIGNS, signs


def read_value(text: str) -> Any:
    """The value; None if it is not strict JSON, or larger than a worker sends.

    An integer has 4,300 digits at most, a number is finite, nothing is nested over 100 deep, and no text holds half of
    a surrogate pair.
    """
    data = text.encode() if len(text) <= MAX_JSON else b""
    if not 0 < len(data) <= MAX_JSON or signs(data) > MAX_SIGNS:
        return None
    collecting = gc.isenabled()
    # What is read holds no cycles, and looking for some while it grows would take most of the time.
    gc.disable()
    try:
        value = from_json(data, allow_inf_nan=False, cache_strings="none")
        return value if _is_plain([value]) else None
    except (ValueError, RecursionError):
        return None
    finally:
        if collecting:
            gc.enable()


def _is_plain(level: list[Any]) -> bool:
    for _ in range(MAX_DEPTH + 1):
        if not all(map(math.isfinite, [item for item in level if type(item) is float])):
            return False
        containers = [item for item in level if type(item) in (list, dict)]
        if not containers:
            return True
        level = [item for one in containers for item in (one.values() if type(one) is dict else one)]
    return False
