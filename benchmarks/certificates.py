"""What the certificates promise, simulated, beside what others do on the same streams.

Run: `python benchmarks/certificates.py --runs 2000` for a table, with `--json` for one object. No model is asked.
`bound_violated` is, for latm and the two intervals, the share of runs in which more of the served answers were wrong
than the bound said: at any moment, or at the end only for the interval of a fixed sample. For vCache and the threshold,
which name no number but δ, it is the share of runs whose error per served answer ended above δ.
"""

import argparse
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from certificate_peers import exceeds_interval, interval_needs, vcache_explores
from certificate_streams import ALPHA, ANSWERS, SHARE, STREAMS, Rate, gap, happenings

from latm.auditing import Audited, Begun, Certificate, Fact, Goal, Served, Source, advance
from latm.auditing.bounds import audits_needed, spent, wrong_at_most
from latm.tool import ToolStatus

DELTA = 0.02
SAMPLE = 20
"""Answers that the fixed threshold looks at before it serves all."""
PEEKED, FIXED = "Clopper-Pearson, peeked at", "Clopper-Pearson, fixed sample"
INTERVALS = ("latm", PEEKED, FIXED)
THRESHOLD = f"threshold on {SAMPLE} answers"
VCACHE_PART = 20
"""vCache asks so often that only every twentieth run is made of it."""
DEMOTIONS_PART = 8
"""A demotion is a median, for which an eighth of the runs is enough."""
SHADOWS_PART = 20
VERSIONS = 20
AUDITS_PER_RUN = 50
LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One rule on one stream; None where a figure does not apply."""

    rule: str
    stream: str
    true_error: float | None
    delta: float
    alpha: float
    pi: float | None
    false_promotion: float | None = None
    bound_violated: float | None = None
    audits_to_promote: float | None = None
    served_wrong_before_demotion: float | None = None
    false_alarms_per_10k: float | None = None


@dataclass(slots=True)
class Outcome:
    """What went out in one run."""

    answers: int = 0
    wrong: int = 0
    violated: bool = False


def served_all(rate: Rate, rng: random.Random) -> tuple[Outcome, Outcome, Outcome]:
    """All answers are served, and W is held against three bounds on it, whenever it grows.

    Returns:
        By W*, by an interval that is looked at every time, and by one that is looked at once, at the end.
    """
    wrong = found = audits = 0
    ours = peeked = last = False
    for one in happenings(rate, rng, lambda: SHARE):
        audits, wrong = audits + one.audited, wrong + one.wrong
        found += one.wrong and one.audited
        ours = ours or wrong > wrong_at_most(found, SHARE, ALPHA)
        peeked = peeked or exceeds_interval(found, audits, wrong / one.at, ALPHA)
    last = exceeds_interval(found, audits, wrong / ANSWERS, ALPHA)
    return Outcome(ANSWERS, wrong, ours), Outcome(ANSWERS, wrong, peeked), Outcome(ANSWERS, wrong, last)


def by_vcache(rate: Rate, rng: random.Random) -> Outcome:
    """What is not explored is served; what is explored, the model answers, and the comparison is learnt from."""
    state = {"explores": vcache_explores(0, 0, DELTA)}
    audits = found = wrong = learnt_at = 0
    for one in happenings(rate, rng, lambda: state["explores"]):
        audits += one.audited
        found += one.wrong and one.audited
        wrong += one.wrong and not one.audited
        if audits > learnt_at * 1.02 or one.wrong:
            state["explores"], learnt_at = vcache_explores(audits, found, DELTA), audits
    served = ANSWERS - audits
    return Outcome(served, wrong, served > 0 and wrong / served > DELTA)


def by_threshold(rate: Rate, rng: random.Random) -> Outcome:
    """Serves all from the answer on after which enough were seen to be right, and looks no more."""
    wrong = bad = 0
    for one in happenings(rate, rng, lambda: 0.0):
        bad += one.at <= SAMPLE
        if bad > DELTA * SAMPLE:
            return Outcome()
        wrong += one.at > SAMPLE
    served = ANSWERS - SAMPLE
    return Outcome(served, wrong, wrong / served > DELTA)


def bounds(runs: int, seed: int) -> Iterator[Row]:
    """Every rule on every stream: how often more was wrong among the served than it said."""
    for stream, rate in STREAMS.items():
        rngs = [_rng(seed, stream, run) for run in range(runs)]
        for rule, outcomes in zip(INTERVALS, zip(*(served_all(rate, rng) for rng in rngs), strict=True), strict=True):
            yield _bound(rule, stream, outcomes, SHARE)
        yield _bound("vCache", stream, [by_vcache(rate, rng) for rng in rngs[: math.ceil(runs / VCACHE_PART)]], None)
        yield _bound(THRESHOLD, stream, [by_threshold(rate, rng) for rng in rngs], None)


def _bound(rule: str, stream: str, outcomes: Sequence[Outcome], share: float | None) -> Row:
    served = sum(one.answers for one in outcomes)
    error = sum(one.wrong for one in outcomes) / served if served else None
    return Row(rule, stream, error, DELTA, ALPHA, share, bound_violated=mean(one.violated for one in outcomes))


def mean(values: Iterable[bool]) -> float:
    """The share that is true."""
    return statistics.fmean(values)


@lru_cache(maxsize=1 << 16)
def certificate_needs(found: int, max_error: float, alpha: float) -> int:
    """Audits with which latm promotes a task's first version."""
    return audits_needed(found, max_error, alpha)


