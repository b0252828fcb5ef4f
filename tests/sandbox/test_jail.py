"""The jail's own promises: order, limits, isolation, recycling, and failing closed."""

import gc
import os
import platform
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from latm.errors import SandboxUnavailableError
from latm.sandbox import Isolation, Limits, Result, Verdict, open_sandbox, selftest
from latm.sandbox.conformance import LIMITS, checked
from latm.sandbox.jail import Jail
from latm.sandbox.unsafe import UnsafeInProcess
from latm.sandbox.wire import NotPlainError
from latm.settings import Settings

pytestmark = pytest.mark.anyio

HANG = 60
COUNTER = "calls = 0\n\ndef count():\n    global calls\n    calls += 1\n    return calls\n"
PID = "import secrets\n\nME = secrets.token_hex()\n\ndef pid():\n    return ME\n"
TOOL = """
def same(value):
    return value

def hang_at(number, bad):
    while number == bad:
        pass
    return number

def grow():
    return len(bytearray(10**12))

def soil():
    import math
    math.pi = 3
    return math.pi
"""


def descriptors() -> int:
    gc.collect()  # what earlier tests left open
    return len(list(Path("/proc/self/fd").iterdir()))


async def counted(jail: Jail) -> list[Any]:
    calls = [await jail.call(COUNTER, "count") for _ in range(3)]
    batch = await jail.batch(COUNTER, "count", [[], [], []])
    return [result.value for result in (*calls, *batch)]


async def test_each_level_of_isolation_keeps_state_as_long_as_it_says(jail: Jail, isolation: Isolation) -> None:
    expected = {
        Isolation.SHARED: [1, 2, 3, 4, 5, 6],
        Isolation.BATCH: [1, 1, 1, 1, 2, 3],
        Isolation.CALL: [1, 1, 1, 1, 1, 1],
    }
    assert await counted(jail) == expected[isolation]


async def test_a_batch_that_is_killed_marks_one_item_and_goes_on(jail: Jail) -> None:
    results = await jail.batch(TOOL, "hang_at", [[number, 3] for number in range(10)])
    assert [result.verdict for result in results] == [Verdict.OK] * 3 + [Verdict.TIME] + [Verdict.OK] * 6
    assert [result.value for result in results if result.verdict is Verdict.OK] == [0, 1, 2, 4, 5, 6, 7, 8, 9]


async def test_calls_with_differing_numbers_of_arguments_share_a_batch(jail: Jail) -> None:
    program = "def count(*arguments):\n    return len(arguments)\n"
    numbers = [0, 0, 1, 2, 2, 0, 5, *[1] * 40, 3]
    results = await jail.batch(program, "count", [["x"] * number for number in numbers])
    assert [result.value for result in results] == numbers


@pytest.mark.parametrize("level", [Isolation.SHARED, Isolation.BATCH])
async def test_a_large_batch_spreads_over_the_workers_and_keeps_its_order(level: Isolation) -> None:
    program = f"{PID}\ndef answer(number, bad):\n    while number == bad:\n        pass\n    return [pid(), number]\n"
    half, bad = 300, 350
    async with Jail(LIMITS, level, workers=2) as jail:
        results = await jail.batch(program, "answer", [[number, bad] for number in range(2 * half)])
    values = [result.value for result in results if result.verdict is Verdict.OK]
    assert [number for _, number in values] == [number for number in range(2 * half) if number != bad]
    assert results[bad].verdict is Verdict.TIME
    assert len({pid for pid, _ in values[:half]}) == 1
    assert values[half][0] != values[0][0]


async def test_a_batch_without_items_is_empty(jail: Jail) -> None:
    assert await jail.batch(TOOL, "same", []) == []


async def test_many_batches_at_once_get_each_its_own_results(jail: Jail) -> None:
    async def run(number: int) -> None:
        values = [[number * 1000 + item] for item in range(10)]
        results = await jail.batch(f"# {number % 5}\n{TOOL}", "same", values)
        assert [[result.value] for result in results] == values

    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(run, number)


