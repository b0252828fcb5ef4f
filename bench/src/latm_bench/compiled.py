"""The study of compiled tools: made from the paper's split, then scored on one mixed stream without any model."""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from latm import Answer, AsyncLatm, Instance, Making, Route, Settings
from latm.parts import ANSWER_FUNCTION, Models, Outcome, Verdict, break_even, open_models, open_sandbox
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench.baseline import DirectRecord, read_baseline, same_answer
from latm_bench.concurrency import gather
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.known_tasks import family, is_solvable
from latm_bench.running import Bench
from latm_bench.statistics import Rate, clustered, mcnemar, quantile, wilson
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import made_tools


@dataclass(frozen=True, slots=True)
class Scored:
    """One question of the mixed stream, scored.

    Attributes:
        task: which it is of.
        by_tool: whether a tool answered it.
        right: whether a tool's answer is the label.
        own: whether it was dispatched to its own task.
        kin: whether a tool of the task's family answered it.
        crashed: whether it went unanswered because the task's tool failed on it.
        seconds: from question to answer.
        direct: what the recorded direct model answered; None without a record.
        direct_right: whether that is the label.
    """

    task: str
    by_tool: bool
    right: bool
    own: bool
    kin: bool
    crashed: bool
    seconds: float
    direct: DirectRecord | None
    direct_right: bool

    @property
    def cascade_right(self) -> bool:
        """Whether tools, with the direct model if they abstain, are right."""
        return self.right if self.by_tool else self.direct_right


@dataclass(frozen=True, slots=True)
class TaskScore:
    """How one task came out.

    Attributes:
        name: the task.
        making: how its tool was made, or why there is none.
        coverage: share of the questions that a tool answered.
        precision: share of the answered questions that are right.
        own: share of the answered questions that were dispatched to their own task.
        kin: share of them that went to a tool of its family.
        crashed: questions that went unanswered because its tool failed.
        direct: share of the questions that the recorded direct model got right; of 0 without a record.
        direct_tokens: what one of its answers takes, estimated; None without a record.
        direct_tokens_bare: the same without its few-shot examples.
    """

    name: str
    making: Making
    coverage: Rate
    precision: Rate
    own: Rate
    kin: Rate
    crashed: int
    direct: Rate
    direct_tokens: float | None
    direct_tokens_bare: float | None

    @property
    def attempts(self) -> int:
        """Completions that the maker gave."""
        return sum(bool(attempt.completion) for attempt in self.making.attempts)

    @property
    def pays_from(self) -> float | None:
        """After how many questions its making is paid, against the recorded direct answers; None if unknown."""
        return self._pays_from(self.direct_tokens)

    @property
    def pays_from_bare(self) -> float | None:
        """The same, were the direct model asked without few-shot examples."""
        return self._pays_from(self.direct_tokens_bare)

    def _pays_from(self, tokens: float | None) -> float | None:
        """A question that the tool abstains from costs a direct answer all the same."""
        if tokens is None or self.making.tool_id is None or not self.coverage.value:
            return None
        return break_even(self.making.usage.tokens, tokens, tokens * (1 - self.coverage.value))


def score(making: Making, scored: Sequence[Scored]) -> TaskScore:
    """Score one task.

    Args:
        making: of its tool.
        scored: its questions.
    """
    answered = [one for one in scored if one.by_tool]
    recorded = [one for one in scored if one.direct]
    return TaskScore(
        making.task,
        making,
        coverage=wilson(len(answered), len(scored)),
        precision=wilson(sum(one.right for one in answered), len(answered)),
        own=wilson(sum(one.own for one in answered), len(answered)),
        kin=wilson(sum(one.kin for one in answered), len(answered)),
        crashed=sum(one.crashed for one in scored),
        direct=wilson(sum(one.direct_right for one in recorded), len(recorded)),
        direct_tokens=_mean(one.direct.tokens for one in recorded if one.direct),
        direct_tokens_bare=_mean(one.direct.tokens_bare for one in recorded if one.direct),
    )


def pooled(rates: Iterable[Rate]) -> Rate:
    """Several tasks' rates as one, with the interval clustered by task."""
    return clustered((rate.hits, rate.of) for rate in rates)


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else None


_POINTS = 300

_CAPTION = (
    "Direct: one recorded answer of a real model to each of the same questions, by chain of thought; its tokens are "
    "an estimate at four characters each. Intervals are Wilson's at 95 %, in totals clustered by task."
)


