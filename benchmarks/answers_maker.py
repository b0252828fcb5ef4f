"""What a competent tool maker would write for the kinds of the benchmark of answers, in the dress that it is shown.

It knows how every kind is solved, as a strong model does, and how answers are to look only from its prompts.
"""

import decimal
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from replies_kinds import INSTRUCTIONS

_UNITS = "('', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX')[int(n) % 10]"
_TENS = "('', 'X', 'XX', 'XXX', 'XL', 'L', 'LX', 'LXX', 'LXXX', 'XC')[int(n) // 10 % 10]"
_DAYS = " + ".join(
    f"[f'{{y}}-{{int(m):02}}-{{int(d):02}}' for {order} in re.findall(r'{pattern}', text)]"
    for order, pattern in (
        ("d, m, y", r"\b(\d+)\.(\d+)\.(\d{4})"),
        ("y, m, d", r"\b(\d{4})/(\d+)/(\d+)"),
        ("m, d, y", r"\b(\d\d?)/(\d+)/(\d{4})"),
    )
)
_DATA: dict[str, tuple[str, str]] = {
    "sort": (r"[a-z]+(?:,? [a-z]+)*", "sorted(re.split(',? ', text))"),
    "count": (r"\d+(?:, \d+)*", "sum(int(n) > 50 for n in text.split(', '))"),
    "convert": (
        r"-?\d+\.\d °C",
        "str((decimal.Decimal(text[:-3]) * 9 / 5 + 32).quantize(decimal.Decimal('0.1')))",
    ),
    "latest": (r"[\d./]+(?:; [\d./]+)*", f"max({_DAYS})"),
    "initials": (
        r"[A-Z][a-z]+ [A-Z][a-z]+(?:, [A-Z][a-z]+ [A-Z][a-z]+)*",
        "[''.join(part[0] for part in name.split()) for name in text.split(', ')]",
    ),
    "roman": (r"\d+(?:, \d+)*", f"['C' * (int(n) // 100) + {_TENS} + {_UNITS} for n in text.split(', ')]"),
    "mean": (
        r"\d+\.\d\d(?: \d+\.\d\d)*",
        "str((sum(map(decimal.Decimal, text.split())) / len(text.split())).quantize(decimal.Decimal('0.001')))",
    ),
    "codes": (r"[a-z]{3}-\d+-[a-z](?: [a-z]{3}-\d+-[a-z])*", "text.upper().replace('-', '').split()"),
}
TOOLS: dict[str, tuple[str, str]] = {
    "invoice": (
        r"Add up this invoice in euro: (\d+ at \d+\.\d\d(?:; \d+ at \d+\.\d\d)*)\.",
        "sum(int(a) * int(b + c) for a, b, c in re.findall(r'(\\d+) at (\\d+)\\.(\\d\\d)', text))",
    ),
    "sorting": (r"Sort these words: ([a-z]+(?: [a-z]+)*)", "sorted(text.split())"),
    "choosing": (r"Who has the ball after (\d+) swaps\? Options: \(A\) to \(E\)", "'ABCDE'[int(text) % 5]"),
    "order": (
        r"Extract the order as JSON: ([A-Z][a-z]+ wants \d+ of [a-z]+ at [\d.]+)",
        "(lambda w: {'customer': w[0], 'item': w[4], 'count': int(w[2]), 'price': float(w[6])})(text.split())",
    ),
    "shopping": (r"List what is to be bought: (\d [a-z]+(?:, \d [a-z]+)*)", "text.split(', ')"),
    "day": (
        r"Which day is (\d+ days after \d{4}-\d\d-\d\d)\?",
        "(datetime.date.fromisoformat(text[-10:]) + datetime.timedelta(int(text.split()[0]))).isoformat()",
    ),
    "counting": (r"How many letters are in these words: ([a-z]+(?: [a-z]+)*)", "len(text.replace(' ', ''))"),
    "ticket": (r"Set the priority of ticket (\d+)", "('high', 'medium', 'low')[int(text) % 3]"),
    **{kind: (f"{re.escape(INSTRUCTIONS[kind])} ({data})", solve) for kind, (data, solve) in _DATA.items()},
}
"""By kind: what its questions look like, and Python that finds the content from what the group holds."""
WRITTEN: dict[str, Sequence[str]] = {
    "invoice": (
        "f'{value // 100}.{value % 100:02d}'",
        "f'{value // 100:,}.{value % 100:02d}'",
        "f'{value // 100:,}.{value % 100:02d}'.translate(str.maketrans(',.', '.,'))",
    ),
    "sorting": ("' '.join(value)",),
    "choosing": ("f'({value})'", "value + '.'", "value", "value.lower() + ')'"),
    "order": (
        "json.dumps(value)",
        "json.dumps(value, indent=2)",
        "json.dumps(dict(reversed(value.items())), separators=(',', ':'))",
    ),
    "shopping": (
        "'\\n'.join('- ' + one for one in value)",
        "'\\n'.join('* ' + one for one in value)",
        "'\\n'.join(f'{n}. {one}' for n, one in enumerate(value, 1))",
        "'\\n'.join(value)",
    ),
    "counting": ("f'{value}.0'", "f'{value:,}'", "str(value)"),
    "ticket": ("value", "value.capitalize()", "value.upper()"),
    "day": ("value",),
    "sort": ("', '.join(value)",),
    "count": ("f'{value}.0'", "str(value)"),
    "convert": ("value", "value.replace('.', ',')", "value.rstrip('0').rstrip('.')"),
    "latest": ("value",),
    "initials": ("'; '.join(value)", "';'.join(value)"),
    "roman": ("', '.join(value)",),
    "mean": (
        "value",
        "f'{decimal.Decimal(value):,}'",
        "value.replace('.', ',')",
        "value.rstrip('0').rstrip('.')",
    ),
    "codes": ("' '.join(value)", "', '.join(value)"),
}
"""By kind: Python that writes its content, in each of the ways that replies use."""
_MODULE = '''```python
"""Answers requests of the kind {kind}."""
import datetime, decimal, json, re
def parse(question):
    found = re.fullmatch({pattern!r}, question)
    return {{"text": found[1]}} if found else None
def solve(text):
    return {solve}
def answer(value, question):
    return {opened!r} + {written} + {closed!r}
```'''
Look = tuple[str, str, str]
"""How an answer writes its content, and what stands before and after it."""


