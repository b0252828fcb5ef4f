"""When an answer is right, in the studies of the paper's protocol.

A compiled tool's answer must be the label to the letter, white space at its ends apart. What a model says, or leaves in
a variable, is normalised first, as the paper does task by task:

- white space: runs of it count as one space, and none counts in a sequence of brackets;
- options: if the label is `(B)`, so do `B`, `B)`, `b.` and `(B) a text` count as `(B)`;
- numbers: if the label is a number, so does any way to write the same one count, `12.0` or `1,200` among them;
- letter case, quotation marks around the whole and a final full stop do not count.
"""

import re
from decimal import Decimal, InvalidOperation

_OPTION = re.compile(r"\(([A-Z])\)")
_SAID_OPTION = re.compile(r"\(?([A-Za-z])(?:\)|\.|:|$)")
_BRACKETS = re.compile(r"[()\[\]{}<>\s]+")


def says(answer: str, label: str) -> bool:
    """Whether an answer says what the label says, after normalisation."""
    if option := _OPTION.fullmatch(label.strip()):
        said = _SAID_OPTION.match(answer.strip())
        return said is not None and said[1].upper() == option[1]
    if _BRACKETS.fullmatch(label):
        return "".join(answer.split()).strip("\"'`") == "".join(label.split())
    number, wanted = _number(answer), _number(label)
    if number is not None and wanted is not None:
        return number == wanted
    return _folded(answer) == _folded(label)


def _folded(text: str) -> str:
    return " ".join(text.split()).strip("\"'`").rstrip(".").casefold()


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(_folded(text).replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
