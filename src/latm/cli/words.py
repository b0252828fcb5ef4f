"""Figures and strangers' texts as people read them on a terminal."""

from decimal import Decimal

from latm.visible import plain as plain  # noqa: PLC0414  # one of these words


def counted(count: float, one: str, many: str = "") -> str:
    """Such as `1 try` or `1,234 tries`; many are one with an s unless given."""
    return f"{count:,.0f} {one if count == 1 else many or f'{one}s'}"


def tokens(count: float) -> str:
    """Such as `1,234 tokens`."""
    return counted(count, "token")


def dollars(amount: Decimal | float | None) -> str:
    """Such as `$0.0123`; cents if they are enough."""
    if amount is None:
        return "price unknown"
    size, sign = abs(float(amount)), "-" if amount < 0 else ""
    return f"{sign}${size:,.4f}" if 0 < size < 1 else f"{sign}${size:,.2f}"


def share(part: float) -> str:
    """Such as `12.3 %`."""
    return f"{part * 100:.1f} %"
