"""Usage as columns, and the median of several."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from latm.ledger import Usage

AnyRow = Row[*tuple[Any, ...]]
"""A row with columns by name."""


def usage_values(usage: Usage) -> dict[str, Any]:
    """The columns of a usage."""
    return {
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": usage.cost,
    }


def usage_of(row: AnyRow) -> Usage:
    """The usage in a row that has its columns."""
    return Usage(row.calls, row.input_tokens, row.output_tokens, row.cost)


def median_usage(usages: Sequence[Usage]) -> Usage | None:
    """The usage with the median number of tokens, the smaller of two; None without any."""
    return sorted(usages, key=lambda one: one.tokens)[(len(usages) - 1) // 2] if usages else None


def earlier_text(earlier: Mapping[str, Usage]) -> str | None:
    """What an answer spent on earlier steps, by purpose, as the text of its column; NULL if nothing."""
    spent = {name: usage for name, usage in earlier.items() if usage.calls}
    if not spent:
        return None
    plain = {
        name: [one.calls, one.input_tokens, one.output_tokens, None if one.cost is None else str(one.cost)]
        for name, one in spent.items()
    }
    return json.dumps(plain)


def earlier_of(text: str | None) -> dict[str, Usage]:
    """The inverse of `earlier_text`."""
    return {
        name: Usage(calls, sent, received, None if cost is None else Decimal(cost))
        for name, (calls, sent, received, cost) in (json.loads(text) if text else {}).items()
    }
