"""Tables, plots and measures of the study of compiled tools."""

from collections.abc import Sequence

from latm.parts import Outcome
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench.compiled_scores import Scored, TaskScore, pooled
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.known_tasks import is_solvable
from latm_bench.statistics import Rate, mcnemar, quantile

_POINTS = 300

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

_CAPTION = (
    "Direct: one recorded answer of a real model to each of the same questions, by chain of thought; its tokens are "
    "an estimate at four characters each. Intervals are Wilson's at 95 %, in totals clustered by task."
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
            Series("tools, and the direct model where they abstain", [ours[place] for place in places]),
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
