"""Tables and plots of the stream study."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from latm import Making
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.known_tasks import is_solvable
from latm_bench.statistics import Rate, clustered, wilson

_STRETCHES = 40


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of one question.

    Attributes:
        place: in the stream, from 0.
        origin: the task that it was before any change.
        change: which change it has undergone; None for the rest.
        stood: whether its task had a tool by then.
        by_tool: whether a tool answered it.
        right: whether a tool's answer is the label.
    """

    place: int
    origin: str
    change: str | None
    stood: bool
    by_tool: bool
    right: bool

    @property
    def wrong(self) -> bool:
        """Whether a tool answered it wrongly."""
        return self.by_tool and not self.right


def _rate(ones: Sequence[Passed], hit: Callable[[Passed], bool]) -> Rate:
    return wilson(sum(map(hit, ones)), len(ones))


def _by_tool(one: Passed) -> bool:
    return one.by_tool


def _wrong(one: Passed) -> bool:
    return one.wrong


def findings_of(passed: Sequence[Passed], makings: Sequence[Making]) -> Findings:
    """What the study found.

    Args:
        passed: every question in order.
        makings: of changed tasks.
    """
    names = sorted({one.origin for one in passed})
    standing = {name: [one for one in passed if one.origin == name and one.stood and not one.change] for name in names}
    hits = clustered((_rate(ones, _by_tool).hits, len(ones)) for name, ones in standing.items() if is_solvable(name))
    changed = [one for one in passed if one.change]
    since = [one for one in passed if changed and one.place >= changed[0].place]
    wrong_since, wrong_changed = _rate(since, _wrong), _rate(changed, _wrong)
    solvable = _rate([one for one in since if is_solvable(one.origin)], _wrong)
    return Findings(
        title="A long stream: tasks arrive one after another, two change",
        lead=f"{len(passed):,} questions of {len(names)} tasks. A task's tool comes into service once six of its "
        "questions have passed. What tools abstain from is left to a model, which is no part of this study.",
        figures=[
            Figure(f"{len(passed):,}", "questions", f"of {len(names)} tasks"),
            Figure(percent(hits.value), "answered by a tool once one stands", f"solvable tasks: {counted(hits)}"),
            Figure(percent(wrong_changed.value, 2), "of the changed questions wrong", counted(wrong_changed)),
            Figure(percent(solvable.value, 2), "of solvable tasks' questions since wrong", counted(solvable)),
            Figure(percent(wrong_since.value, 2), "of all questions since wrong", counted(wrong_since)),
        ],
        sections=[
            Section("Over the stream", parts=[_routes_plot(passed), _hits_plot(passed)]),
            Section("The changes", parts=[_changes_table(passed), _changes_plot(passed)]),
            Section("Tasks", parts=[_tasks_table(passed, names)]),
            *([Section("Tools for changed tasks", parts=[_makings_table(makings)])] if makings else []),
        ],
        measures={
            "questions": len(passed),
            "hit rate once tools stand": hits.value,
            "wrong, changed questions": wrong_changed.value,
            "wrong, all questions since the first change": wrong_since.value,
            "wrong, solvable tasks since the first change": solvable.value,
            "tools made for changed tasks": sum(making.tool_id is not None for making in makings),
        },
        data={
            "hit_rate": rate_json(hits),
            "wrong_changed": rate_json(wrong_changed),
            "wrong_since": rate_json(wrong_since),
            "wrong_since_solvable": rate_json(solvable),
        },
    )  # fmt: skip


def _cells(ones: Sequence[Passed]) -> list[Cell]:
    stood = [one for one in ones if one.stood]
    answered = _rate(stood, _by_tool)
    right = _rate([one for one in stood if one.by_tool], lambda one: one.right)
    return [len(ones), len(stood), interval(answered), interval(right), sum(one.wrong for one in ones)]


