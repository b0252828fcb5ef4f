"""Tables and plots of the paper's experiment, the published figures beside ours."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from latm.parts import break_even
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench import published
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.making import PROTOCOLS, Made, Protocol
from latm_bench.statistics import Rate, clustered, mcnemar, wilson
from latm_bench.tasks.splits import Split

NORMALISED = (
    "Compiled tools must give the label to the letter. Of what models say or leave in `ans`, white space, letter case, "
    "quotation marks, a final full stop, and the ways to write an option or a number do not count."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    Attributes:
        id: of the item.
        right: whether the answer says what the label says.
        answered: whether there was an answer at all.
        crashed: whether a tool, or the code that calls it, failed; neither right nor merely wrong.
        tokens: sent and received for it.
        cost: US dollars; None where a price is unknown.
    """

    id: str
    right: bool
    answered: bool
    crashed: bool
    tokens: int = 0
    cost: float | None = 0.0


@dataclass(frozen=True, slots=True)
class System:
    """One way to answer, on each task that it could be tried on.

    Attributes:
        name: what it is.
        model: who answers; `none` where no model does.
        outcomes: by task.
    """

    name: str
    model: str
    outcomes: Mapping[str, Sequence[Outcome]]

    def accuracy(self, task: str) -> Rate:
        """Right answers of all questions asked; a crash is one that is not right, and is listed apart."""
        ones = self.outcomes.get(task, ())
        return wilson(sum(one.right for one in ones), len(ones))

    @property
    def pooled(self) -> Rate:
        """Over all tasks, with the interval clustered by task."""
        return clustered((self.accuracy(task).hits, self.accuracy(task).of) for task in self.outcomes)

    @property
    def all(self) -> list[Outcome]:
        """Every outcome."""
        return [one for ones in self.outcomes.values() for one in ones]


Makings = Mapping[tuple[Protocol, str], Sequence[Made]]


def findings_of(made: Makings, systems: Sequence[System], splits: Mapping[str, Split], sample: int) -> Findings:
    """What the experiment found.

    Args:
        made: the makings by protocol and task.
        systems: compiled tools first.
        splits: the tasks.
        sample: questions per task that models answered; 0: all.
    """
    compiled = systems[0]
    beaten = sum((compiled.accuracy(task).value or 0.0) >= published.best_accuracy(task) for task in compiled.outcomes)
    made_of = {p: wilson(sum(one.tool is not None for one in _of(made, p)), len(_of(made, p))) for p in PROTOCOLS}
    asked = f"a sample of {sample} test questions a task" if sample else "all test questions"
    return Findings(
        title="The paper's experiment: six tasks",
        lead=f"Compiled tools answer all test questions, with no model. Models answer {asked}.",
        figures=[
            Figure(f"{beaten} of {len(splits)}", "tasks at or above the paper", "compiled tools, its better tool user"),
            Figure(percent(compiled.pooled.value), "right by compiled tools", counted(compiled.pooled)),
            *(Figure(f"{rate.hits} of {rate.of}", f"makings succeed, {p}") for p, rate in made_of.items()),
        ],
        sections=[
            Section("Accuracy", [NORMALISED], [_accuracy_table(systems, splits), _accuracy_plot(systems, splits)]),
            Section("Tool-making success", parts=[_success_table(made, splits)]),
            Section("On the same questions", parts=[_paired_table(systems)]),
            Section("Cost", parts=[_cost_table(made, systems, splits), _cost_plot(made, systems, splits)]),
        ],
        measures={
            "tasks at or above the paper": beaten,
            **{f"accuracy, {system.name}": system.pooled.value for system in systems},
            **{f"made, {protocol}": rate.hits for protocol, rate in made_of.items()},
            "crashes": sum(one.crashed for system in systems for one in system.all),
        },
        data={
            "makings": [_making_json(place, one) for place, ones in made.items() for one in ones],
            "systems": [_system_json(system, task) for system in systems for task in system.outcomes],
        },
    )


def _of(made: Makings, protocol: Protocol) -> list[Made]:
    return [one for place, ones in made.items() if place[0] == protocol for one in ones]


def _making_json(place: tuple[Protocol, str], one: Made) -> dict[str, object]:
    return {
        "protocol": place[0],
        "task": place[1],
        "outcome": one.outcome,
        "reason": one.reason,
        "completions": one.completions,
        "caught": dict(one.caught),
        "tokens": one.tokens,
        "cost": one.cost,
    }


def _system_json(system: System, task: str) -> dict[str, object]:
    ones = system.outcomes[task]
    return {
        "system": system.name,
        "model": system.model,
        "task": task,
        **rate_json(system.accuracy(task)),
        "crashed": sum(one.crashed for one in ones),
        "unanswered": sum(not one.answered for one in ones),
    }


def _accuracy_table(systems: Sequence[System], splits: Mapping[str, Split]) -> Table:
    """A row for each task, a column for each system: those of the paper first."""
    rows: list[list[Cell]] = [
        [
            task,
            *(percent(of[task]) for of in published.ACCURACY.values()),
            *(interval(system.accuracy(task)) for system in systems),
        ]
        for task in splits
    ]
    nothing: list[Cell] = [None] * len(published.ACCURACY)
    silent = [sum(not one.answered and not one.crashed for one in system.all) for system in systems]
    rows += [
        ["all", *nothing, *(interval(system.pooled) for system in systems)],
        ["questions", *nothing, *(f"{len(system.all):,}" for system in systems)],
        ["without an answer", *nothing, *(f"{count:,}" for count in silent)],
        ["crashed", *nothing, *(f"{sum(one.crashed for one in system.all):,}" for system in systems)],
    ]
    columns = [
        Column("task"),
        *(Column(f"published: {label}") for label in published.ACCURACY),
        *(Column(f"{system.name} (95 %)") for system in systems),
    ]
    caption = (
        "Wilson intervals, over all tasks clustered by task. A dash: not measured, or no tool was made. Crashed: a "
        "tool, or the code that calls it, failed; that is not right, but not a wrong answer either."
    )
    return Table(columns, rows, caption=caption)


