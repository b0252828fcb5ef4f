"""What is asked of the answers that a task's tools serve."""

import math
from dataclasses import dataclass
from enum import StrEnum

from latm.errors import SettingsError

SMALLEST_SHARE = 0.0001
_WRONG_AUDITS_AT_GOAL = 100


class Policy(StrEnum):
    """When a tool serves: once promoted by audits, as soon as it is verified (as in the paper), or never."""

    CERTIFIED = "certified"
    VERIFIED = "verified"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Goal:
    """How often served answers may be wrong, and how that is watched.

    Attributes:
        max_error: δ, the largest share of wrong answers, in (0, 1).
        confidence: 1 − α, in (0, 1).
        audit_share: π, the chance with which a served answer is audited; 0 for none.
        policy: when a tool serves.
        alarm: mean number of audits to a false alarm, at least, of a tool whose error is δ.
        epoch: answers after which the bound starts again, so that its age shows; None: 100/(π·δ).

    Raises:
        SettingsError: one of them is out of range, or `certified` has nothing to go by.
    """

    max_error: float = 0.01
    confidence: float = 0.95
    audit_share: float = 0.05
    policy: Policy = Policy.CERTIFIED
    alarm: int = 10_000
    epoch: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_error", "confidence"):
            if not 0 < getattr(self, name) < 1:
                hint = "Choose a share between 0 and 1, such as 0.01 or 0.95."
                raise SettingsError(f"{name} is {getattr(self, name)!r}.", hint=hint)
        if self.audit_share and not SMALLEST_SHARE <= self.audit_share <= 1:
            hint = f"Choose 0 for no audits, or a share from {SMALLEST_SHARE} to 1."
            raise SettingsError(f"audit_share is {self.audit_share!r}.", hint=hint)
        if not self.audit_share and self.policy is Policy.CERTIFIED:
            hint = "Audit a share of the answers, such as 0.05, or choose the policy `verified`."
            raise SettingsError("The policy `certified` cannot hold its bound with an audit_share of 0.", hint=hint)
        if self.alarm < 1 or (self.epoch is not None and self.epoch < 1):
            hint = "Both count from 1."
            raise SettingsError(f"alarm is {self.alarm!r} audits and epoch {self.epoch!r} answers.", hint=hint)

    @property
    def alpha(self) -> float:
        """1 − confidence, without what binary fractions add."""
        return round(1 - self.confidence, 12)

    @property
    def epoch_length(self) -> float:
        """Answers of one epoch: by default so many that 100 audits find a wrong one at an error of δ; inf unaudited."""
        if self.epoch is not None:
            return self.epoch
        watched = self.audit_share * self.max_error
        return math.ceil(_WRONG_AUDITS_AT_GOAL / watched) if watched else math.inf


UNWATCHED = Goal(audit_share=0.0, policy=Policy.VERIFIED)
"""What is asked if nobody asks for anything: a verified tool serves, and nothing is audited."""
