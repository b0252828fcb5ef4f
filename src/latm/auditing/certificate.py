"""The certificate of a version: facts in, status and numbers out. No input, no output, no clock.

    candidate → shadow → serving → suspended → retired

`apply` folds facts and never decides; `decide` decides and never changes; `advance` is both, one fact after the other,
so that batches and single facts come to the same, and what it returns to be stored folds to the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from latm.auditing import detector
from latm.auditing.bounds import passes, spent, wrong_at_most
from latm.auditing.facts import Audited, Begun, Decided, Fact, Reasked, Renewed, Retargeted, Served, Source
from latm.auditing.goal import Goal, Policy
from latm.tool import ToolStatus

_CHANGED = 2
"""So many old questions with another answer show that answers change; one alone may have had a wrong answer once."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What is known about a number of served answers, with the goal's confidence.

    Attributes:
        wrong: W*, how many of them are wrong at most.
        served: N, how many there were.
        audits: how many of them were audited, with a verdict.
        found: k, how many counted as found wrong; a coin that fell without a verdict yet is among them.
        confidence: of the statement.
    """

    wrong: int
    served: int
    audits: int
    found: int
    confidence: float

    @property
    def rate(self) -> float:
        """W*/N, in [0, 1]; 1 without any answers."""
        return self.wrong / self.served if self.served else 1.0


@dataclass(frozen=True, slots=True)
class Epoch:
    """Answers of a version that one bound is about.

    Attributes:
        number: counts from 0 within the version.
        served: N.
        drawn: for how many of them the coin fell.
        right: audits that found the answer right.
        wrong: audits that found it wrong.
        share: the smallest π since it began; 1 before any answer.
    """

    number: int = 0
    served: int = 0
    drawn: int = 0
    right: int = 0
    wrong: int = 0
    share: float = 1.0

    @property
    def pending(self) -> int:
        """Audits without a verdict yet; they count as found wrong."""
        return max(0, self.drawn - self.right - self.wrong)

    def bound(self, goal: Goal) -> Bound:
        """The bound on the wrong answers among those served."""
        found, possible = self.wrong + self.pending, max(0, self.served - self.right)
        wrong = min(possible, wrong_at_most(found, self.share, goal.alpha)) if self.share else possible
        return Bound(wrong, self.served, self.right + self.wrong, found, goal.confidence)

    def after(self, fact: Served | Audited) -> "Epoch":
        """With one more fact about it, in whatever order they come: answers that went out, or a verdict on one."""
        if isinstance(fact, Served):
            served, drawn = self.served + fact.count, self.drawn + fact.drawn
            return Epoch(self.number, served, drawn, self.right, self.wrong, min(self.share, fact.share))
        right, wrong = self.right + (not fact.wrong), self.wrong + fact.wrong
        return Epoch(self.number, self.served, self.drawn, right, wrong, self.share)


@dataclass(frozen=True, slots=True)
class Certificate:
    """All that decides about a version, and all that is shown of it.

    Attributes:
        goal: what is asked of it.
        status: what has become of it.
        attempt: from 1; decides how much of α its promotion may spend.
        audits: n, audits in shadow.
        wrong: k, those that found a wrong answer.
        epoch: the current one.
        past: earlier epochs, the oldest first; late verdicts still reach them.
        scores: of the detector.
        extra: audits beyond the coin's while serving, right and wrong.
        gold: later gold answers, right and wrong; evidence of their own, in no bound.
        old_due: old questions that are asked again, in the latest look at them.
        old: those of them whose answer still stands, and whose has changed; evidence of their own, too.
        asked_at: when that look began.
    """

    goal: Goal = Goal()
    status: ToolStatus = ToolStatus.CANDIDATE
    attempt: int = 1
    audits: int = 0
    wrong: int = 0
    epoch: Epoch = Epoch()
    past: tuple[Epoch, ...] = ()
    scores: tuple[float, ...] = ()
    extra: tuple[int, int] = (0, 0)
    gold: tuple[int, int] = (0, 0)
    old_due: int = 0
    old: tuple[int, int] = (0, 0)
    asked_at: str = ""

    @property
    def bound(self) -> Bound:
        """On the answers served in the current epoch."""
        return self.epoch.bound(self.goal)

    @property
    def awaits_old(self) -> bool:
        """Whether its promotion is earned, and only old questions are still to be asked again."""
        certified = self.status is ToolStatus.SHADOW and self.goal.policy is Policy.CERTIFIED
        return certified and sum(self.old) < self.old_due and _is_earned(self)

    def serves(self, max_error: float | None = None) -> bool:
        """Whether it may answer a caller who asks for an error of at most `max_error`; None: the task's own."""
        if self.status is not ToolStatus.SERVING:
            return False
        return max_error is None or self._promised(max_error)

    def _promised(self, max_error: float) -> bool:
        if self.goal.policy is Policy.CERTIFIED and self.goal.max_error <= max_error:
            return True
        bound = self.bound
        return bool(bound.served) and bound.rate <= max_error