async def test_a_cancelled_call_costs_neither_a_slot_nor_a_wrong_answer(jail: Jail) -> None:
    for number in range(10):
        with anyio.move_on_after(0.01):
            await jail.call(TOOL, "hang_at", 1, 1)
        result = await jail.call(TOOL, "same", number)
        assert result.value == number


async def test_a_shared_worker_that_its_tool_changed_is_replaced() -> None:
    async with Jail(LIMITS, Isolation.SHARED, workers=1) as jail:
        first = (await jail.call(PID, "pid")).value
        assert (await jail.call(PID, "pid")).value == first
        soiled = f"{TOOL}\n{PID}"
        await jail.call(soiled, "soil")
        results = await jail.batch(f"{soiled}\nimport math\ndef pi():\n    return math.pi\n", "pi", [[]])
        assert results[0].value == pytest.approx(3.141592653589793)
        assert (await jail.call(soiled, "same", 1)).value == 1


async def test_a_change_of_a_module_does_not_outlive_the_call_even_when_shared() -> None:
    program = "import math\n\ndef read():\n    return math.pi\n\ndef soil():\n    math.pi = 3\n    return math.pi\n"
    async with Jail(LIMITS, Isolation.SHARED, workers=1) as jail:
        assert (await jail.call(program, "soil")).value == 3
        assert (await jail.call(program, "read")).value == pytest.approx(3.141592653589793)


async def test_a_hundred_tools_in_turn_do_not_grow_the_pool() -> None:
    async with Jail(LIMITS, Isolation.SHARED, workers=2) as jail:
        zygote = jail._nursery._zygote
        assert zygote is not None
        for number in range(100):
            assert (await jail.call(f"# {number}\n{TOOL}", "same", number)).value == number
        # At most sixteen kept and one in reserve for each that may run, once the others are buried.
        with anyio.fail_after(HANG):
            while len(zygote._handles) > 16 * 2 + 2:  # noqa: ASYNC110  # another process's end sets no event
                await anyio.sleep(0.01)


@pytest.mark.parametrize("value", [object(), {"a": [object()]}, {1, 2}], ids=["bare", "inside", "set"])
async def test_an_argument_that_is_not_plain_is_the_callers_error(jail: Jail, value: Any) -> None:
    with pytest.raises(NotPlainError):
        await jail.call(TOOL, "same", value)
    assert (await jail.call(TOOL, "same", 1)).value == 1


async def test_a_load_error_is_every_items_result(jail: Jail) -> None:
    results = await jail.batch("import socket\n", "same", [[1], [2]])
    assert [result.verdict for result in results] == [Verdict.DENIED] * 2
    assert "'socket'" in results[0].detail
    assert "line 1" in results[0].detail


async def test_many_long_failures_in_one_batch_are_each_told() -> None:
    program = "def fail(number):\n    raise ValueError(f'{number} ' + 'x' * 5000)\n"
    async with Jail(Limits(seconds=LIMITS.seconds, output_bytes=1 << 10), Isolation.BATCH, workers=1) as jail:
        results = await jail.batch(program, "fail", [[number] for number in range(250)])
    assert [result.detail.split()[1] for result in results] == [str(number) for number in range(250)]


async def test_many_values_of_long_characters_in_one_batch_are_each_told() -> None:
    program = "TEXT = chr(0x1F600) * 250\n\ndef smile(number):\n    return TEXT\n"
    async with Jail(Limits(seconds=LIMITS.seconds, output_bytes=1 << 10), Isolation.BATCH, workers=1) as jail:
        results = await jail.batch(program, "smile", [[number] for number in range(250)])
    assert {(result.verdict, len(result.value)) for result in results} == {(Verdict.OK, 250)}


async def test_large_values_travel_both_ways(jail: Jail) -> None:
    values: list[list[Any]] = [["x" * 200_000], [list(range(30_000))], ["ä" * 100_000]]
    results = await jail.batch(TOOL, "same", values)
    assert [[result.value] for result in results] == values


