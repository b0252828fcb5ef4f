"""Invoice totals: line items, a discount, shipping and tax, rounded once at the end."""

import random
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from latm import Instance

NAME = "invoice_totals"
GOODS = (
    "desk lamp", "office chair", "monitor stand", "whiteboard", "paper tray", "cable duct", "footrest", "wall clock",
    "label printer", "filing cabinet", "headset", "webcam", "docking station", "notice board", "coat rack", "bookend",
    "laptop sleeve", "pencil case", "hole punch", "desk pad",
)  # fmt: skip
CURRENCIES = ("EUR", "USD", "GBP", "CHF")
DISCOUNTS = (0, 2, 3, 5, 10, 12, 15, 20)
TAXES = (Decimal(5), Decimal("7.7"), Decimal(19), Decimal(20), Decimal("8.25"), Decimal(25))
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is to be paid for: items as (quantity, what, unit price), the discount and the tax in per cent."""

    currency: str
    items: tuple[tuple[int, str, Decimal], ...]
    discount: int
    shipping: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """The amount to pay, rounded half up to cents."""
        goods = sum((quantity * price for quantity, _, price in self.items), Decimal())
        net = goods * (100 - self.discount) / 100 + self.shipping
        return (net * (100 + self.tax) / 100).quantize(CENT, ROUND_HALF_UP)


def generate(rng: random.Random) -> Instance:
    """Draw an invoice, told line by line."""
    invoice = _draw(rng)
    lines = "\n".join(f"{quantity} x {what} at {price} each" for quantity, what, price in invoice.items)
    question = (
        f"Work out the amount to pay for this invoice (all prices in {invoice.currency}).\n{lines}\n"
        f"Discount on the goods: {invoice.discount}%\nShipping, not discounted: {invoice.shipping}\n"
        f"Tax on goods and shipping: {invoice.tax}%\n"
        "Round only the final amount, half up, to two decimals. Answer with the number only, like 1234.50."
    )
    return Instance(question, answer=str(invoice.total), task=NAME)


def _draw(rng: random.Random) -> Invoice:
    items = tuple((rng.randint(1, 40), what, _price(rng, 199, 24_999)) for what in rng.sample(GOODS, rng.randint(1, 5)))
    return Invoice(
        currency=rng.choice(CURRENCIES),
        items=items,
        discount=rng.choice(DISCOUNTS),
        shipping=_price(rng, 0, 2_999),
        tax=rng.choice(TAXES),
    )


def _price(rng: random.Random, lowest: int, highest: int) -> Decimal:
    """An amount with two decimals, between two amounts in cents."""
    return rng.randint(lowest, highest) * CENT
