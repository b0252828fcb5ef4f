"""What completions cost, and the running totals."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from latm.errors import ModelError
from latm.ledger import Usage
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper

if TYPE_CHECKING:
    from genai_prices.types import AbstractUsage


def price(provider: str, model: str, usage: "AbstractUsage") -> Decimal | None:
    """Price tokens offline, from the tables of genai-prices.

    Args:
        provider: as in `provider:model`; empty for an endpoint of one's own, which has no price.
        model: the provider's name for the model.
        usage: tokens, cached ones apart if the provider says so.

    Returns:
        US dollars; None if no price is known.
    """
    if not provider:
        return None
    from genai_prices import calc_price

    try:
        return calc_price(usage, model, provider_id=provider).total_price
    except (LookupError, ValueError):  # an unknown model, or counts that its price table cannot be applied to
        return None


def has_price(provider: str, model: str) -> bool:
    """Whether tokens of this model can be priced."""
    if not provider:
        return False
    from genai_prices import Usage as Counts

    return price(provider, model, Counts(input_tokens=1, output_tokens=1)) is not None


@dataclass(frozen=True, slots=True)
class Account:
    """What calls are added up under.

    Attributes:
        role: `maker`, `user`, `dispatcher` or `direct`.
        purpose: as in `Request.purpose`.
        replayed: whether the completions came from a recording, so that nothing was spent now.
    """

    role: str
    purpose: str
    replayed: bool


class Meter:
    """Running totals of all roles; reads are always up to date."""

    def __init__(self) -> None:
        self._accounts: dict[Account, Usage] = {}

    def add(self, account: Account, usage: Usage) -> None:
        """Count what one call spent."""
        self._accounts[account] = self._accounts.get(account, Usage()) + usage

    @property
    def accounts(self) -> dict[Account, Usage]:
        """A copy of every account."""
        return dict(self._accounts)

    def total(self, *, role: str | None = None, purpose: str | None = None, replayed: bool | None = None) -> Usage:
        """Add up the accounts that match; None matches all."""
        matching = [
            usage
            for account, usage in self._accounts.items()
            if role in (None, account.role)
            and purpose in (None, account.purpose)
            and replayed in (None, account.replayed)
        ]
        return sum(matching, Usage())


class Metered(Wrapper):
    """Counts what the calls of one role spend, also those that fail after they were paid for."""

    def __init__(self, model: Model, meter: Meter, role: str) -> None:
        super().__init__(model)
        self._meter = meter
        self._role = role

    async def complete(self, request: Request) -> Completion:
        """Ask, and count what came back."""
        try:
            completion = await super().complete(request)
        except ModelError as error:
            if error.usage.calls:
                self._meter.add(Account(self._role, request.purpose, replayed=False), error.usage)
            raise
        account = Account(self._role, request.purpose, replayed=completion.recorded_at is not None)
        self._meter.add(account, completion.usage)
        return completion
