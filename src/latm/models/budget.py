"""The hard stop in money or tokens that all roles share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from latm.errors import BudgetError, ModelError
from latm.ledger import Usage
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper


class Budget:
    """What may be spent, and what has been.

    A call is let through while something is left. What it will cost is known only afterwards, so calls under way are
    taken to cost as much as the dearest one so far (the first goes alone); if that might reach the limit, further
    calls wait for those under way. So the limit is passed by what the last call costs beyond what was left, not by one
    call per slot.

    Args:
        usd: limit in US dollars; None for no limit.
        tokens: limit in tokens sent and received; None for no limit.
    """

    def __init__(self, *, usd: Decimal | None = None, tokens: int | None = None) -> None:
        self._usd = usd
        self._tokens = tokens
        self._spent = Usage()
        self._blind = False
        self._dearest = Decimal(0)
        self._under_way = 0
        self._changed = asyncio.Event()

    @property
    def spent(self) -> Usage:
        """What the calls so far have spent."""
        return self._spent

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Hold room for one call; waits while calls under way might use up what is left.

        Raises:
            BudgetError: the budget is spent, or it cannot be told what was spent.
        """
        while self._must_wait():
            await self._changed.wait()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._changed.set()
            self._changed = asyncio.Event()

    def spend(self, usage: Usage) -> None:
        """Count what one call spent."""
        self._spent += usage
        self._blind = self._blind or not self._can_count(usage)
        self._dearest = max(self._dearest, self._share(usage))

    def _must_wait(self) -> bool:
        if self._blind:
            raise BudgetError(
                "A model call reported no usage or has no known price, so the budget cannot be kept.",
                hint="Use a model that reports tokens, a budget in tokens if no price is known, or no budget.",
            )
        spent = self._share(self._spent)
        if spent >= 1:
            raise BudgetError(
                f"The budget of {self._limits()} is spent ({self._spent.tokens} tokens, {_dollars(self._spent.cost)}).",
                hint="Raise budget_usd or budget_tokens to go on; what was done so far is kept.",
            )
        return self._under_way > 0 and (not self._dearest or spent + self._under_way * self._dearest >= 1)

    def _can_count(self, usage: Usage) -> bool:
        priced = self._usd is None or usage.cost is not None
        counted = self._tokens is None or usage.tokens > 0
        return priced and counted

    def _share(self, usage: Usage) -> Decimal:
        """The part of the tighter limit that this uses up; 1 is all of it."""
        shares = [Decimal(0)]
        if self._usd is not None and usage.cost is not None:
            shares.append(usage.cost / self._usd if self._usd else Decimal(1))
        if self._tokens is not None:
            shares.append(Decimal(usage.tokens) / self._tokens if self._tokens else Decimal(1))
        return max(shares)

    def _limits(self) -> str:
        limits = [] if self._usd is None else [_dollars(self._usd)]
        return " or ".join(limits + ([] if self._tokens is None else [f"{self._tokens} tokens"]))


def _dollars(amount: Decimal | None) -> str:
    return "at an unknown price" if amount is None else f"${amount}"


class Budgeted(Wrapper):
    """Asks only while the budget lasts; a refused call is never sent."""

    def __init__(self, model: Model, budget: Budget) -> None:
        super().__init__(model)
        self._budget = budget

    async def complete(self, request: Request) -> Completion:
        """Ask, and count what it spent, also if it failed.

        Raises:
            BudgetError: the budget is spent, or cannot be kept.
        """
        async with self._budget.call():
            try:
                completion = await super().complete(request)
            except ModelError as error:
                if error.usage.calls:
                    self._budget.spend(error.usage)
                raise
            self._budget.spend(completion.usage)
            return completion