def module(kind: str, shown: Mapping[str, str], contents: Mapping[str, Any]) -> str:
    """A right tool whose answers look like most of those shown.

    Args:
        kind: what the questions are of.
        shown: answers by question, as the prompt has them.
        contents: what is right, by question.
    """
    looks: Counter[Look] = Counter()
    for question, answer in shown.items():
        looks.update(looks_of(kind, contents[question], answer))
    written, opened, closed = looks.most_common(1)[0][0] if looks else (WRITTEN[kind][0], "", "")
    pattern, solve = TOOLS[kind]
    return _MODULE.format(kind=kind, pattern=pattern, solve=solve, written=written, opened=opened, closed=closed)


def looks_of(kind: str, content: Any, answer: str) -> list[Look]:
    """Every dress that an answer may be in; none where it has not the right content, or anything beside it."""
    return list(_looks(WRITTEN[kind], content, answer))


def _looks(written: Sequence[str], content: Any, answer: str) -> Iterator[Look]:
    value = content if isinstance(content, str | list | dict | int) else str(content)
    for way in written:
        text = eval(way, {"json": json, "decimal": decimal, "value": value})  # noqa: S307  # our own table
        opened, found, closed = answer.partition(text)
        if found and not re.search(r"[\w.,]\Z", opened) and not re.match(r"[.,]?\w", closed):
            yield way, opened, closed
