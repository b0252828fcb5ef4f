"""What goes on after a reply, and what a crowd costs: idle workers, hot tools, turns, and a batch's allowance."""

import asyncio
import os
from collections.abc import AsyncIterator

import anyio
import pytest

from latm.sandbox import Isolation, Limits, Verdict
from latm.sandbox import heat as heats
from latm.sandbox.allowance import Allowance
from latm.sandbox.heat import Heat
from latm.sandbox.jail import Jail
from latm.sandbox.processes import held, processor_seconds

pytestmark = pytest.mark.anyio

HANG = 60
BURNS_AFTER_CALL = """
import sys

def burn(frame, event, argument):
    if event == "return" and frame.f_code.co_name == "_answer":
        sys.setprofile(None)
        while True:
            pass

def answer():
    sys.setprofile(burn)
    return 1
"""
BURNS_AFTER_IMPORT = BURNS_AFTER_CALL.replace(
    "def answer():\n    sys.setprofile(burn)", "sys.setprofile(burn)\n\ndef answer():"
)
HOLDS = "KEPT = []\n\ndef answer():\n    KEPT.append(b'x' * (60 << 20))\n    return 1\n"
SAME = "def same(value):\n    return value\n"


@pytest.fixture
async def shared() -> AsyncIterator[Jail]:
    async with Jail(Limits(seconds=0.5), Isolation.SHARED, workers=2) as jail:
        yield jail


def with_program(jail: Jail, program: str) -> list[int]:
    return [handle.number for handle in jail._nursery.workers() if handle.alive and handle.program == program]


async def until_none_is_left(jail: Jail, program: str) -> None:
    with anyio.fail_after(HANG):
        while with_program(jail, program):  # noqa: ASYNC110  # another process's end sets no event
            await anyio.sleep(0.02)


async def test_a_worker_that_computes_after_its_reply_is_ended_and_its_tool_is_kept_no_more(shared: Jail) -> None:
    assert (await shared.call(BURNS_AFTER_CALL, "answer")).value == 1
    await until_none_is_left(shared, BURNS_AFTER_CALL)
    assert shared._pool._heat.marked(BURNS_AFTER_CALL)
    assert (await shared.call(BURNS_AFTER_CALL, "answer")).value == 1
    await anyio.sleep(0.1)
    assert with_program(shared, BURNS_AFTER_CALL) == []


async def test_a_worker_that_computes_after_its_import_is_ended(shared: Jail) -> None:
    assert (await shared.load(BURNS_AFTER_IMPORT)).verdict is Verdict.OK
    await until_none_is_left(shared, BURNS_AFTER_IMPORT)
    assert shared._pool._heat.marked(BURNS_AFTER_IMPORT)


async def test_an_idle_worker_of_an_honest_tool_stays(shared: Jail) -> None:
    assert (await shared.call(SAME, "same", 1)).value == 1
    before = with_program(shared, SAME)
    await anyio.sleep(1)
    assert set(before) <= set(with_program(shared, SAME))


async def test_idle_workers_that_hold_too_much_together_are_ended_the_coldest_first(shared: Jail) -> None:
    shared._pool._warden._idle_bytes = 100 << 20
    for number in range(3):
        assert (await shared.call(f"# {number}\n{HOLDS}", "answer")).value == 1
    await until_none_is_left(shared, f"# 0\n{HOLDS}")
    assert with_program(shared, f"# 2\n{HOLDS}")


async def test_what_a_process_holds_and_uses_is_seen_and_nothing_of_one_that_is_gone() -> None:
    assert held(os.getpid()) > 1 << 20
    assert processor_seconds(os.getpid()) > 0
    assert held(2**22 + 1) == 0
    assert processor_seconds(2**22 + 1) == 0


async def test_workers_run_at_a_worse_nice_value_than_the_host(shared: Jail) -> None:
    await shared.call(SAME, "same", 1)
    [worker, *_] = with_program(shared, SAME)
    assert os.getpriority(os.PRIO_PROCESS, worker) > os.getpriority(os.PRIO_PROCESS, 0)


async def test_one_off_programs_do_not_push_out_a_hot_one(shared: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heats, "_BREATH_SECONDS", 0.0)
    for _ in range(20):
        await shared.call(SAME, "same", 1)
    before = with_program(shared, SAME)
    for number in range(50):
        await shared.load(f"# {number}\n{SAME}")
    assert set(before) & set(with_program(shared, SAME))


def test_a_burst_of_requests_makes_a_program_no_hotter_than_one() -> None:
    heat = Heat()
    for _ in range(100):
        heat.touch("candidate")
    assert heat.of("candidate") <= 1.0
    assert heat.of("unknown") == 0.0


async def test_on_a_machine_of_one_gigabyte_a_worker_for_each_core_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latm.sandbox.pool._share_of_memory", lambda: 512 << 20)
    async with Jail(Limits(), Isolation.SHARED, workers=2) as jail:
        assert jail._pool.answers.width == 2
        await jail.call(SAME, "same", 1)
        [worker] = with_program(jail, SAME)
        await jail.call(f"# other\n{SAME}", "same", 1)
        assert worker in with_program(jail, SAME)


