"""Frames and programs of every kind of wrongness, in both directions: no crash, no hang, no reply to another request.

LATM_SANDBOX_FRAMES sets how many frames each direction gets (the long run: 100,000).
"""

import asyncio
import contextlib
import math
import mmap
import os
import subprocess
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latm.sandbox import Isolation, Limits, Verdict
from latm.sandbox.allowance import Allowance
from latm.sandbox.conformance import attacks
from latm.sandbox.exchange import Exchange, Fate
from latm.sandbox.handle import Handle
from latm.sandbox.jail import Jail
from latm.sandbox.messages import read_results, request
from latm.sandbox.wire import BETWEEN, HEADER, START, frame

FRAMES = int(os.environ.get("LATM_SANDBOX_FRAMES", "2000"))
FRAMES_PER_EXAMPLE = 36
LIMITS = Limits(seconds=0.3, output_bytes=1 << 16)
IMPATIENT = Limits(seconds=0.02, output_bytes=1 << 16)
HANG = 30

slowly = settings(
    max_examples=max(5, FRAMES // FRAMES_PER_EXAMPLE),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def sent() -> Iterator[Counter[str]]:
    """How many frames and programs were tried; the long run's figure."""
    counts: Counter[str] = Counter()
    yield counts
    print(f"\nfuzzed: {dict(counts)}")  # noqa: T201  # as said


@pytest.fixture(scope="module")
def gone() -> Iterator[int]:
    """A pidfd of a process that has ended, so that killing it is harmless."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    pidfd = os.pidfd_open(process.pid)
    process.wait()
    yield pidfd
    os.close(pidfd)


# --- what a hostile worker may send


def reply(kinds: bytes, texts: list[str], taken: float = 1e-9) -> bytes:
    """Texts of results, JSON among them."""
    return START.pack(len(kinds)) + kinds + array("d", [taken] * len(texts)).tobytes() + BETWEEN.join(texts).encode()


def right(number: int, count: int, nonce: int) -> bytes:
    return frame(number, reply(b"j" * count, [str(nonce)] * count))


class Quiet:
    """Nobody else is there."""

    alone = True
    queued = False


MALFORMED = [
    b"",
    b"\x00" * 4,
    reply(b"", []),
    reply(b"t", ["x"])[:9],
    reply(b"tt", ["x"]),
    reply(b"tt", ["x", "y", "z"]),
    reply(b"t" * 50, ["x"] * 50),
    reply(b"t", ["x"], taken=1e300),
    reply(b"tt", ["x", "y"], taken=-1.0),
    reply(b"tt", ["x", "y"], taken=math.nan),
    reply(b"a", ["x"]),
    reply(b"i", ["x"]),
    reply(b"e", ["x" * 5000]),
    reply(b"j", ["null"]),
    reply(b"j", ['"x"']),
    reply(b"j", ["[1e999]"]),
    reply(b"j", ["[" * 300 + "]" * 300]),
    reply(b"j", ["9" * 5000]),
    reply(b"j", ["[1,"]),
    reply(b"tj", ["[", "]"]),
    START.pack(2**32 - 1) + bytes(60),
]

WORKER_STEPS = st.one_of(
    st.tuples(st.just("right"), st.integers(1, 3)),
    st.just(("stale", 1)),
    st.just(("other", 1)),
    st.tuples(st.just("bytes"), st.binary(max_size=40)),
    st.tuples(st.just("payload"), st.binary(max_size=40)),
    st.tuples(st.just("cut"), st.integers(0, 30)),
    st.tuples(st.just("length"), st.integers(0, 2**32 - 1)),
    st.tuples(
        st.just("form"),
        st.sampled_from(MALFORMED),
    ),
)


def written(step: tuple[str, Any], number: int, stale: int, nonce: int) -> bytes:  # noqa: PLR0911  # a table of steps
    kind, detail = step
    match kind:
        case "right":
            return right(number, detail, nonce)
        case "stale":
            return right(stale, 1, nonce - 1)
        case "other":
            return right(number ^ 1, 1, -1)
        case "bytes":
            return bytes(detail)
        case "payload":
            return frame(number, detail)
        case "cut":
            return right(number, 1, nonce)[:detail]
        case "length":
            return HEADER.pack(detail, number) + b"[]"
        case _:
            return frame(number, detail)


class Line:
    """A handle, and the worker's ends of its pipes."""

    def __init__(self, gone: int) -> None:
        self.inbox_there, inbox = os.pipe()
        outbox, self.outbox_there = os.pipe()
        self.handle = Handle(os.dup(gone), -1, inbox, outbox, mmap.mmap(-1, mmap.PAGESIZE), IMPATIENT)

    def close(self) -> None:
        self.handle.kill()
        os.close(self.inbox_there)
        os.close(self.outbox_there)


async def converse(gone: int, examples: list[list[tuple[str, Any]]]) -> int:
    """Play a worker that sends these, a new one whenever the host has ended the last; how many frames went out."""
    line, stale, frames = Line(gone), 0, 0
    for nonce, steps in enumerate(examples):
        asked = asyncio.create_task(line.handle.call("f", [[nonce]] * 3, Allowance.of(IMPATIENT, 3), Quiet()))
        await asyncio.sleep(0)
        request = os.read(line.inbox_there, 1 << 16)
        # Where the host has just hung up, because of what was left from the exchange before, there is none.
        number = HEADER.unpack(request[: HEADER.size])[1] if request else stale
        with contextlib.suppress(BrokenPipeError):  # the host has already hung up on it
            for data in (*(written(step, number, stale, nonce) for step in steps), right(number, 3, nonce)):
                os.write(line.outbox_there, data)
                frames += 1
                await asyncio.sleep(0)
        exchange = await asyncio.wait_for(asked, HANG)
        check_pairing(exchange, nonce, steps)
        stale = number
        if exchange.fate.result() is not Fate.DONE or not line.handle.alive:
            line.close()
            line = Line(gone)
    line.close()
    return frames


def check_pairing(exchange: Exchange, nonce: int, steps: list[tuple[str, Any]]) -> None:
    """Only what was sent under this request's id may be among its results."""
    values = [result.value for result in exchange.results]
    assert len(values) <= exchange.expected
    assert -1 not in values
    assert nonce - 1 not in values or any(step[0] in ("bytes", "payload", "form", "cut") for step in steps)
    assert all(result.verdict is not Verdict.INTERNAL for result in exchange.results)


@slowly
@given(st.lists(st.lists(WORKER_STEPS, min_size=2, max_size=12), min_size=10, max_size=15))
def test_the_host_takes_only_replies_to_its_own_request(
    runner: asyncio.Runner, gone: int, sent: Counter[str], examples: list[list[tuple[str, Any]]]
) -> None:
    sent["frames to the host"] += runner.run(converse(gone, examples))


# --- what a worker may be sent

ECHO = "def same(value):\n    return value\n"


async def send_and_read(jail: Jail, values: list[Any], garbage: bytes) -> list[Any]:
    """Send a real worker good requests and then garbage; the replies, until it ends or all have come."""
    handle = await jail._nursery.fork()
    await handle.load(ECHO)
    exchanges = [
        await asyncio.wait_for(handle.call("same", [[value]], Allowance.of(LIMITS, 1), Quiet()), HANG)
        for value in values
    ]
    handle._send(garbage)
    handle._send(frame(7, request(["same", 1, [["after"]], True])))
    deadline = asyncio.get_running_loop().time() + 0.05
    while handle.alive and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110  # its death sets no event
        await asyncio.sleep(0.002)
    handle.kill()
    return [[result.value for result in exchange.results] for exchange in exchanges]


@pytest.fixture(scope="module")
def started(runner: asyncio.Runner) -> Iterator[Jail]:
    jail = Jail(LIMITS, Isolation.BATCH, workers=2)
    runner.run(jail.__aenter__())
    yield jail
    runner.run(jail.close())


@slowly
@given(
    st.lists(st.integers() | st.text() | st.lists(st.booleans()), min_size=30, max_size=40),
    st.binary(min_size=1, max_size=60),
)
def test_a_worker_answers_in_order_and_garbage_hurts_only_itself(
    runner: asyncio.Runner, started: Jail, sent: Counter[str], values: list[Any], garbage: bytes
) -> None:
    sent["frames to workers"] += len(values) + 2
    assert runner.run(send_and_read(started, values, garbage)) == [[value] for value in values]


# --- programs

CORPUS = [attack.program for attack in attacks()] + [
    file.read_text() for file in sorted(Path(__file__).parent.glob("stdlib/*.tool"))
]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program with some of it cut out, doubled, or overwritten."""
    program = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(program)))
        end = draw(st.integers(start, min(len(program), start + 60)))
        program = (
            program[:start]
            + draw(st.sampled_from(["", program[start:end] * 2, "0", "(", "\n", "\x00", "é"]))
            + program[end:]
        )
    return program


@settings(slowly, max_examples=max(20, FRAMES // 100))
@given(programs() | st.text())
def test_any_program_gets_a_verdict_of_its_own(
    runner: asyncio.Runner, started: Jail, sent: Counter[str], program: str
) -> None:
    sent["programs"] += 1

    async def run() -> None:
        result, other = await asyncio.wait_for(
            asyncio.gather(started.call(program, "attack"), started.call(ECHO, "same", 7)), HANG
        )
        assert result.verdict is not Verdict.INTERNAL
        assert other.value == 7

    runner.run(run())


def test_a_reply_is_read_back_as_it_was_written() -> None:
    payload = right(5, 2, 9)
    assert HEADER.unpack(payload[: HEADER.size]) == (len(payload) - HEADER.size, 5)
    results = read_results(payload[HEADER.size :], 2, 1.0)
    assert [result.value for result in results] == [9, 9]
