"""Attacks as data: each program of the package's folder `attacks`, against every level of isolation."""

import anyio
import pytest

from latm.sandbox import Isolation
from latm.sandbox.conformance import Attack, attacks
from latm.sandbox.jail import Jail

pytestmark = pytest.mark.anyio

ATTACKS = list(attacks())
HANG = 60
NEIGHBOUR = "def benign_neighbour(number):\n    return number + 1\n"


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATM_CANARY", "of the host")


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_attack_is_contained_while_another_tool_is_served(
    jail: Jail, isolation: Isolation, attack: Attack
) -> None:
    served = 0

    async def serve(under_attack: anyio.CancelScope) -> None:
        nonlocal served
        while not under_attack.cancel_called:
            result = await jail.call(NEIGHBOUR, "benign_neighbour", served)
            assert result.value == served + 1
            served += 1
            await anyio.sleep(0.005)

    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as group:
            under_attack = anyio.CancelScope()
            group.start_soon(serve, under_attack)
            wrong = await attack.run(jail, isolation)
            under_attack.cancel()
    assert wrong == ""
    assert served > 0
