"""Figures and strangers' texts as people read them on a terminal."""

from decimal import Decimal


def tokens(count: float) -> str:
    """Such as `1,234 tokens`."""
    return f"{count:,.0f} token{'' if count == 1 else 's'}"


def dollars(amount: Decimal | float | None) -> str:
    """Such as `$0.0123`; cents where they are enough."""
    if amount is None:
        return "price unknown"
    return f"${amount:,.2f}" if amount == 0 or abs(float(amount)) >= 1 else f"${amount:,.4f}"


def share(part: float) -> str:
    """Such as `12.3 %`."""
    return f"{part * 100:.1f} %"


def plain(text: str) -> str:
    """A text whose control characters can do nothing to a terminal."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else repr(sign)[1:-1] for sign in text)