def promoted_after(needs: Callable[[int], int], error: float, rng: random.Random, patience: int) -> int | None:
    """Audits until a tool is promoted that is looked at after each; None: not within `patience` audits."""
    audits = found = 0
    while audits < patience:
        next_wrong = audits + gap(rng, error) + 1
        if needs(found) < next_wrong:
            return max(audits, needs(found)) if needs(found) <= patience else None
        audits, found = next_wrong, found + 1
    return None


def promotions(runs: int, seed: int) -> Iterator[Row]:
    """How many audits a promotion takes, and how often a tool is promoted whose error is δ."""
    for delta in (0.01, 0.05):
        patience = round(100 / delta)
        rules: dict[str, Callable[[int], int]] = {
            "latm": lambda found, delta=delta: certificate_needs(found, delta, spent(ALPHA, 1)),  # type: ignore[misc]
            PEEKED: lambda found, delta=delta: interval_needs(found, delta, ALPHA),  # type: ignore[misc]
            FIXED: lambda found, delta=delta: _at_fixed_size(found, delta),  # type: ignore[misc]
            THRESHOLD: lambda found, delta=delta: _by_threshold(found, delta),  # type: ignore[misc]
        }
        for rule, needs in rules.items():
            for error in (0.0, delta / 4, delta / 2, delta):
                after = [promoted_after(needs, error, _rng(seed, rule, error, run), patience) for run in range(runs)]
                yield _promotion(rule, error, delta, after)
        yield _many_versions(delta, runs, seed, patience)


def _at_fixed_size(found: int, delta: float) -> int:
    size = interval_needs(2, delta, ALPHA)
    return size if found <= 2 else LONGEST  # noqa: PLR2004  # the sample is of the size that forgives two


def _by_threshold(found: int, delta: float) -> int:
    return SAMPLE if found <= delta * SAMPLE else LONGEST


def _rng(seed: int, *names: object) -> random.Random:
    return random.Random(f"{seed} {names}")  # noqa: S311  # a simulation, no secret


def _promotion(rule: str, error: float, delta: float, after: Sequence[int | None]) -> Row:
    done = [audits for audits in after if audits is not None]
    promoted = len(done) / len(after)
    false = promoted if error >= delta else None
    needed = statistics.median(done) if done and error < delta else None
    return Row(rule, "i.i.d.", error, delta, ALPHA, 1.0, false_promotion=false, audits_to_promote=needed)


def _many_versions(delta: float, runs: int, seed: int, patience: int) -> Row:
    """A task whose tool is repaired again and again, and is never better than δ: is any version promoted?"""

    def promoted(run: int) -> bool:
        rng = _rng(seed, "versions", run)
        return any(
            promoted_after(
                lambda found: certificate_needs(found, delta, spent(ALPHA, attempt)),  # noqa: B023  # called at once
                delta,
                rng,
                patience,
            )
            is not None
            for attempt in range(1, VERSIONS + 1)
        )

    false = mean(promoted(run) for run in range(runs))
    return Row("latm", f"{VERSIONS} versions in a row", delta, delta, ALPHA, 1.0, false_promotion=false)


def serving(goal: Goal) -> Certificate:
    """A version that has earned its promotion without an error."""
    state = advance(Certificate(), [Begun(goal)]).state
    right = Audited(state.epoch.number, wrong=False, source=Source.SHADOW)
    return advance(state, [right] * audits_needed(0, goal.max_error, spent(goal.alpha, 1))).state