_COLUMNS = (
    number("questions"),
    number("once a tool stands", note="questions that came when their task had a tool"),
    Column("answered by a tool (95 %)", note="of those"),
    Column("right (95 %)", note="of those that a tool answered"),
    number("wrong"),
)


def _tasks_table(passed: Sequence[Passed], names: Sequence[str]) -> Table:
    unchanged = [one for one in passed if not one.change]
    rows: list[list[Cell]] = [[name, *_cells([one for one in unchanged if one.origin == name])] for name in names]
    solvable = [one for one in unchanged if is_solvable(one.origin)]
    return Table(
        [Column("task"), *_COLUMNS], rows, ["solvable", *_cells(solvable)],
        "Questions as the tasks were before any change.",
    )  # fmt: skip


def _changes_table(passed: Sequence[Passed]) -> Table:
    rows: list[list[Cell]] = []
    for change in sorted({one.change for one in passed if one.change}):
        after = [one for one in passed if one.change == change]
        before = [one for one in passed if one.origin == after[0].origin and not one.change]
        rows += [[f"{after[0].origin}, before", *_cells(before)], [change, *_cells(after)]]
    return Table([Column("task"), *_COLUMNS], rows)


def _makings_table(makings: Sequence[Making]) -> Table:
    columns = [Column("task"), Column("outcome"), Column("reason"), number("completions"), number("tokens")]
    rows: list[list[Cell]] = [
        [making.task, str(making.outcome), making.reason, making.usage.calls, making.usage.tokens] for making in makings
    ]
    return Table(columns, rows)


def _stretched(ones: Sequence[Passed], count: int) -> list[Sequence[Passed]]:
    size = max(1, -(-len(ones) // count))
    return [ones[start : start + size] for start in range(0, len(ones), size)]


def _routes_plot(passed: Sequence[Passed]) -> Plot:
    stretches = _stretched(passed, _STRETCHES)

    def shares(hit: Callable[[Passed], bool]) -> list[float | None]:
        return [_rate(stretch, hit).value for stretch in stretches]

    return Plot(
        "What became of the questions",
        [stretch[-1].place + 1 for stretch in stretches],
        [
            Series("answered by a tool, right", shares(lambda one: one.right)),
            Series("answered by a tool, wrong", shares(_wrong)),
            Series("left to the model, though a tool stands", shares(lambda one: one.stood and not one.by_tool)),
            Series("left to the model, no tool yet", shares(lambda one: not one.stood and not one.by_tool)),
        ],
        PlotStyle.AREAS,
        x_label="questions",
        y_label="share",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _hits_plot(passed: Sequence[Passed]) -> Plot:
    stretches = _stretched(passed, _STRETCHES)
    rates = [
        _rate([one for one in stretch if one.stood and is_solvable(one.origin)], _by_tool) for stretch in stretches
    ]
    return Plot(
        "Answered by a tool, of the solvable tasks' questions that have one",
        [stretch[-1].place + 1 for stretch in stretches],
        [Series("hit rate", [r.value for r in rates], [r.low for r in rates], [r.high for r in rates])],
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.0),
        note="With 95 % intervals; the changed tasks' questions are among them.",
    )


def _changes_plot(passed: Sequence[Passed]) -> Plot:
    """Coverage over each changed task's own questions."""
    origins = sorted({one.origin for one in passed if one.change})
    series = []
    for origin in origins:
        stretches = _stretched([one for one in passed if one.origin == origin], 24)
        series.append(Series(origin, [_rate(stretch, _by_tool).value for stretch in stretches]))
    longest = max((len(one.values) for one in series), default=0)
    padded = [Series(one.label, [*one.values, *[None] * (longest - len(one.values))]) for one in series]
    return Plot(
        "Answered by a tool, over the changed tasks' own questions",
        [(place + 1) / max(longest, 1) for place in range(longest)],
        padded,
        x_label="share of the task's questions; the change is at 0.5",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )
