"""What a goal takes: audits, days, tokens and money, before anything is asked."""

import math
from dataclasses import dataclass
from decimal import Decimal

from latm.auditing.bounds import audits_needed, spent, wrong_at_most
from latm.auditing.goal import Goal
from latm.errors import SettingsError

_SHARES_OF_GOAL = (0.0, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class Case:
    """What comes, if a tool errs so often and audits find as many wrong answers as is to be expected.

    Attributes:
        error: the tool's true error.
        audits_to_promote: questions that the tool answers in shadow, each an audit, until it serves.
        days_to_promote: how long that takes.
        answers_to_bound: answers that it must then serve until the bound on them is as low as the goal.
        days_to_bound: how long that takes, from the promotion on.
        audits_to_bound: audits by the coin until then.
        tokens: of the reference's answers to all these audits; None if one's is not known.
        cost: of the same in US dollars; None if it is not known.
    """

    error: float
    audits_to_promote: int
    days_to_promote: float
    answers_to_bound: int
    days_to_bound: float
    audits_to_bound: int
    tokens: int | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a goal takes.

    Attributes:
        goal: what is asked.
        per_day: questions of the task in a day.
        cases: by the tool's true error: none, a quarter and a half of the goal.
        audits_per_day: by the coin, while a tool serves.
        tokens_per_day: of these audits; None if one's is not known.
        cost_per_day: of these audits in US dollars; None if it is not known.
    """

    goal: Goal
    per_day: float
    cases: tuple[Case, ...]
    audits_per_day: float
    tokens_per_day: float | None
    cost_per_day: Decimal | None


def plan(  # noqa: PLR0913  # what a person asks with; all but the first four have a default
    max_error: float,
    confidence: float,
    audit_share: float,
    per_day: float,
    *,
    attempt: int = 1,
    tokens: float | None = None,
    cost: Decimal | None = None,
) -> Plan:
    """How many audits a goal takes, how long, and for how much.

    Args:
        max_error: δ, the largest share of wrong answers.
        confidence: 1 − α.
        audit_share: π, the share of served answers that are audited.
        per_day: questions of the task in a day.
        attempt: how many versions the task will have had by then.
        tokens: of one direct answer; None if that is not known.
        cost: of one direct answer in US dollars; None if it has no known price.

    Raises:
        SettingsError: a value is out of range.
    """
    goal = Goal(max_error, confidence, audit_share)
    if not 0 < per_day < math.inf:
        raise SettingsError(f"per_day is {per_day!r}.", hint="Say how many questions of this kind come in a day.")
    if attempt < 1:
        raise SettingsError(f"attempt is {attempt!r}.", hint="The first version of a tool is attempt 1.")
    errors = (share * max_error for share in _SHARES_OF_GOAL)
    cases = tuple(_case(goal, error, per_day, attempt, tokens, cost) for error in errors)
    audits = audit_share * per_day
    daily = None if tokens is None else audits * tokens
    return Plan(goal, per_day, cases, audits, daily, None if cost is None else Decimal(audits) * cost)


def _case(  # noqa: PLR0913, PLR0917  # the plan's own arguments, for one error
    goal: Goal, error: float, per_day: float, attempt: int, tokens: float | None, cost: Decimal | None
) -> Case:
    to_promote = _to_promote(goal, error, attempt)
    answers = _to_bound(goal, error)
    audits = math.ceil(goal.audit_share * answers)
    asked = to_promote + audits
    return Case(
        error,
        to_promote,
        to_promote / per_day,
        answers,
        answers / per_day,
        audits,
        None if tokens is None else math.ceil(asked * tokens),
        None if cost is None else asked * cost,
    )


def _to_promote(goal: Goal, error: float, attempt: int) -> int:
    found, alpha = 0, spent(goal.alpha, attempt)
    while (audits := audits_needed(found, goal.max_error, alpha)) * error >= found + 1:
        found += 1
    return audits


def _to_bound(goal: Goal, error: float) -> int:
    """The fewest answers with W* ≤ δ·N, if audits find as many as is to be expected."""
    found = 0
    while True:
        answers = math.ceil(wrong_at_most(found, goal.audit_share, goal.alpha) / goal.max_error)
        if answers * goal.audit_share * error < found + 1:
            return max(1, answers)
        found += 1
