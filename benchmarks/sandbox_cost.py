"""A search for replies that cost the host much to read: hill climbing on shapes of frames, for time and for memory.

A frame is read when it comes; the JSON of a value in it only when somebody asks for it. Both are searched.

Run: `python benchmarks/sandbox_cost.py --minutes 30`. Prints one JSON object: for each aim the worst frame that was
found, its size, what it cost, and how it was refused, if it was.
"""

import argparse
import gc
import json
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace

from latm.sandbox import Limits
from latm.sandbox.messages import read_results
from latm.sandbox.reading import read_value
from latm.sandbox.wire import BETWEEN, BYTES_PER_RESULT, MAX_JSON, START, WireError

LARGEST = Limits().output_bytes + (1 << 17)
"""Bytes of payload that the host takes in one frame."""
LARGE = 500_000
AGES = 1e9
PIECES = (
    *(
        "[],",
        "{},",
        '{"":0},',
        '"",',
        "1,",
        "-1,",
        "0.1,",
        "1e308,",
        "null,",
        "[[1]],",
        "[[[[]]]],",
        '{"a":{}},',
        '"\\n",',
    ),
    *("9" * 18 + ",", "9" * 40 + ",", "9" * 640 + ",", "9" * 4300 + ",", "0." + "1" * 800 + ",", "1" * 308 + ".5,"),
    *(
        '"\\ud83d\\ude00",',
        '"\U0001f600",',
        '"é",',
        "x" * 64,
        '"' + "x" * 300 + '",',
        "\\\\",
        '\\"',
        ":",
        ",",
        "[",
        "]",
    ),
    *(
        "5e-324,",
        "2.2250738585072011e-308,",
        "17976931348623158" + "0" * 292 + ".0,",
        '"\\u00e9",',
        "{",
        "}",
        " ",
        "\U0001f600",
    ),
)
KINDS = b"jjtttaemod?"


@dataclass(frozen=True)
class Shape:
    """A reply: so many results of these kinds, whose texts repeat these pieces up to a size."""

    kinds: bytes
    count: int
    opening: str
    pieces: tuple[str, ...]
    numbered: bool
    size: int

    def payload(self) -> bytes:
        """The bytes of it."""
        body = "".join(self.pieces) or " "
        share = max(1, self.size // self.count)
        length = max(1, share // len(body.encode()))
        if self.numbered:
            body = "".join(
                f'"{number:x}":{body.rstrip(",")},' for number in range(max(1, share // (len(body.encode()) + 8)))
            )
        else:
            body *= length
        close = {"[": "1]", "{": '"z":1}', '"': '"'}.get(self.opening, "")
        text = self.opening + body + close
        count = max(1, min(self.count, LARGEST // (len(text.encode()) + BYTES_PER_RESULT + 1)))
        return (
            START.pack(count) + (self.kinds * count)[:count] + bytes(8 * count) + BETWEEN.join([text] * count).encode()
        )


def random_shape(chance: random.Random) -> Shape:
    """Any."""
    return Shape(
        bytes(chance.choices(KINDS, k=chance.randint(1, 4))),
        chance.choice((1, 1, 1, 2, 10, 100, 1000, 5000)),
        chance.choice(("[", "[", "{", '"', "")),
        tuple(chance.choices(PIECES, k=chance.randint(1, 4))),
        chance.random() < 0.3,  # noqa: PLR2004  # a third
        chance.choice((1 << 14, 1 << 16, 98_000, 150_000, 1 << 18, 1 << 20)),
    )


def changed(shape: Shape, chance: random.Random) -> Shape:
    """A neighbour: one or two traits of another shape, a piece more or less, or another size."""
    other = random_shape(chance)
    for _ in range(chance.randint(1, 2)):
        match chance.randrange(6):
            case 0:
                shape = replace(shape, kinds=other.kinds)
            case 1:
                shape = replace(shape, count=other.count)
            case 2:
                shape = replace(shape, opening=other.opening, numbered=other.numbered)
            case 3:
                shape = replace(shape, pieces=(*shape.pieces, other.pieces[0])[-8:])
            case 4:
                shape = replace(shape, pieces=shape.pieces[1:] or other.pieces)
            case _:
                shape = replace(shape, size=max(64, min(1 << 20, int(shape.size * chance.choice((0.5, 0.9, 1.1, 2))))))
    return shape


def read(payload: bytes) -> str:
    """Have the host read it; why it was refused, or nothing."""
    try:
        read_results(payload, 100_000, AGES)
    except WireError as error:
        return str(error)[:80]
    return ""


def milliseconds(payload: bytes) -> float:
    """Of processor time, the least of three."""
    taken = []
    for _ in range(3):
        started = time.thread_time()
        read(payload)
        taken.append(time.thread_time() - started)
    return min(taken) * 1e3


def megabytes(payload: bytes) -> float:
    """Of memory at the peak of reading."""
    tracemalloc.start()
    try:
        read(payload)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def value_milliseconds(payload: bytes) -> float:
    """Of processor time to read the JSON of one value, the least of three."""
    text = payload[START.size + BYTES_PER_RESULT * START.unpack_from(payload)[0] :].decode()[:MAX_JSON]
    taken = []
    for _ in range(3):
        started = time.thread_time()
        read_value(text)
        taken.append(time.thread_time() - started)
    return min(taken) * 1e3


AIMS: dict[str, Callable[[bytes], float]] = {
    "milliseconds a frame": milliseconds,
    "milliseconds a MB, of frames of 0.5 MB and more": lambda payload: (
        milliseconds(payload) / (len(payload) / 1e6) if len(payload) >= LARGE else 0.0
    ),
    "megabytes a frame": megabytes,
    "milliseconds to read the JSON of one value": value_milliseconds,
}
AGAIN = 10
RESTART = 60
"""Tries without a better one after which the search begins anew."""


def climb(cost: Callable[[bytes], float], seconds: float, chance: random.Random) -> dict[str, object]:
    """Look for the dearest shape; the worst found."""
    worst, worst_shape, tried = 0.0, random_shape(chance), 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        here = random_shape(chance)
        best, idle = cost(here.payload()), 0
        while idle < RESTART and time.monotonic() < until:
            there = changed(here, chance)
            found, tried = cost(there.payload()), tried + 1
            here, best, idle = (there, found, 0) if found > best else (here, best, idle + 1)
        # A busy machine makes any frame dear for a while; what counts is what it costs again and again.
        if best > worst and (again := min(cost(here.payload()) for _ in range(AGAIN))) > worst:
            worst, worst_shape = again, here
    payload = worst_shape.payload()
    return {
        "cost": round(worst, 2),
        "bytes": len(payload),
        "tried": tried,
        "shape": repr(worst_shape)[:300],
        "refused": read(payload),
    }


def main() -> None:
    """Search for each aim in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    gc.freeze()
    chance = random.Random(asked.seed)  # noqa: S311  # a search, no secret
    seconds = asked.minutes * 60 / len(AIMS)
    print(json.dumps({aim: climb(cost, seconds, chance) for aim, cost in AIMS.items()}, indent=2))


if __name__ == "__main__":
    main()
