"""Slots: the limit, the order, and that the tool maker never waits behind hundreds."""

import asyncio
from dataclasses import replace

import pytest
from asking import ask
from hypothesis import given
from hypothesis import strategies as st

from latm.models.limiting import Limited, Slots
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio


class Stepping(ScriptedModel):
    """Answers one call after the other, each when it is told to; keeps who was under way."""

    def __init__(self) -> None:
        super().__init__(lambda _: "ok")
        self.begun: list[str] = []
        self.under_way: list[asyncio.Event] = []
        self.most = 0

    async def complete(self, request: Request) -> Completion:
        self.begun.append(request.messages[-1].content)
        done = asyncio.Event()
        self.under_way.append(done)
        self.most = max(self.most, len(self.under_way))
        await done.wait()
        return await super().complete(request)

    def answer_one(self) -> None:
        self.under_way.pop(0).set()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def order(limit: int, callers: list[tuple[str, bool]]) -> tuple[list[str], int]:
    """In which order callers are served who all came before the first was answered, and how many at once."""
    model, slots = Stepping(), Slots(limit)
    asked = [asyncio.create_task(Limited(model, slots, urgent=urgent).complete(ask(name))) for name, urgent in callers]
    await settle()
    for _ in callers:
        model.answer_one()
        await settle()
    await asyncio.gather(*asked)
    return model.begun, model.most


async def test_the_maker_waits_for_one_slot_however_many_others_came_before() -> None:
    others = [(f"{number}", False) for number in range(200)]
    begun, most = await order(8, [*others, ("maker", True)])
    assert begun.index("maker") == 8
    assert most == 8


async def test_hundreds_of_makings_leave_every_other_slot_to_the_others() -> None:
    makings = [(f"m{number}", True) for number in range(100)]
    others = [(f"{number}", False) for number in range(100)]
    begun, _ = await order(1, [*makings, *others])
    assert [name.startswith("m") for name in begun[1:199]] == [False, True] * 99


@given(limit=st.integers(1, 9), callers=st.lists(st.booleans(), max_size=60))
def test_each_class_is_served_in_order_of_arrival_and_nobody_is_left_out(limit: int, callers: list[bool]) -> None:
    named = [(f"{number}", urgent) for number, urgent in enumerate(callers)]
    begun, most = asyncio.run(order(limit, named))
    for urgent in (True, False):
        arrived = [name for name, kind in named if kind is urgent]
        assert [name for name in begun if name in arrived] == arrived
    assert most == min(limit, len(callers))


@given(st.lists(st.integers(0, 29), max_size=30), st.integers(1, 4))
def test_callers_who_give_up_take_no_slot_with_them(gone: list[int], limit: int) -> None:
    async def run() -> int:
        model, slots = Stepping(), Slots(limit)
        limited = Limited(model, slots)
        asked = [asyncio.create_task(limited.complete(ask(f"{number}"))) for number in range(30)]
        await settle()
        for number in gone:
            asked[number].cancel()
            if model.under_way and number % 2:
                model.answer_one()
        await asyncio.gather(*(asked[number] for number in set(gone)), return_exceptions=True)
        model.under_way.clear()
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        again = [asyncio.create_task(limited.complete(ask("again"))) for _ in range(limit)]
        await settle()
        held = len(model.under_way)
        for _ in range(held):
            model.answer_one()
        await asyncio.gather(*again)
        return held

    assert asyncio.run(run()) == limit


async def test_the_wait_is_on_the_completion() -> None:
    class Slow(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            await asyncio.sleep(0.05)
            return replace(await super().complete(request), seconds=0.05)

    slow, slots = Slow(lambda _: "ok"), Slots(1)
    completions = await asyncio.gather(*(Limited(slow, slots).complete(ask("?")) for _ in range(3)))
    waited = [completion.usage.waited for completion in completions]
    assert waited[0] < waited[1] < waited[2]
    assert waited[2] > 0.05


async def test_a_failed_call_gives_its_slot_back() -> None:
    limited = Limited(ScriptedModel([ValueError("no"), "yes"]), Slots(1))
    with pytest.raises(ValueError, match="no"):
        await limited.complete(ask("?"))
    async with asyncio.timeout(5):
        assert (await limited.complete(ask("?"))).text == "yes"