OFFLINE = {"maker": None, "user": None, "direct": None, "dispatcher": None, "record": None, "replay": None}


@dataclass(frozen=True, slots=True)
class Options:
    """What the study is asked to do.

    Attributes:
        baseline: a folder of a recorded direct model's answers to the same questions; None: no comparison.
        seed: of the shuffle.
    """

    baseline: Path | None = None
    seed: int = 0


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
    """Make a tool for every source from its first examples, then answer all the rest, shuffled, by tools alone.

    Args:
        bench: its models make; every tool is made again, none reused, but those of an earlier start of the same run.
        sources: the tasks.
        options: of the comparison and the order.

    Raises:
        LatmError: a source cannot be read, or a model cannot be asked.
    """
    items = {source.name: tuple(source.instances()) for source in sources}
    splits = {name: paper_split(instances) for name, instances in items.items()}
    makings = await make_all(bench.settings, splits, bench=bench)
    stream = [instance for split in splits.values() for instance in split.test]
    random.Random(options.seed).shuffle(stream)  # noqa: S311  # an experiment's order, no secret
    answers = await answer_offline(bench.settings, stream)
    bench.tell(f"{len(stream):,} questions answered by tools alone.")
    crashed = await _crashed(bench, stream, answers)
    folder = options.baseline
    direct = {name: read_baseline(folder, name, items[name]) if folder else None for name in splits}
    makers: dict[str | None, str] = {making.tool_id: name for name, making in makings.items() if making.tool_id}
    scored = [_scored(*pair, makers, direct) for pair in zip(stream, answers, crashed, strict=True)]
    return findings_of([score(makings[name], [one for one in scored if one.task == name]) for name in splits], scored)


async def make_all(settings: Settings, splits: Mapping[str, Split], *, bench: Bench | None = None) -> dict[str, Making]:
    """Make every task's tool, all at once; each must abstain from the examples of all the others.

    Args:
        settings: how; `reuse` is off and gold is not strict whatever they say: published labels have mistakes.
        splits: by task.
        bench: whose models make and who hears of every making; None: models from the settings, in silence.
    """
    done = 0

    async def make(latm: AsyncLatm, name: str) -> Making:
        nonlocal done
        known = latm.cache.makings(name)
        making = known[-1] if known else await latm.make(name, splits[name].examples)
        done += 1
        if bench:
            bench.progress(done, len(splits), f"{name}: {making.outcome}")
        return making

    own = settings.model_copy(update={"reuse": False, "gold_is_strict": False})
    async with AsyncLatm(own, models=bench.models if bench else None) as latm:
        for name, split in splits.items():
            await latm.learn(name, split.examples)
        makings = await gather([partial(make, latm, name) for name in splits])
    return dict(zip(splits, makings, strict=True))


async def answer_offline(settings: Settings, stream: Sequence[Instance]) -> list[Answer]:
    """Answer a stream by the tools in the store; what they abstain from comes back as `failed`."""
    numbered = [replace(instance, id=str(place)) for place, instance in enumerate(stream)]
    offline = settings.model_copy(update=OFFLINE)
    no_models: Models = open_models(offline)
    async with AsyncLatm(offline, models=no_models) as latm:
        return [answer async for answer in latm.run(numbered, length=len(numbered))]


async def _crashed(bench: Bench, stream: Sequence[Instance], answers: Sequence[Answer]) -> list[bool]:
    """Whether a question went unanswered because its own tool failed on it, which is not an abstention."""
    silent: defaultdict[str, list[int]] = defaultdict(list)
    for place, (item, answer) in enumerate(zip(stream, answers, strict=True)):
        if answer.route is not Route.TOOL:
            silent[str(item.task)].append(place)
    crashed = [False] * len(stream)
    async with open_sandbox(bench.settings) as sandbox:
        for task, made in made_tools(bench.settings.store).items():
            questions = [(stream[place].question,) for place in silent[task]]
            results = await sandbox.batch(made.tool.program.code, ANSWER_FUNCTION, questions)
            for place, result in zip(silent[task], results, strict=True):
                crashed[place] = result.verdict not in {Verdict.OK, Verdict.ABSTAINED}
    return crashed