def apply(state: Certificate, fact: Fact) -> Certificate:
    """The state after one more fact.

    Args:
        state: `Certificate()` before the first.
        fact: whoever saw or decided it, in the order of the store.
    """
    match fact:
        case Served():
            changed = replace(state, **_epochs_after(state, fact))
        case Audited():
            changed = _audited(state, fact)
        case Decided():
            changed = _decided(state, fact)
        case Renewed():
            changed = _next_epoch(state) if fact.epoch == state.epoch.number else state
        case Reasked():
            changed = replace(state, old_due=fact.count, old=(0, 0), asked_at=fact.at)
        case Begun():
            changed = _begun(state, fact)
        case Retargeted():
            same = fact.goal.max_error == state.goal.max_error
            scores = state.scores if same else detector.fresh(fact.goal.max_error)
            changed = replace(state, goal=fact.goal, scores=scores)
    return changed


def _begun(state: Certificate, fact: Begun) -> Certificate:
    empty = Certificate(fact.goal, ToolStatus.SHADOW, fact.attempt, extra=state.extra, gold=state.gold)
    scores = detector.fresh(fact.goal.max_error)
    return _next_epoch(replace(empty, epoch=state.epoch, past=state.past, scores=scores, old_due=fact.old))


def _audited(state: Certificate, fact: Audited) -> Certificate:
    if fact.source is Source.GOLD:
        return replace(state, gold=_counted(state.gold, fact))
    if fact.source is Source.OLD:
        return replace(state, old=_counted(state.old, fact))
    if state.status is ToolStatus.SHADOW and fact.source is Source.SHADOW and fact.epoch == state.epoch.number:
        scores = detector.step(state.scores, state.goal.max_error, wrong=fact.wrong)
        return replace(state, audits=state.audits + 1, wrong=state.wrong + fact.wrong, scores=scores)
    changes: dict[str, Any]
    changes = _epochs_after(state, fact) if fact.source is Source.COIN else {"extra": _counted(state.extra, fact)}
    if state.status is ToolStatus.SERVING:
        changes["scores"] = detector.step(state.scores, state.goal.max_error, wrong=fact.wrong)
    return replace(state, **changes)


def _counted(counts: tuple[int, int], fact: Audited) -> tuple[int, int]:
    return counts[0] + (not fact.wrong), counts[1] + fact.wrong


def _epochs_after(state: Certificate, fact: Served | Audited) -> dict[str, Any]:
    if fact.epoch == state.epoch.number:
        return {"epoch": state.epoch.after(fact)}
    return {"past": tuple([one.after(fact) if one.number == fact.epoch else one for one in state.past])}


def _decided(state: Certificate, fact: Decided) -> Certificate:
    if fact.status is state.status or fact.epoch not in {None, state.epoch.number}:
        return state
    changed = replace(state, status=fact.status)
    if fact.status not in {ToolStatus.SERVING, ToolStatus.SHADOW}:
        return changed
    return replace(_next_epoch(changed), scores=detector.fresh(state.goal.max_error))


def _next_epoch(state: Certificate) -> Certificate:
    return replace(state, past=(*state.past, state.epoch), epoch=Epoch(state.epoch.number + 1))


def decide(state: Certificate) -> Decided | Renewed | None:
    """What follows from the state; None if nothing does. `advance` asks after every fact."""
    if state.status is ToolStatus.SHADOW:
        return _change(state) or _promotion(state) or _rejection(state)
    if state.status is not ToolStatus.SERVING:
        return None
    return _change(state) or _withdrawal(state) or _demotion(state) or _renewal(state)


