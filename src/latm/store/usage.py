"""Usage as columns, and the median of several."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from latm.ledger import Usage

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns are known by name."""


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
    """The one of the median tokens, of two the smaller. None of nothing."""
    return sorted(usages, key=lambda one: one.tokens)[(len(usages) - 1) // 2] if usages else None
