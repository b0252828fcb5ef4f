"""Small pieces of wording that several kinds share."""

from collections.abc import Sequence

LETTERS = "ABCDEFGH"
PEOPLE = (
    "Amara", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ivo", "Jonas", "Kaya", "Leila", "Marek",
    "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tove", "Uma", "Viktor", "Wanda", "Yusuf", "Zofia",
)  # fmt: skip


def listed(items: Sequence[str]) -> str:
    """Join two or more items as in running text: `a, b, and c`."""
    return f"{', '.join(items[:-1])}, and {items[-1]}"


def options(items: Sequence[str]) -> str:
    """One lettered option a line: `(A) …`."""
    return "\n".join(f"({letter}) {item}" for letter, item in zip(LETTERS, items, strict=False))


def letter(index: int) -> str:
    """The option at an index, counted from 0: `(A)`."""
    return f"({LETTERS[index]})"