def _scored(
    item: Instance,
    answer: Answer,
    crashed: bool,
    makers: Mapping[str | None, str],
    direct: Mapping[str, Mapping[str, DirectRecord] | None],
) -> Scored:
    task, truth = str(item.task), item.answer or ""
    recorded = direct[task]
    record = recorded[item.question] if recorded else None
    return Scored(
        task=task,
        by_tool=answer.route is Route.TOOL,
        right=answer.route is Route.TOOL and answer.text.strip() == truth.strip(),
        own=answer.task == task,
        kin=family(makers.get(answer.tool_id, "")) == family(task),
        crashed=crashed,
        seconds=answer.seconds,
        direct=record,
        direct_right=record is not None and same_answer(record.answer, truth, task),
    )


__all__ = ["OFFLINE", "TaskScore", "answer_offline", "make_all", "study"]


_COLUMNS = (
    Column("task"),
    Column("outcome"),
    number("tries", note="completions that the tool maker gave"),
    number("making tokens", note="as the endpoint counted them"),
    number("questions"),
    Column("coverage (95 %)", note="share that a tool answered, with no model call"),
    Column("precision (95 %)", note="share of those that is right"),
    Column("own task", note="share of those that were dispatched to their own task"),
    Column("own family", note="share of those that a tool of the task's family answered: it, but for size and wording"),
    number("crashed", note="questions that went unanswered because the task's tool failed"),
    Column("direct (95 %)", note="what the recorded direct model got right, of all the questions"),
    number("direct tokens", ",.0f", "of one direct answer, four characters each"),
    number("pays from", ",.0f", "questions after which the making is paid"),
    number("… bare", ",.0f", "the same, were the direct model asked without few-shot examples"),
)


def findings_of(scores: Sequence[TaskScore], scored: Sequence[Scored]) -> Findings:
    """What the study found.

    Args:
        scores: one per task.
        scored: the questions in the order of the stream.
    """
    solvable = [score for score in scores if is_solvable(score.name)]
    names = {score.name for score in solvable}
    coverage, precision = pooled(one.coverage for one in solvable), pooled(one.precision for one in solvable)
    own = pooled(one.own for one in scores)
    made = sum(score.making.outcome is Outcome.MADE for score in solvable)
    refused = [score for score in scores if not is_solvable(score.name)]
    recognised = sum(score.making.tool_id is None for score in refused)
    compared = [one for one in scored if one.direct and one.task in names]
    return Findings(
        title="Compiled tools on one mixed stream",
        lead=f"A tool for each of {len(scores)} tasks from six examples; then {len(scored):,} unseen questions, "
        "shuffled, with no task names and no model to ask.",
        figures=[
            Figure(f"{made} of {len(solvable)}", "tools made", "for tasks that a program can solve"),
            Figure(percent(coverage.value), "of their questions answered", "with no model call"),
            Figure(percent(precision.value), "of those right", counted(precision)),
            Figure(f"{recognised} of {len(refused)}", "untoolable tasks left alone"),
        ],
        sections=[
            Section("Tasks", parts=[_table(scores, solvable), _accuracy_plot(solvable)]),
            Section("Against the direct model, question by question", parts=[_paired(compared)]),
            Section("What it costs", parts=[_cost_plot(scores, scored)]),
        ],
        measures={
            "tools made": made,
            "solvable tasks": len(solvable),
            "untoolable left alone": recognised,
            "coverage": coverage.value,
            "precision": precision.value,
            "own task": own.value,
            "own family": pooled(one.kin for one in scores).value,
            "crashed": sum(one.crashed for one in scores),
            "direct accuracy": pooled(one.direct for one in solvable).value,
            "making tokens": sum(score.making.usage.tokens for score in scores),
            "median microseconds": quantile([one.seconds * 1e6 for one in scored if one.by_tool] or [0.0], 0.5),
        },
        data={"tasks": [_json(score) for score in scores]},
    )


def _table(scores: Sequence[TaskScore], solvable: Sequence[TaskScore]) -> Table:
    return Table(_COLUMNS, [_row(score) for score in scores], _total(solvable), _CAPTION)


def _row(score: TaskScore) -> list[Cell]:
    return [
        score.name,
        str(score.making.outcome),
        score.attempts,
        score.making.usage.tokens,
        score.coverage.of,
        interval(score.coverage),
        interval(score.precision),
        percent(score.own.value),
        percent(score.kin.value),
        score.crashed,
        interval(score.direct),
        score.direct_tokens,
        score.pays_from,
        score.pays_from_bare,
    ]