TABLES = """
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_size_t]
NONE = (None, 2**64 - 1)

def answer():
    while (begin := libc.mmap(0, 8 << 20, 3, 0x4022, -1, 0)) not in NONE:
        for place in range(begin, begin + (8 << 20), 2 << 20):
            ctypes.memset(place, 1, 1)
            libc.munmap(ctypes.c_void_p(place + 4096), ctypes.c_size_t((2 << 20) - 4096))
    while True:
        pass
"""


async def test_a_tool_whose_page_tables_go_over_its_limit_is_ended_for_memory() -> None:
    async with Jail(Limits(seconds=20, memory_bytes=128 << 20), Isolation.BATCH, workers=1) as jail:
        result = await jail.call(TABLES, "answer")
    assert result.verdict is Verdict.MEMORY
    assert "page tables included" in result.detail


FAKES_PROGRESS = """
import sys

def answer(number):
    page = next(thing._page for thing in sys.modules["gc"].get_objects() if type(thing).__name__ == "Service")
    while True:
        page[0] = (page[0] + 1) % 2**63
"""


async def test_a_tool_that_fakes_its_progress_takes_no_longer_than_a_limit_for_each_failure() -> None:
    limits, count = Limits(seconds=0.1), 16
    async with Jail(limits, Isolation.BATCH, workers=1) as jail:
        started = anyio.current_time()
        results = await jail.batch(FAKES_PROGRESS, "answer", [[number] for number in range(count)])
        taken = anyio.current_time() - started
    assert {result.verdict for result in results} == {Verdict.TIME}
    # The square of it, which it once took, would be 128 limits; a limit is looked at in eighths.
    assert taken < limits.seconds * count * 3


async def test_a_batch_that_has_used_its_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latm.sandbox.allowance._FAILURES", 2)
    monkeypatch.setattr("latm.sandbox.allowance._SHARE_OF_LIMIT", 0.0)
    program = "def hang(number):\n    while number:\n        pass\n"
    async with Jail(Limits(seconds=0.1), Isolation.BATCH, workers=1) as jail:
        results = await jail.batch(program, "hang", [[1]] * 50)
    assert {result.verdict for result in results} == {Verdict.TIME}
    assert any("all the time that a batch of its size may use" in result.detail for result in results)


async def test_the_results_of_a_batch_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latm.sandbox.allowance._BYTES", 1 << 20)
    program = "def long(number):\n    return 'x' * 200_000\n"
    async with Jail(Limits(), Isolation.BATCH, workers=1) as jail:
        results = await jail.batch(program, "long", [[number] for number in range(40)])
    verdicts = [result.verdict for result in results]
    assert verdicts == sorted(verdicts, key=[Verdict.OK, Verdict.OUTPUT].index)
    assert 4 <= verdicts.count(Verdict.OK) <= 7


def test_an_allowance_refuses_what_is_over_it() -> None:
    allowance = Allowance.of(Limits(seconds=1), 8)
    assert allowance.refusal() is None
    assert allowance.refusal(running=9.1) is not None
    allowance.bytes -= 1 << 30
    refusal = allowance.refusal()
    assert refusal is not None
    assert refusal.verdict is Verdict.OUTPUT


@pytest.mark.parametrize("level", list(Isolation))
async def test_batches_of_slow_items_give_way_to_a_neighbour(level: Isolation) -> None:
    slow, item, count = "import time\n\ndef slow(number):\n    time.sleep(0.15)\n    return number\n", 0.15, 40
    async with Jail(Limits(seconds=2), level, workers=2) as jail:
        batches = [asyncio.create_task(jail.batch(slow, "slow", [[n] for n in range(count)])) for _ in range(2)]
        await anyio.sleep(0.1)
        started = anyio.current_time()
        assert (await jail.call(SAME, "same", 1)).value == 1
        waited = anyio.current_time() - started
        for batch in batches:
            assert not batch.done()
            batch.cancel()
        await asyncio.wait(batches)
    # A batch would hold its worker for 40 items.
    assert waited < count * item / 2


async def test_a_batch_that_gave_way_has_all_its_results_in_order() -> None:
    slow = "import time\n\ndef slow(number):\n    time.sleep(0.05)\n    return number\n"
    async with Jail(Limits(seconds=2), Isolation.BATCH, workers=1) as jail:
        batches = [asyncio.create_task(jail.batch(slow, "slow", [[n] for n in range(15)])) for _ in range(2)]
        for batch in batches:
            assert [result.value for result in await batch] == list(range(15))


async def test_a_callers_deadline_covers_the_queue() -> None:
    hang = "def hang():\n    while True:\n        pass\n"
    async with Jail(Limits(seconds=5), Isolation.BATCH, workers=1) as jail:
        first = asyncio.create_task(jail.call(hang, "hang"))
        await anyio.sleep(0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(jail.call(SAME, "same", 1), 0.1)
        first.cancel()
        await asyncio.wait([first])
        assert (await jail.call(SAME, "same", 2)).value == 2


async def test_many_calls_at_once_use_all_the_workers() -> None:
    program = "import secrets, time\n\nME = secrets.token_hex()\n\ndef who():\n    time.sleep(0.001)\n    return ME\n"
    async with Jail(Limits(), Isolation.SHARED, workers=2) as jail:
        await jail.call(program, "who")
        results = await asyncio.gather(*(jail.call(program, "who") for _ in range(50)))
    assert len({result.value for result in results}) == 2
