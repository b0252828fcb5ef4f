"""The system-call filter: what CPython needs, and what the assembled steps let through."""

import struct

import pytest
from click.testing import CliRunner

from latm.cli.sandbox import sandbox
from latm.sandbox import Isolation, Limits, Verdict, nursery, seccomp, worker
from latm.sandbox.allowance import Allowance
from latm.sandbox.jail import Jail
from latm.sandbox.seccomp import Check, Rule

pytestmark = pytest.mark.anyio

DEADLY = (
    "from latm.sandbox import seccomp; real = seccomp.program; "
    "seccomp.program = lambda rules, machine: "
    "real(rules, machine, 0x50001 if rules is seccomp.ZYGOTE else 0x80000000); "
)
"""A worker dies at the first call that is refused; the zygote, which has its own filter, does not."""
WORK = """
import random, secrets, time, datetime, decimal, re, zoneinfo, hashlib

def work(number):
    blocks = [bytearray(size) for size in (10, 10_000, 1 << 20, 40 << 20)]
    blocks[3].extend(bytes(10 << 20))
    del blocks
    grown = list(range(300_000))
    time.sleep(0.001)
    words = re.findall("a+", "aab" * 1000)
    zone = datetime.datetime.now(zoneinfo.ZoneInfo("UTC")).year > 2000
    clocks = [time.time(), time.monotonic(), time.perf_counter(), time.process_time(), time.thread_time()]
    dice = random.random() < 1 and len(secrets.token_bytes(9)) == 9
    return [len(grown), len(words), zone and dice, len(clocks), hashlib.sha256(b"x").hexdigest()[:4]]
"""


class Quiet:
    alone = True
    queued = False


async def test_cpython_starts_and_works_under_a_filter_that_kills_for_any_other_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nursery, "_START", nursery._START.replace("from latm", DEADLY + "from latm", 1))
    limits = Limits()
    jail = Jail(limits, Isolation.BATCH, workers=1)
    try:
        handle = await jail._nursery.fork()
        assert (await handle.load(WORK)).results[0].verdict is Verdict.OK
        for count in (1, 40):
            exchange = await handle.call("work", [[n] for n in range(count)], Allowance.of(limits, count), Quiet())
            assert [result.value for result in exchange.results] == [[300_000, 1000, True, 5, "2d71"]] * count, exchange
    finally:
        await jail.close()


async def test_a_filter_that_kills_does_so_for_a_call_that_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_START", nursery._START.replace("from latm", DEADLY + "from latm", 1))
    limits = Limits()
    jail = Jail(limits, Isolation.BATCH, workers=1)
    program = 'import sys\n\ndef outside():\n    return sys.modules["os"].getpid()\n'
    try:
        handle = await jail._nursery.fork()
        await handle.load(program)
        exchange = await handle.call("outside", [[]], Allowance.of(limits, 1), Quiet())
        assert exchange.results == []
    finally:
        await jail.close()


def test_the_command_shows_each_call_with_what_needs_it() -> None:
    shown = CliRunner().invoke(sandbox, ["filter"]).output
    for rule in seccomp.worker_rules(worker.INBOX, worker.OUTBOX):
        assert rule.why
        assert any(line.split()[0] == rule.name and line.endswith(rule.why) for line in shown.splitlines()[1:] if line)


def passes(check: Check, value: int) -> bool:
    """Run the assembled steps on one call whose argument has this value."""
    machine = seccomp.ARCHITECTURES["x86_64"]
    steps = seccomp.program([Rule("read", "a test", (check,))], machine)
    memory = {0: 0, 4: machine.audit, 16 + 8 * check.argument: value & 0xFFFFFFFF, 20 + 8 * check.argument: value >> 32}
    place, register = 0, 0
    while True:
        code, if_true, if_false, constant = struct.unpack("<HBBI", steps[8 * place : 8 * place + 8])
        place += 1
        match code:
            case 0x20:
                register = memory.get(constant, 0)
            case 0x54:
                register &= constant
            case 0x06:
                return bool(constant == 0x7FFF0000)
            case _:
                holds = {0x15: register == constant, 0x35: register >= constant, 0x25: register > constant}[code]
                place += if_true if holds else if_false


@pytest.mark.parametrize(
    ("check", "let_through", "refused"),
    [
        (Check(1, values=(1, 5, 9)), (1, 5, 9, 1 + (1 << 32)), (0, 2, 8)),
        (Check(1, values=(128,), ignoring=256), (128, 384), (0, 256, 129)),
        (Check(2, values=tuple(range(12))), (0, 11), (12, 0xFFFFFFF2)),
        (Check(0, zero=True), (0,), (1, 1 << 32, 1 << 63)),
        (Check(0, more=True), (1, 1 << 32, 1 << 63), (0,)),
    ],
    ids=str,
)
def test_a_check_lets_through_what_it_says(
    check: Check, let_through: tuple[int, ...], refused: tuple[int, ...]
) -> None:
    assert all(passes(check, value) for value in let_through)
    assert not any(passes(check, value) for value in refused)


def test_every_rule_names_a_call_that_some_machine_has() -> None:
    known = {name for machine in seccomp.ARCHITECTURES.values() for name in machine.numbers}
    rules = (*seccomp.ZYGOTE, *seccomp.worker_rules(3, 4))
    assert {rule.name for rule in rules} <= known