def _total(solvable: Sequence[TaskScore]) -> list[Cell]:
    return [
        f"{len(solvable)} solvable",
        f"{sum(score.making.outcome is Outcome.MADE for score in solvable)} made",
        sum(score.attempts for score in solvable),
        sum(score.making.usage.tokens for score in solvable),
        sum(score.coverage.of for score in solvable),
        interval(pooled(score.coverage for score in solvable)),
        interval(pooled(score.precision for score in solvable)),
        percent(pooled(score.own for score in solvable).value),
        percent(pooled(score.kin for score in solvable).value),
        sum(score.crashed for score in solvable),
        interval(pooled(score.direct for score in solvable)),
        None,
        None,
        None,
    ]


def _paired(compared: Sequence[Scored]) -> Table:
    """Both systems on the same questions: where a tool answered, and everywhere."""
    answered = [one for one in compared if one.by_tool]
    columns = [
        Column("questions"),
        number("n"),
        number("both right"),
        number("only ours"),
        number("only direct"),
        number("neither"),
        number("p", ".2g", "McNemar's exact test, two-sided"),
    ]
    rows: list[list[Cell]] = []
    for name, ones, pairs in (
        ("answered by a tool", answered, [(one.right, one.direct_right) for one in answered]),
        ("all: direct where tools abstain", compared, [(one.cascade_right, one.direct_right) for one in compared]),
    ):
        test = mcnemar(pairs)
        rows.append([name, len(ones), test.both, test.first, test.second, test.neither, test.p])
    return Table(columns, rows, caption="Solvable tasks with a recorded direct answer; McNemar's exact test.")


def _accuracy_plot(solvable: Sequence[TaskScore]) -> Plot:
    def series(label: str, rates: Sequence[Rate]) -> Series:
        known = [rate if rate.of else None for rate in rates]
        return Series(
            label,
            [rate.value if rate else None for rate in known],
            [rate.low if rate else None for rate in known],
            [rate.high if rate else None for rate in known],
        )

    return Plot(
        "Precision of the tools, and accuracy of the direct model, with 95 % intervals",
        [score.name.removeprefix("generated/") for score in solvable],
        [series("tools", [s.precision for s in solvable]), series("direct", [s.direct for s in solvable])],
        PlotStyle.POINTS,
        y_form="percent",
        y_limits=(0.0, 1.02),
    )


def _cost_plot(scores: Sequence[TaskScore], scored: Sequence[Scored]) -> Plot:
    """Tokens over the stream; only questions with a recorded direct answer, since only they have a price."""
    spent = float(sum(score.making.usage.tokens for score in scores if any(one.direct for one in scored)))
    direct, ours, answered_directly = [0.0], [spent], 0.0
    for one in scored:
        if one.direct:
            answered_directly += one.direct.tokens
            spent += 0.0 if one.by_tool else one.direct.tokens
            direct.append(answered_directly)
            ours.append(spent)
    step = max(1, len(direct) // _POINTS)
    places = sorted({*range(0, len(direct), step), len(direct) - 1})
    return Plot(
        "Tokens spent over the stream, makings first",
        places,
        [
            Series("tools, and the direct model if they abstain", [ours[place] for place in places]),
            Series("everything directly", [direct[place] for place in places]),
        ],
        x_label="questions with a recorded direct answer",
        y_label="tokens (four characters each)",
        note="The makings of all tasks are paid before the first question, untoolable ones included; the lines cross "
        "at the break-even of the whole stream.",
    )


def _json(score: TaskScore) -> dict[str, object]:
    return {
        "task": score.name,
        "outcome": score.making.outcome,
        "reason": score.making.reason,
        "tool": score.making.tool_id,
        "attempts": score.attempts,
        "caught": dict(score.making.caught),
        "making_tokens": score.making.usage.tokens,
        "making_seconds": score.making.seconds,
        "coverage": rate_json(score.coverage),
        "precision": rate_json(score.precision),
        "own_task": rate_json(score.own),
        "own_family": rate_json(score.kin),
        "crashed": score.crashed,
        "direct": rate_json(score.direct),
        "direct_tokens_estimated": score.direct_tokens,
        "pays_from": score.pays_from,
    }
