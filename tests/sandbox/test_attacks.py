"""Attacks as data: each program of the package's folder `attacks`, against every level of isolation.

Several attack at once: most of their time they wait for a limit, and a neighbour under many attacks is the harder test.
"""

import mmap
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from latm.sandbox import Isolation, Result, Verdict
from latm.sandbox.conformance import LIMITS, Attack, attacks
from latm.sandbox.jail import Jail

pytestmark = pytest.mark.anyio

AT_ONCE = 6
WAITING = 12
"""Attacks at once of those that wait for the time limit."""


def grouped(some: list[Attack], at_once: int) -> list[list[Attack]]:
    """So many attacks each, unlike ones: names that begin alike stand side by side."""
    count = -(-len(some) // at_once)
    return [some[first::count] for first in range(count)]


ATTACKS = list(attacks())
GROUPS = [
    *grouped([attack for attack in ATTACKS if Verdict.TIME in attack.verdicts], WAITING),
    *grouped([attack for attack in ATTACKS if Verdict.TIME not in attack.verdicts], AT_ONCE),
]
HANG = 60
STANDSTILL = 3.0
"""Seconds. Replies that stopped the host stopped it for 5 to 33; a busy machine never does for this long."""
MEMORY = 64 << 20
"""Bytes that attacks may add to the host: what is read of a frame is under 20 MB."""
NEIGHBOUR = "def benign_neighbour(number):\n    return number + 1\n"


HANDLE = 4
"""Descriptors of one worker in the host: its process, two pipes, a page."""


def descriptors_but_for_workers(jail: Jail) -> int:
    workers = sum(handle.alive for handle in jail._nursery.workers())
    return len(list(Path("/proc/self/fd").iterdir())) - HANDLE * workers


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


@pytest.fixture(scope="module")
async def jail(isolation: Isolation) -> AsyncIterator[Jail]:
    """With a worker for each attack of a group, and one for their neighbour."""
    async with Jail(LIMITS, isolation, workers=WAITING + 1) as jail:
        yield jail


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATM_CANARY", "of the host")


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 160
    assert sorted(attack.name for group in GROUPS for attack in group) == sorted(attack.name for attack in ATTACKS)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: "+".join(attack.name for attack in group))
async def test_attacks_are_contained_while_another_tool_is_served(
    jail: Jail, isolation: Isolation, group: list[Attack]
) -> None:
    answers: list[Result] = []
    wrong: dict[str, str] = {}
    descriptors = descriptors_but_for_workers(jail)
    before, slowest_turn = resident(), 0.0

    async def watch(under_attack: anyio.CancelScope) -> None:
        nonlocal slowest_turn
        while not under_attack.cancel_called:
            started = anyio.current_time()
            await anyio.lowlevel.checkpoint()
            slowest_turn = max(slowest_turn, anyio.current_time() - started)
            await anyio.sleep(0.02)

    async def serve(under_attack: anyio.CancelScope) -> None:
        while not under_attack.cancel_called:
            answers.append(await jail.call(NEIGHBOUR, "benign_neighbour", len(answers)))
            await anyio.sleep(0.05)

    async def attack(one: Attack) -> None:
        wrong[one.name] = await one.run(jail, isolation)

    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as host:
            under_attack = anyio.CancelScope()
            host.start_soon(serve, under_attack)
            host.start_soon(watch, under_attack)
            async with anyio.create_task_group() as attackers:
                for one in group:
                    attackers.start_soon(attack, one)
            under_attack.cancel()
    assert wrong == dict.fromkeys(wrong, "")
    # A busy machine may keep a neighbour from its core for the whole time limit, but never gives it a wrong answer.
    assert {answer.verdict for answer in answers} <= {Verdict.OK, Verdict.TIME}
    right = [number for number, answer in enumerate(answers) if answer.verdict is Verdict.OK]
    assert right
    assert [answers[number].value for number in right] == [number + 1 for number in right]
    assert slowest_turn < STANDSTILL
    assert resident() - before < MEMORY
    with anyio.fail_after(HANG):
        while descriptors_but_for_workers(jail) > descriptors:  # noqa: ASYNC110  # a worker's birth sets no event
            await anyio.sleep(0.01)
