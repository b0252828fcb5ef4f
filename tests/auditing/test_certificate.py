"""The certificate: what facts make of a version, and what follows from them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.auditing import (
    Audited,
    Begun,
    Certificate,
    Decided,
    Fact,
    Goal,
    Policy,
    Renewed,
    Retargeted,
    Served,
    Source,
    advance,
    apply,
    decide,
    dump_certificate,
    fold,
    from_plain,
    load_certificate,
    to_plain,
)
from latm.auditing.bounds import audits_needed, spent, wrong_at_most
from latm.errors import SettingsError
from latm.tool import ToolStatus

GOAL = Goal(max_error=0.05)
QUICK = Goal(max_error=0.3, confidence=0.6, audit_share=0.5, alarm=50, epoch=40)
NEEDED = audits_needed(0, 0.05, spent(0.05, 1))


def begun(goal: Goal = GOAL, attempt: int = 1) -> Certificate:
    return advance(Certificate(), [Begun(goal, attempt)]).state


def shadowed(state: Certificate, *, right: int = 0, wrong: int = 0) -> Certificate:
    epoch = state.epoch.number
    facts = [Audited(epoch, wrong=True, source=Source.SHADOW)] * wrong
    facts += [Audited(epoch, wrong=False, source=Source.SHADOW)] * right
    return advance(state, facts).state


def serving(goal: Goal = GOAL) -> Certificate:
    state = shadowed(begun(goal), right=NEEDED)
    assert state.status is ToolStatus.SERVING
    return state


def audited(state: Certificate, *verdicts: bool, source: Source = Source.COIN) -> Certificate:
    epoch = state.epoch.number
    return advance(state, [Audited(epoch, wrong=wrong, source=source) for wrong in verdicts]).state


def answered(state: Certificate, count: int, drawn: int = 0, share: float = 0.05) -> Certificate:
    return advance(state, [Served(state.epoch.number, count, drawn, share)]).state


def test_a_version_serves_at_the_first_audit_that_proves_enough() -> None:
    assert shadowed(begun(), right=NEEDED - 1).status is ToolStatus.SHADOW
    assert shadowed(begun(), right=NEEDED).status is ToolStatus.SERVING


def test_each_further_attempt_needs_more_audits() -> None:
    assert shadowed(begun(attempt=2), right=NEEDED).status is ToolStatus.SHADOW


def test_a_new_attempt_starts_with_no_evidence() -> None:
    assert shadowed(advance(shadowed(begun(), right=50), [Begun(GOAL, 2)]).state, right=60).audits == 60


@pytest.mark.parametrize(("policy", "status"), [(Policy.VERIFIED, "serving"), (Policy.SHADOW, "shadow")])
def test_other_policies_do_not_ask_for_audits(policy: Policy, status: str) -> None:
    state = begun(replace(GOAL, policy=policy))
    assert state.status == status
    assert shadowed(state, right=500).status == status


def test_the_bound_counts_what_has_no_verdict_yet_as_wrong() -> None:
    state = answered(serving(), 1000, drawn=2)
    assert (state.bound.found, state.bound.wrong) == (2, wrong_at_most(2, 0.05, 0.05))
    state = audited(state, False, True)
    assert (state.bound.found, state.bound.wrong) == (1, wrong_at_most(1, 0.05, 0.05))
    assert state.bound.rate == state.bound.wrong / 1000


def test_no_more_can_be_wrong_than_was_not_found_right() -> None:
    state = audited(answered(serving(), 20, drawn=5), False, False, False, False, False)
    assert state.bound.wrong == 15


def test_the_smallest_share_of_the_epoch_counts() -> None:
    state = answered(answered(answered(serving(), 9000, share=0.1), 9000, share=0.02), 9000, share=0.5)
    assert state.bound.wrong == wrong_at_most(0, 0.02, 0.05)


@pytest.mark.parametrize("source", [Source.EXTRA, Source.GOLD, Source.SHADOW])
def test_only_the_coins_audits_reach_the_bound(source: Source) -> None:
    state = answered(serving(), 1000)
    assert audited(state, True, False, False, source=source).bound == state.bound


def test_extra_audits_reach_the_detector() -> None:
    assert audited(serving(), *[True] * 12, source=Source.EXTRA).status is ToolStatus.SUSPENDED


def test_gold_answers_decide_nothing() -> None:
    state = audited(serving(), *[True] * 12, source=Source.GOLD)
    assert (state.status, state.gold) == (ToolStatus.SERVING, (0, 12))


def test_a_version_that_became_worse_is_suspended() -> None:
    state = audited(answered(serving(), 200, drawn=10), *[True] * 10)
    assert state.status is ToolStatus.SUSPENDED


def test_a_version_whose_bound_cannot_come_down_is_suspended() -> None:
    state = answered(serving(replace(GOAL, alarm=10**9, epoch=2000)), 100, drawn=1)
    while state.status is ToolStatus.SERVING:
        state = audited(state, True, *[False] * 10)
    assert wrong_at_most(state.epoch.wrong - 1, 0.05, 0.05) <= 100 < wrong_at_most(state.epoch.wrong, 0.05, 0.05)


def test_a_full_epoch_leaves_its_bound_behind() -> None:
    state = answered(serving(), 40_000)
    assert (state.bound.served, state.bound.rate) == (0, 1.0)
    [full] = [epoch for epoch in state.past if epoch.served]
    assert (full.served, full.bound(state.goal).wrong) == (40_000, 74)


def test_late_facts_reach_the_epoch_they_belong_to() -> None:
    state = answered(serving(), 40_000, drawn=1)
    full = state.epoch.number - 1
    late: list[Fact] = [Audited(full, wrong=True, source=Source.COIN), Served(full, 10, 0, 0.05)]
    state = advance(state, late).state
    last = state.past[-1].bound(state.goal)
    assert (last.served, last.audits, last.found) == (40_010, 1, 1)


@given(
    st.lists(
        st.sampled_from(
            [Served(2, 20, 1, 0.05), *(Audited(2, wrong=wrong, source=Source.COIN) for wrong in (False, True))]
        )
    )
)
def test_the_bound_does_not_depend_on_the_order_in_which_processes_report(facts: list[Fact]) -> None:
    state = serving(replace(GOAL, alarm=10**9, epoch=10**9))
    assert fold(facts, state).bound == fold(reversed(facts), state).bound == fold(sorted(facts, key=repr), state).bound


def test_answers_that_went_out_after_a_suspension_still_count() -> None:
    state = advance(answered(serving(), 100), [Decided(ToolStatus.SUSPENDED)]).state
    assert answered(state, 5).bound.served == 105


def test_a_decision_is_carried_out_once() -> None:
    shadow = shadowed(begun(), right=NEEDED - 1)
    ready = apply(shadow, Audited(shadow.epoch.number, wrong=False, source=Source.SHADOW))
    promotion = decide(ready)
    assert isinstance(promotion, Decided)
    suspended = fold([promotion, Decided(ToolStatus.SUSPENDED)], ready)
    assert apply(suspended, promotion) == suspended


@pytest.mark.parametrize(
    ("goal", "status"),
    [
        (replace(GOAL, max_error=0.01), ToolStatus.SHADOW),
        (replace(GOAL, max_error=0.1), ToolStatus.SERVING),
        (replace(GOAL, policy=Policy.SHADOW), ToolStatus.SHADOW),
        (replace(GOAL, max_error=0.01, policy=Policy.VERIFIED), ToolStatus.SERVING),
    ],
)
def test_a_new_goal_is_held_against_what_was_shown(goal: Goal, status: ToolStatus) -> None:
    assert advance(serving(), [Retargeted(goal)]).state.status is status


def test_a_caller_may_ask_for_less_error_than_the_task() -> None:
    state = serving()
    assert [state.serves(), state.serves(0.05), state.serves(0.01)] == [True, True, False]
    assert answered(state, 7400).serves(0.01)
    assert not begun().serves()


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"max_error": 0}, "max_error is 0"),
        ({"max_error": float("nan")}, "max_error is nan"),
        ({"confidence": 1.0}, "confidence is 1.0"),
        ({"audit_share": 1.5}, "audit_share is 1.5"),
        ({"audit_share": 1e-9}, "audit_share is 1e-09"),
        ({"audit_share": 0}, "certified"),
        ({"alarm": 0}, "alarm is 0"),
        ({"epoch": 0}, "epoch 0"),
    ],
)
def test_a_goal_that_makes_no_sense_is_one_clear_sentence(given_: dict[str, float], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        Goal(**given_)  # type: ignore[arg-type]
    assert error.value.hint


def test_without_audits_nothing_is_known() -> None:
    state = answered(begun(replace(GOAL, audit_share=0.0, policy=Policy.VERIFIED)), 10, share=0.0)
    assert (state.bound.wrong, state.bound.rate) == (10, 1.0)


EPOCHS = st.integers(0, 6)
GOALS = st.sampled_from([QUICK, replace(QUICK, max_error=0.2), replace(QUICK, policy=Policy.VERIFIED)])
FACTS = st.one_of(
    st.builds(Audited, EPOCHS, st.sampled_from([False, False, False, True]), st.sampled_from(Source)),
    st.builds(Served, EPOCHS, st.integers(1, 12), st.integers(0, 3), st.sampled_from([0.5, 0.25])),
    st.builds(Begun, GOALS, st.integers(1, 3)),
    st.builds(Retargeted, GOALS),
    st.builds(Renewed, EPOCHS),
    st.builds(Decided, st.sampled_from(ToolStatus), st.none() | EPOCHS),
)
STREAMS = st.lists(FACTS, max_size=120).map(lambda facts: [Begun(QUICK), *facts])


@settings(max_examples=200, deadline=None)
@given(STREAMS, st.integers(1, 40))
def test_batches_and_single_facts_lead_to_the_same(facts: list[Fact], size: int) -> None:
    whole = advance(Certificate(), facts)
    state = Certificate()
    stored: list[Fact] = []
    for start in range(0, len(facts), size):
        part = advance(state, facts[start : start + size])
        state, stored = part.state, [*stored, *part.facts]
    assert (state, tuple(stored)) == (whole.state, whole.facts)


@settings(max_examples=200, deadline=None)
@given(STREAMS)
def test_what_was_stored_folds_to_the_state_in_memory(facts: list[Fact]) -> None:
    advanced = advance(Certificate(), facts)
    stored = [json.dumps(to_plain(fact)) for fact in advanced.facts]
    assert fold(from_plain(json.loads(line)) for line in stored) == advanced.state


@settings(max_examples=100, deadline=None)
@given(STREAMS, STREAMS)
def test_a_stored_certificate_goes_on_as_the_one_in_memory(facts: list[Fact], later: list[Fact]) -> None:
    state = advance(Certificate(), facts).state
    loaded = load_certificate(json.loads(json.dumps(dump_certificate(state))))
    assert advance(loaded, later) == advance(state, later)


@settings(max_examples=200, deadline=None)
@given(STREAMS)
def test_a_certified_version_serves_only_once_it_was_promoted(facts: list[Fact]) -> None:
    state = Certificate()
    for fact in advance(state, [one for one in facts if not isinstance(one, Decided | Begun | Retargeted)]).facts:
        state = apply(state, fact)
        assert state.status is not ToolStatus.SERVING
    state = Certificate()
    for fact in advance(state, facts).facts:
        before, state = state.status, apply(state, fact)
        if state.status is ToolStatus.SERVING and before is not ToolStatus.SERVING:
            assert isinstance(fact, Decided)