def _change(state: Certificate) -> Decided | None:
    """Out for good, if the right answers to the same questions are other ones by now: no program can know them."""
    if state.old[1] < _CHANGED:
        return None
    why = f"{state.old[1]} of {state.old_due} old questions have another right answer by now."
    return _decision(state, ToolStatus.RETIRED, why, old_asked=state.old_due, old_changed=state.old[1])


def _promotion(state: Certificate) -> Decided | None:
    goal = state.goal
    if goal.policy is Policy.VERIFIED:
        return _decision(state, ToolStatus.SERVING, "It is verified, and the policy asks for no more.")
    if goal.policy is Policy.SHADOW or sum(state.old) < state.old_due or not _is_earned(state):
        return None
    why = f"{state.wrong} of {state.audits} audits in shadow found it wrong: at most {goal.max_error:.2%} are."
    return _decision(state, ToolStatus.SERVING, why, alpha=spent(goal.alpha, state.attempt))


def _rejection(state: Certificate) -> Decided | None:
    """Out of shadow, if the audits there show that it will not be promoted; one that is only compared stays."""
    goal = state.goal
    evidence = detector.evidence(state.scores) if state.scores else 0.0
    if goal.policy is not Policy.CERTIFIED or evidence < goal.alarm:
        return None
    why = f"{state.wrong} of {state.audits} audits in shadow found it wrong: more than {goal.max_error:.2%} are."
    return _decision(state, ToolStatus.SUSPENDED, why, detector=evidence)


def _is_earned(state: Certificate) -> bool:
    return passes(state.audits, state.wrong, state.goal.max_error, spent(state.goal.alpha, state.attempt))


def _withdrawal(state: Certificate) -> Decided | None:
    """Back to shadow, if the goal has changed so that its promotion is not earned any more."""
    if state.goal.policy is Policy.VERIFIED or (state.goal.policy is Policy.CERTIFIED and _is_earned(state)):
        return None
    return _decision(state, ToolStatus.SHADOW, "The task's goal asks for more than it has shown.")


def _demotion(state: Certificate) -> Decided | None:
    goal, evidence = state.goal, detector.evidence(state.scores)
    if evidence >= goal.alarm:
        why = f"Audits while it served found it wrong more often than {goal.max_error:.2%}."
        return _decision(state, ToolStatus.SUSPENDED, why, detector=evidence)
    if goal.policy is not Policy.CERTIFIED or not state.epoch.wrong:
        return None
    proven = wrong_at_most(state.epoch.wrong, state.epoch.share, goal.alpha)
    if proven <= goal.max_error * goal.epoch_length:
        return None
    why = f"After {state.epoch.wrong} wrong answers its bound cannot come below {goal.max_error:.2%} in this epoch."
    return _decision(state, ToolStatus.SUSPENDED, why, wrong_at_most=proven)


def _renewal(state: Certificate) -> Renewed | None:
    return Renewed(state.epoch.number) if state.epoch.served >= state.goal.epoch_length else None


def _decision(state: Certificate, status: ToolStatus, why: str, **numbers: float) -> Decided:
    shown = {"audits": state.audits, "wrong": state.wrong, "served": state.epoch.served} | numbers
    shown |= {"coin_audits": state.epoch.right + state.epoch.wrong, "coin_wrong": state.epoch.wrong}
    return Decided(status, state.epoch.number, why, shown)


@dataclass(frozen=True, slots=True)
class Advance:
    """What became of a state.

    Attributes:
        state: after all facts and what they decided.
        facts: what is to be stored: those given, each followed by what was decided on it.
    """

    state: Certificate
    facts: tuple[Fact, ...]

    @property
    def decisions(self) -> tuple[Decided, ...]:
        """Changes of status among the facts, in order."""
        return tuple(fact for fact in self.facts if isinstance(fact, Decided))


def advance(state: Certificate, facts: Iterable[Fact]) -> Advance:
    """The state after facts and all that follows from them, however they come in batches.

    Args:
        state: the fold of all that is stored.
        facts: new ones, in order.
    """
    stored: list[Fact] = []
    for fact in facts:
        following: Fact | None = fact
        while following is not None:
            stored.append(following)
            state = apply(state, following)
            following = decide(state)
    return Advance(state, tuple(stored))


def fold(facts: Iterable[Fact], state: Certificate = Certificate()) -> Certificate:
    """The state that stored facts lead to, decisions among them; nothing is decided again."""
    for fact in facts:
        state = apply(state, fact)
    return state
