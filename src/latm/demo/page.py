"""The demo's page: what it cost over the stream, which way answers came, and every task that was found."""

from collections.abc import Mapping
from datetime import UTC, datetime

from latm import __version__
from latm.answer import Route
from latm.demo import words
from latm.demo.saving import direct_so_far, spent_so_far
from latm.demo.scoring import Tally
from latm.demo.summary import Summary
from latm.demo.words import other_routes, share
from latm.provenance import said_caught
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Provenance, Report, Section, Series, Table

_POINTS = 400
_STEPS = 32

_COUNTS = (
    Column("questions", ",", numeric=True),
    Column("by tool", ",", numeric=True, note="answered by a tool, with no model call"),
    Column("after tool", ",", numeric=True, note="in blocks that came once a tool for their kind stood"),
    Column("coverage", ".1%", numeric=True, note="the share of those that a tool answered"),
    Column("right", ",", numeric=True, note="equal to the generator's truth"),
    Column("wrong", ",", numeric=True),
    Column("wrong by tool", ",", numeric=True),
    Column("other routes"),
    Column("tokens", ",", numeric=True),
)


def page_of(summary: Summary) -> Report:
    """The page of a run."""
    return Report(
        title="latm demo",
        lead="A shuffled stream of questions of many kinds, with no labels and no task names. A strong model answers "
        "the first of each kind; then it writes a tool, and the tool answers the rest.",
        provenance=Provenance(words.replayed(summary), _facts(summary)),
        figures=_figures(summary),
        sections=_sections(summary),
    )


def _sections(summary: Summary) -> list[Section]:
    cost = [words.saved(summary.saving), *words.priced(summary.saving)]
    routes = [words.answered(summary), words.covered(summary)]
    return [
        Section("What it cost", cost, [_cost_plot(summary)]),
        Section("Which way answers came", routes, [_routes_plot(summary)]),
        Section("Kinds", ["By the generators' own kinds, which the product never sees."], [_kinds_table(summary)]),
        Section("Found tasks", ["What the product found, and what it made of it."], [_found_table(summary)]),
        Section("Makings", ["Every tool that was made or tried, in order."], [_makings_table(summary)]),
    ]


def _figures(summary: Summary) -> list[Figure]:
    total, saving = summary.score.total, summary.saving
    figures = [
        Figure(f"{total.questions:,}", "questions", f"{total.right:,} right, {total.wrong:,} wrong"),
        Figure(share(total.coverage), "answered by a tool", f"of {total.after_tool:,} asked once a tool stood"),
        Figure(share(total.precision), "of the tools' answers right", f"{total.right_by_tool:,} of {total.by_tool:,}"),
        Figure(f"{saving.share:.0%}", "of the tokens saved", "against an estimate for answering all directly"),
    ]
    if saving.spent_usd is not None and saving.all_direct_usd is not None:
        note = f"against about ${saving.all_direct_usd:.2f}, at the list price of {saving.priced_as}"
        figures.append(Figure(f"${saving.spent_usd:.2f}", "list price of the tokens", note))
    return figures


def _cost_plot(summary: Summary) -> Plot:
    spent, direct = spent_so_far(summary.course), direct_so_far(summary.score)
    step = max(1, len(spent) // _POINTS)
    places = sorted({*range(0, len(spent), step), len(spent) - 1})
    return Plot(
        title="Tokens spent over the stream",
        x=[place + 1 for place in places],
        series=[
            Series("latm, makings included", [spent[place] for place in places]),
            Series("all answered directly (estimate)", [direct[place] for place in places]),
        ],
        x_label="questions",
        y_label="tokens",
        note="The steps are makings. The estimate takes, for every question, the mean of the direct answers that its "
        "kind got in this run.",
    )


def _routes_plot(summary: Summary) -> Plot:
    scored = summary.score.scored
    size = max(1, round(len(scored) / _STEPS))
    stretches = [scored[start : start + size] for start in range(0, len(scored), size)]
    return Plot(
        title=f"Routes over the stream, in stretches of {size} questions",
        x=[min((number + 1) * size, len(scored)) for number in range(len(stretches))],
        series=[
            Series(str(route), [sum(one.route is route for one in stretch) / len(stretch) for stretch in stretches])
            for route in Route
            if any(one.route is route for one in scored)
        ],
        style=PlotStyle.AREAS,
        x_label="questions",
        y_label="share of answers",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _counts(tally: Tally, tokens: int) -> list[Cell]:
    return [
        tally.questions,
        tally.by_tool,
        tally.after_tool,
        tally.coverage,
        tally.right,
        tally.wrong,
        tally.by_tool - tally.right_by_tool,
        other_routes(tally.routes),
        tokens,
    ]


def _kinds_table(summary: Summary) -> Table:
    making: dict[str, int] = {}
    for found in summary.score.found:
        making[found.kind] = making.get(found.kind, 0) + found.making.tokens
    rows = [
        [kind, *_counts(tally, tally.usage.tokens + making.get(kind, 0))] for kind, tally in summary.score.kinds.items()
    ]
    total = ["all", *_counts(summary.score.total, summary.course.usage.tokens)]
    caption = "Tokens: answers, and the makings for tasks that are mostly of the kind."
    return Table([Column("kind"), *_COUNTS], rows, total, caption)


def _found_table(summary: Summary) -> Table:
    columns = [
        Column("task", note="the product's own name for it"),
        Column("kinds", note="what the generators call its questions"),
        Column("tool"),
        Column("status"),
        Column("questions", ",", numeric=True),
        Column("by tool", ",", numeric=True),
        Column("wrong", ",", numeric=True),
        Column("why no tool"),
    ]
    rows: list[list[Cell]] = [
        [
            found.name,
            _listed(found.kinds),
            found.task.tool_id if found.task else None,
            found.status,
            found.tally.questions,
            found.tally.by_tool,
            found.tally.wrong,
            found.task.reason if found.task else None,
        ]
        for found in summary.score.found
    ]
    return Table(columns, rows)


def _listed(kinds: Mapping[str, int]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    return ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1]))


def _makings_table(summary: Summary) -> Table:
    columns = [
        Column("after", ",", numeric=True, note="questions answered when it ended"),
        Column("task"),
        Column("outcome"),
        Column("reason"),
        Column("completions", ",", numeric=True),
        Column("stopped by", note="the gates that stopped a try, and how often"),
        Column("tokens", ",", numeric=True),
    ]
    rows: list[list[Cell]] = [
        [
            at.place,
            at.making.task,
            str(at.making.outcome),
            at.making.reason,
            at.making.usage.calls,
            said_caught(at.making) or None,
            at.making.usage.tokens,
        ]
        for at in summary.course.makings
    ]
    return Table(columns, rows)


def _facts(summary: Summary) -> dict[str, str]:
    facts = {
        "latm": __version__,
        "stream": f"{len(summary.score.scored):,} questions of {len(summary.score.kinds)} kinds, seed {summary.seed}",
        "run": f"{datetime.now(UTC).isoformat(timespec='seconds')}, {summary.course.seconds:.1f} s",
        "completions": ", ".join(f"{purpose} {count:,}" for purpose, count in summary.course.calls.items()),
        "tokens": "as the model's endpoint counted them when it was asked",
    }
    if summary.replayed:
        facts["recording"] = (
            f"{', '.join(summary.replayed.models)}; from {summary.replayed.since} to {summary.replayed.until}"
        )
    return facts
