"""The hard stop: nothing is sent once the budget is spent, however many ask at once."""

from decimal import Decimal

import anyio
import anyio.lowlevel
import pytest
from asking import ask
from hypothesis import given
from hypothesis import strategies as st

from latm.errors import BudgetError, CutOffError, ProviderError
from latm.ledger import Usage
from latm.models.budget import Budget, Budgeted
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio


class Costly(ScriptedModel):
    """Calls that overlap, and that each spend what the question says in tokens, at a cent a token."""

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        await anyio.lowlevel.checkpoint()
        tokens = int(request.messages[-1].content)
        return Completion(completion.text, self.name, Usage(1, tokens, 0, Decimal(tokens) / 100))


async def ask_all_at_once(budget: Budget, costs: list[int]) -> tuple[int, int]:
    """How many were answered and how many refused."""
    model = Costly(lambda _: "ok")
    budgeted = Budgeted(model, budget)
    refused: list[BudgetError] = []

    async def ask_one(cost: int) -> None:
        try:
            await budgeted.complete(ask(str(cost)))
        except BudgetError as error:
            refused.append(error)

    async with anyio.create_task_group() as group:
        for cost in costs:
            group.start_soon(ask_one, cost)
    return len(model.requests), len(refused)


@pytest.mark.parametrize("budget", [{"tokens": 100}, {"usd": Decimal(1)}, {"usd": Decimal(9), "tokens": 100}])
async def test_calls_of_one_price_made_at_once_never_pass_the_limit(budget: dict[str, Decimal | int]) -> None:
    shared = Budget(usd=budget.get("usd"), tokens=budget.get("tokens"))  # type: ignore[arg-type]  # a table of both
    assert await ask_all_at_once(shared, [10] * 50) == (10, 40)
    assert shared.spent.tokens == 100


@given(costs=st.lists(st.integers(1, 40), max_size=40), limit=st.integers(1, 200))
def test_calls_are_refused_when_and_only_when_the_budget_is_spent(costs: list[int], limit: int) -> None:
    budget = Budget(tokens=limit)
    sent, refused = anyio.run(ask_all_at_once, budget, costs)
    assert sent + refused == len(costs)
    assert not refused or budget.spent.tokens >= limit
    assert sum(costs) < limit or budget.spent.tokens >= limit


@pytest.mark.parametrize("budget", [Budget(tokens=0), Budget(usd=Decimal(0))])
async def test_a_budget_of_nothing_sends_nothing(budget: Budget) -> None:
    assert await ask_all_at_once(budget, [1]) == (0, 1)


async def test_the_refusal_says_what_was_spent_and_what_to_raise() -> None:
    budgeted = Budgeted(Costly(lambda _: "ok"), Budget(usd=Decimal("0.5"), tokens=500))
    await budgeted.complete(ask("60"))
    with pytest.raises(BudgetError, match=r"\$0.5 or 500 tokens is spent \(60 tokens, \$0.6\).*Raise budget_usd"):
        await budgeted.complete(ask("1"))


@pytest.mark.parametrize(
    ("budget", "cost", "question"),
    [
        (Budget(usd=Decimal(1)), None, "no price is known for this model"),
        (Budget(tokens=100), Decimal(0), ""),
    ],
)
async def test_a_budget_that_cannot_be_kept_stops_rather_than_never(
    budget: Budget, cost: Decimal | None, question: str
) -> None:
    model = ScriptedModel(lambda _: "", cost=cost)
    budgeted = Budgeted(model, budget)
    await budgeted.complete(ask(question))
    with pytest.raises(BudgetError, match="cannot be kept"):
        await budgeted.complete(ask(question))
    assert len(model.requests) == 1


async def test_a_failed_call_makes_room_for_the_next() -> None:
    model = ScriptedModel([ProviderError("no"), "yes"])
    budgeted = Budgeted(model, Budget(tokens=10))
    with pytest.raises(ProviderError):
        await budgeted.complete(ask("?"))
    with anyio.fail_after(5):
        assert (await budgeted.complete(ask("?"))).text == "yes"


async def test_a_call_that_failed_after_it_was_paid_for_is_counted() -> None:
    model = ScriptedModel([CutOffError("cut", usage=Usage(1, 5, 5, Decimal(0))), "yes"])
    budgeted = Budgeted(model, Budget(tokens=10))
    with pytest.raises(CutOffError):
        await budgeted.complete(ask("?"))
    with pytest.raises(BudgetError, match="10 tokens is spent"):
        await budgeted.complete(ask("?"))
    assert len(model.requests) == 1