def _accuracy_plot(systems: Sequence[System], splits: Mapping[str, Split]) -> Plot:
    def series(system: System) -> Series:
        rates = [system.accuracy(task) for task in splits]
        known = [rate.of > 0 for rate in rates]
        return Series(
            system.name,
            [rate.value for rate in rates],
            [rate.low if one else None for rate, one in zip(rates, known, strict=True)],
            [rate.high if one else None for rate, one in zip(rates, known, strict=True)],
        )

    paper = [Series(f"published: {label}", [of[task] for task in splits]) for label, of in published.ACCURACY.items()]
    return Plot(
        "Accuracy by task, with 95 % intervals where we measured",
        list(splits),
        [*map(series, systems), *paper],
        PlotStyle.POINTS,
        y_form="percent",
        y_limits=(0.0, 1.02),
    )


def _success_table(made: Makings, splits: Mapping[str, Split]) -> Table:
    rows: list[list[Cell]] = []
    for protocol in PROTOCOLS:
        cells = [f"{_successes(made[protocol, task])} of {len(made[protocol, task])}" for task in splits]
        rows.append([protocol, *cells, fmean(one.completions for one in _of(made, protocol))])
    rows.append(["published: GPT-4", *(f"{published.MADE_OF_FIVE[task]} of 5" for task in splits), None])
    columns = [Column("protocol"), *(Column(task) for task in splits), number("completions", ",.2f", "mean per making")]
    return Table(columns, rows)


def _successes(makings: Sequence[Made]) -> int:
    return sum(one.tool is not None for one in makings)


def _paired_table(systems: Sequence[System]) -> Table:
    """Compiled tools against every other system, on the questions that both were asked."""
    compiled, *others = systems
    ours = {(task, one.id): one.right for task, ones in compiled.outcomes.items() for one in ones}
    rows: list[list[Cell]] = []
    for other in others:
        theirs = {(task, one.id): one.right for task, ones in other.outcomes.items() for one in ones}
        test = mcnemar((ours[key], theirs[key]) for key in ours.keys() & theirs.keys())
        count = test.both + test.first + test.second + test.neither
        rows.append([other.name, count, test.both, test.first, test.second, test.neither, test.p])
    counts = ("n", "both right", "only compiled", "only the other", "neither")
    columns = [Column("compiled tools against"), *map(number, counts), number("p", ".2g")]
    return Table(columns, rows, caption="McNemar's exact test, two-sided.")


def _tokens_each(system: System, task: str) -> float | None:
    ones = system.outcomes.get(task, ())
    return fmean(one.tokens for one in ones) if ones else None


def _cost_table(made: Makings, systems: Sequence[System], splits: Mapping[str, Split]) -> Table:
    rows: list[list[Cell]] = []
    for protocol in PROTOCOLS:
        means = [_mean_tokens(made[protocol, task]) for task in splits]
        rows.append([f"making, {protocol}", *means, _dollars([one.cost for one in _of(made, protocol)])])
    for system in systems:
        means = [_tokens_each(system, task) for task in splits]
        rows.append([f"a question, {system.name}", *means, _dollars([one.cost for one in system.all])])
    for direct in (system for system in systems if system.name.startswith("direct")):
        pays = [_pays_from(made["compiled", task], _tokens_each(direct, task)) for task in splits]
        rows.append([f"compiled pays from, against {direct.name}", *pays, None])
    columns = [Column("mean tokens of"), *(number(task, ",.0f") for task in splits), Column("spent in all")]
    caption = (
        "Tokens as the models' endpoints counted them. Money at the models' own prices; a dash where one is unknown."
    )
    return Table(columns, rows, caption=caption)


def _mean_tokens(makings: Sequence[Made]) -> float | None:
    return fmean(one.tokens for one in makings) if makings else None


def _pays_from(makings: Sequence[Made], direct: float | None) -> float | None:
    tokens = _mean_tokens(makings)
    return None if tokens is None or direct is None else math.ceil(break_even(tokens, direct))


def _dollars(costs: Sequence[float | None]) -> str | None:
    known = [cost for cost in costs if cost is not None]
    return f"${math.fsum(known):.4f}" if costs and len(known) == len(costs) else None


def _cost_plot(made: Makings, systems: Sequence[System], splits: Mapping[str, Split]) -> Plot:
    """The paper's C + n·c, over all tasks together."""
    counts = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500]
    making = {protocol: math.fsum(_mean_tokens(made[protocol, task]) or 0 for task in splits) for protocol in PROTOCOLS}
    series = []
    for system in systems:
        fixed = making["compiled"] if system.name.startswith("compiled") else making["paper"]
        fixed = 0.0 if system.name.startswith("direct") else fixed
        each = math.fsum(_tokens_each(system, task) or 0.0 for task in splits)
        series.append(Series(system.name, [fixed + count * each for count in counts]))
    title = "Tokens for n questions of each task, making included"
    return Plot(title, counts, series, x_label="questions of each task", y_label="tokens")
