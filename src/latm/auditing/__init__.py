"""Audits of served answers, and what they prove about their errors.

`Coin` chooses which answers are audited; a `Certificate` is what the audits of one version have shown, and decides
whether it serves; `plan` says beforehand what a goal takes.
"""

from latm.auditing.asked import asks, check_goal, goal_of
from latm.auditing.certificate import Advance, Bound, Certificate, Epoch, advance, apply, decide, fold
from latm.auditing.coin import Coin
from latm.auditing.facts import Audited, Begun, Decided, Fact, Reasked, Renewed, Retargeted, Served, Source
from latm.auditing.goal import UNWATCHED, Goal, Policy
from latm.auditing.plan import Case, Plan, plan
from latm.auditing.storing import dump_certificate, from_plain, load_certificate, to_plain

__all__ = [
    "UNWATCHED",
    "Advance",
    "Audited",
    "Begun",
    "Bound",
    "Case",
    "Certificate",
    "Coin",
    "Decided",
    "Epoch",
    "Fact",
    "Goal",
    "Plan",
    "Policy",
    "Reasked",
    "Renewed",
    "Retargeted",
    "Served",
    "Source",
    "advance",
    "apply",
    "asks",
    "check_goal",
    "decide",
    "dump_certificate",
    "fold",
    "from_plain",
    "goal_of",
    "load_certificate",
    "plan",
    "to_plain",
]