async def test_open_sandbox_takes_limits_and_isolation_from_the_settings() -> None:
    settings = Settings(tool_seconds=0.25, isolation=Isolation.SHARED, workers=1)
    async with open_sandbox(settings) as sandbox:
        result = await sandbox.call(TOOL, "hang_at", 1, 1)
    assert result == Result(Verdict.TIME, detail="it ran for more than 0.25 s")


async def test_another_kernel_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.delattr(os, "sched_getaffinity")
    with pytest.raises(SandboxUnavailableError, match=r"No jail is available on Darwin.*container.*unsafe-in-process"):
        await Jail(LIMITS, Isolation.BATCH).__aenter__()


async def test_a_machine_without_a_table_of_system_calls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="riscv64"))
    with pytest.raises(SandboxUnavailableError, match="No jail is available on Linux for riscv64"):
        await Jail(LIMITS, Isolation.BATCH).__aenter__()


class Leaky(UnsafeInProcess):
    """A backend in which a tool can do what it likes."""

    async def call(self, program: str, function: str, *_: Any) -> Result:
        assert function in program
        return Result(Verdict.OK, "open a file")


async def test_a_sandbox_that_leaks_is_refused_by_the_self_test() -> None:
    with pytest.raises(SandboxUnavailableError, match="The jail leaks: a tool could open a file"):
        await selftest.demand_safety(Leaky(LIMITS, Isolation.BATCH))


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.TIME, Verdict.DENIED])
async def test_a_self_test_that_does_not_run_through_is_a_refusal(
    verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(*_: Any) -> Result:
        return Result(verdict)

    monkeypatch.setattr(Leaky, "call", call)
    with pytest.raises(SandboxUnavailableError, match="self-test failed"):
        await selftest.demand_safety(Leaky(LIMITS, Isolation.BATCH))


async def test_an_interpreter_that_does_not_start_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    before = descriptors()
    with pytest.raises(SandboxUnavailableError, match="did not start"):
        await Jail(LIMITS, Isolation.BATCH).__aenter__()
    assert descriptors() == before


async def test_the_unsafe_backend_warns_at_every_start(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        async with open_sandbox(Settings(sandbox="unsafe-in-process")) as sandbox:
            assert (await sandbox.call(TOOL, "same", [1, {"a": 2}])).value == [1, {"a": 2}]
    assert [
        record.message.startswith("Tools run inside this process, without a jail") for record in caplog.records
    ] == [
        True,
        True,
    ]


async def test_the_unsafe_backend_gives_the_same_verdicts_to_an_honest_tool() -> None:
    async with UnsafeInProcess(Limits(output_bytes=100), Isolation.BATCH) as sandbox:
        results = await sandbox.batch(TOOL, "same", [[1], [None], ["x" * 101]])
        results += await sandbox.batch("import socket", "same", [[1]])
        results += [await sandbox.call(TOOL, "missing"), await sandbox.call(TOOL, "grow")]
    assert [result.verdict for result in results] == [
        Verdict.OK,
        Verdict.ABSTAINED,
        Verdict.OUTPUT,
        Verdict.DENIED,
        Verdict.ERROR,
        Verdict.MEMORY,
    ]


async def test_the_conformance_suite_fails_a_backend_without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    from latm.sandbox import conformance

    harmless = [attack for attack in conformance.attacks() if attack.name == "environment_inherited"]
    monkeypatch.setattr(conformance, "attacks", lambda: iter(harmless))
    monkeypatch.setattr(conformance, "_BEHAVIOUR", conformance._BEHAVIOUR[:3])
    sandbox = UnsafeInProcess(LIMITS, Isolation.BATCH)
    report = await checked(sandbox, "unsafe", Isolation.BATCH, {})
    assert report["passed"] is False
    passed = {each["name"]: each["passed"] for each in report["checks"]}
    assert passed["A function that returns None abstains."] is True
    assert passed["A tool's own environment tells it nothing."] is False
