"""Usage as columns, and the mean of several."""

import math
from collections.abc import Sequence
from decimal import Decimal
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


def mean_usage(usages: Sequence[Usage]) -> Usage | None:
    """The mean, whole numbers rounded up; its cost is None where one cost is unknown. None of nothing."""
    if not usages:
        return None
    total, count = sum(usages, Usage()), len(usages)
    return Usage(
        math.ceil(total.calls / count),
        math.ceil(total.input_tokens / count),
        math.ceil(total.output_tokens / count),
        None if total.cost is None else total.cost / Decimal(count),
    )