def demoted_after(state: Certificate, error: float, rng: random.Random) -> int:
    """Wrong answers that a serving version gives, whose error jumps, until it is suspended."""
    wrong = at = 0
    for one in happenings(lambda _: (error, LONGEST), rng, lambda: SHARE, LONGEST):
        wrong += one.wrong
        if not one.audited:
            continue
        facts: list[Fact] = [Served(state.epoch.number, one.at - at, 1, SHARE)]
        facts.append(Audited(state.epoch.number, wrong=one.wrong, source=Source.COIN))
        state, at = advance(state, facts).state, one.at
        if state.status is not ToolStatus.SERVING:
            return wrong
    raise SystemExit(f"never demoted at an error of {error}")


def demotions(runs: int, seed: int) -> Iterator[Row]:
    """Wrong answers served between a jump of the error and the demotion, at the median."""
    for delta, errors in ((0.01, (0.02, 0.05, 0.2, 1.0)), (0.05, (0.2, 1.0))):
        state = serving(Goal(max_error=delta, audit_share=SHARE))
        for error in errors:
            part = range(math.ceil(runs / DEMOTIONS_PART))
            wrong = [demoted_after(state, error, _rng(seed, "jump", error, run)) for run in part]
            found = statistics.median(wrong)
            yield Row("latm", "jump after promotion", error, delta, ALPHA, SHARE, served_wrong_before_demotion=found)


def false_alarms(runs: int, seed: int) -> Iterator[Row]:
    """How often a version is demoted that is as good as it should be, in 10,000 audits of it."""
    for delta in (0.01, 0.05):
        fresh = serving(Goal(max_error=delta, audit_share=SHARE))
        for error in (delta / 4, delta / 2, delta):
            rng, state, alarms = _rng(seed, "alarms", delta, error), fresh, 0
            for _ in range(runs * AUDITS_PER_RUN):
                epoch, wrong = state.epoch.number, rng.random() < error
                served = Served(epoch, round(1 / SHARE), 1, SHARE)
                state = advance(state, [served, Audited(epoch, wrong=wrong, source=Source.COIN)]).state
                if state.status is not ToolStatus.SERVING:
                    state, alarms = fresh, alarms + 1
            rate = alarms / (runs * AUDITS_PER_RUN) * 10_000
            yield Row("latm", "i.i.d., serving", error, delta, ALPHA, SHARE, false_alarms_per_10k=rate)


def shadows(runs: int, seed: int) -> Iterator[Row]:
    """Out of shadow: how often a version there is suspended, in 10,000 audits of it, and how often it is promoted."""
    for delta in (0.01, 0.05):
        begun = advance(Certificate(), [Begun(Goal(max_error=delta, audit_share=SHARE))]).state
        for error in (delta / 2, delta, 2 * delta, 5 * delta):
            part = range(math.ceil(runs / SHADOWS_PART))
            ends = [_in_shadow(begun, error, _rng(seed, "shadow", delta, error, run)) for run in part]
            audits = sum(state.audits for state in ends)
            rate = sum(state.status is ToolStatus.SUSPENDED for state in ends) / audits * 10_000
            promoted = mean(state.status is ToolStatus.SERVING for state in ends)
            shown = {"false_promotion": promoted} if error >= delta else {"false_alarms_per_10k": rate}
            yield Row("latm", "in shadow, until promoted or suspended", error, delta, ALPHA, 1.0, **shown)


def _in_shadow(state: Certificate, error: float, rng: random.Random) -> Certificate:
    patience = round(30 / state.goal.max_error)
    while state.status is ToolStatus.SHADOW and state.audits < patience:
        wrong = rng.random() < error
        state = advance(state, [Audited(state.epoch.number, wrong=wrong, source=Source.SHADOW)]).state
    return state


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown, figures that do not apply left out."""
    names = list(asdict(rows[0]))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_shown(value) for value in asdict(row).values()) + " |" for row in rows]
    return "\n".join(lines)


def _shown(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.4g}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Everything, once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400, help="runs of each rule on each stream")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    given = parser.parse_args(arguments)
    if given.runs < 1:
        parser.error(f"--runs is {given.runs}; it counts from 1")
    parts = (bounds, promotions, shadows, demotions, false_alarms)
    rows = [row for part in parts for row in part(given.runs, given.seed)]
    shown = json.dumps({"rows": [asdict(row) for row in rows]}) if given.json else table(rows)
    sys.stdout.write(shown + "\n")


if __name__ == "__main__":
    main()
