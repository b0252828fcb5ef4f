"""Figures and strangers' texts as people read them on a terminal."""

from decimal import Decimal


def counted(count: float, one: str, many: str = "") -> str:
    """Such as `1 try` or `1,234 tries`; many are one with an s unless given."""
    return f"{count:,.0f} {one if count == 1 else many or f'{one}s'}"


def tokens(count: float) -> str:
    """Such as `1,234 tokens`."""
    return counted(count, "token")


def dollars(amount: Decimal | float | None) -> str:
    """Such as `$0.0123`; cents where they are enough."""
    if amount is None:
        return "price unknown"
    size, sign = abs(float(amount)), "-" if amount < 0 else ""
    return f"{sign}${size:,.4f}" if 0 < size < 1 else f"{sign}${size:,.2f}"


def share(part: float) -> str:
    """Such as `12.3 %`."""
    return f"{part * 100:.1f} %"


def plain(text: str) -> str:
    """A text whose control characters can do nothing to a terminal."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else repr(sign)[1:-1] for sign in text)
