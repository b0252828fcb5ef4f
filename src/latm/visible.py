"""Strangers' texts, made safe for a person to read."""


def plain(text: str) -> str:
    """A text whose control characters can do nothing: not to a terminal, and not to the order of what is read."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else repr(sign)[1:-1] for sign in text)
