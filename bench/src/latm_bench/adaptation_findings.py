"""Tables and plots of the adaptation study."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from latm import Event, Making, Usage
from latm.parts import Certified, TaskLedger
from latm.report import Cell, Column, Figure, Plot, Section, Series, Table
from latm_bench.findings import Findings, number, percent

_TOGETHER = 8
"""Windows that are one row of a table, and two that are one point of a plot."""
_DRIFT = "drifted"
_TOLD = {"suspended", "retired", _DRIFT}


@dataclass(frozen=True, slots=True)
class Window:
    """What became of a stretch of the stream.

    Attributes:
        end: questions up to its end.
        asked: by kind.
        answered: by tools, by kind.
        wrong: how many of those were wrong.
        used: the largest share of a bound W* that truly wrong answers had used up by then; at most 1 where it holds.
    """

    end: int
    asked: Mapping[str, int]
    answered: Mapping[str, int]
    wrong: int
    used: float

    @property
    def by_tool(self) -> int:
        """All that tools answered."""
        return sum(self.answered.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the stream: counts, and what the store has of it."""

    questions: int
    kinds: int
    windows: Sequence[Window]
    served: int
    wrong: int
    looks: int
    violated: Sequence[str]
    certificates: Sequence[Certified]
    makings: Sequence[Making]
    events: Sequence[Event]
    books: Sequence[TaskLedger]
    metered: int

    @property
    def billed(self) -> dict[str, int]:
        """Tokens by what for."""
        return {
            purpose: sum((book.billed.get(purpose, Usage()) for book in self.books), Usage()).tokens
            for purpose in sorted({purpose for book in self.books for purpose in book.billed})
        }

    @property
    def avoided(self) -> float:
        """Tokens that direct answers would have taken, estimated."""
        return sum(book.avoided_tokens.mean for book in self.books if book.avoided_tokens)

    @property
    def decided(self) -> dict[str, int]:
        """Events of versions and of drift, by kind."""
        counted = Counter(str(one.kind) for one in self.events if one.version is not None)
        drifts = Counter(str(one.evidence.get("what")) for one in self.events if one.kind == _DRIFT)
        return dict(counted) | {f"drift of {what}": count for what, count in drifts.items()}


def findings_of(found: Outcome, asked: int) -> Findings:
    """What the study found."""
    late = found.windows[len(found.windows) * 3 // 4 :]
    hits = _share(late, lambda one: one.by_tool)
    outcomes = Counter(str(making.outcome) for making in found.makings)
    billed = sum(found.billed.values())
    return Findings(
        title="A long stream of changing kinds, audited",
        lead=f"{found.questions:,} questions of {found.kinds} kinds, which arrive during the first half; from the "
        "middle on one comes in other words, one behind a new preamble, and one means something else. Simulated "
        "models, with tools that a language model once wrote.",
        figures=[
            Figure(percent(hits), "answered by tools in the last quarter", f"{found.served:,} answers by tools in all"),
            Figure(percent(found.wrong / max(1, found.served), 2), "of them wrong", f"{found.wrong:,} answers"),
            Figure(f"{len(found.violated)}", "bounds violated", f"W* was looked at {found.looks:,} times"),
            Figure(f"{len(found.makings)}", "makings", f"{outcomes}"[8:-1]),
            Figure(f"{billed - found.metered:,}", "tokens between ledger and meter", f"{billed:,} were billed"),
        ],
        sections=[
            Section("Over the stream", parts=[_hits_plot(found.windows), _course_table(found.windows)]),
            Section("The kinds that change", parts=[_changes_plot(found.windows)]),
            Section("The bound and the truth", parts=[_bound_plot(found.windows)]),
            Section("What was decided", parts=[_events_table(found.events)]),
            Section("Tokens", parts=[_ledger_table(found)]),
        ],
        measures={
            "questions": found.questions,
            "hit rate in the last quarter": hits,
            "wrong, of answers by tools": found.wrong / max(1, found.served),
            "bounds violated": len(found.violated),
            "makings": len(found.makings),
            "tokens billed": billed,
            "tokens between ledger and meter": billed - found.metered,
        },
        data=_data(found) | {"asked_for": asked},
        pictures="adaptation",
    )


def _data(found: Outcome) -> dict[str, object]:
    return {
        "by_tool": found.served,
        "wrong_by_tool": found.wrong,
        "versions": len(found.certificates),
        "makings": dict(Counter(str(making.outcome) for making in found.makings)),
        "decided": found.decided,
        "bounds_looked_at": found.looks,
        "bounds_violated": found.violated,
        "audits": sum(one.audits for one in found.certificates),
        "tokens_billed": sum(found.billed.values()),
        "tokens_metered": found.metered,
        "tokens_by_purpose": found.billed,
        "avoided_tokens": round(found.avoided),
        "windows": [
            {
                "end": one.end,
                "asked": dict(one.asked),
                "answered": dict(one.answered),
                "wrong": one.wrong,
                "used": one.used,
            }
            for one in found.windows
        ],
    }


def _share(windows: Sequence[Window], hit: Callable[[Window], int]) -> float | None:
    asked = sum(sum(one.asked.values()) for one in windows)
    return sum(map(hit, windows)) / asked if asked else None


def _is_changed(kind: str) -> bool:
    return "," in kind and "near miss" not in kind


def _of_changed(window: Window) -> tuple[int, int]:
    asked = sum(count for kind, count in window.asked.items() if _is_changed(kind))
    return sum(count for kind, count in window.answered.items() if _is_changed(kind)), asked


def _course_table(windows: Sequence[Window]) -> Table:
    rows: list[list[Cell]] = []
    for start in range(0, len(windows), _TOGETHER):
        some = windows[start : start + _TOGETHER]
        answered, asked = map(sum, zip(*map(_of_changed, some), strict=True))
        changed = percent(answered / asked, 0) if asked else "–"
        wrong = sum(one.wrong for one in some)
        rows.append([some[-1].end, percent(_share(some, lambda one: one.by_tool)), changed, wrong])
    columns = [number("questions up to"), Column("answered by tools"), Column("of the changed kinds"), number("wrong")]
    return Table(columns, rows)


def _points(windows: Sequence[Window]) -> list[Sequence[Window]]:
    return [windows[start : start + 2] for start in range(0, len(windows), 2)]


def _hits_plot(windows: Sequence[Window]) -> Plot:
    points = _points(windows)
    series = [
        Series("answered by tools", [_share(some, lambda one: one.by_tool) for some in points]),
        Series("answered by tools, wrong", [_share(some, lambda one: one.wrong) for some in points]),
    ]
    return Plot(
        "Answered by tools, over the stream",
        [some[-1].end for some in points],
        series,
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _changes_plot(windows: Sequence[Window]) -> Plot:
    """Coverage of each kind that changes, as it was and as it has become."""
    changed = sorted({kind for one in windows for kind in one.asked if _is_changed(kind)})
    origins = sorted({kind.partition(",")[0] for kind in changed})
    points = [windows[start : start + _TOGETHER // 2] for start in range(0, len(windows), _TOGETHER // 2)]
    series = []
    for origin in origins:
        values: list[float | None] = []
        for some in points:
            asked = sum(n for one in some for kind, n in one.asked.items() if kind.partition(",")[0] == origin)
            hit = sum(n for one in some for kind, n in one.answered.items() if kind.partition(",")[0] == origin)
            values.append(hit / asked if asked else None)
        series.append(Series(origin, values))
    return Plot(
        "Answered by tools, of the kinds that change in the middle",
        [some[-1].end for some in points],
        series,
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _bound_plot(windows: Sequence[Window]) -> Plot:
    return Plot(
        "Wrong answers served, as a share of the bound W*: the version that is nearest to it",
        [one.end for one in windows],
        [Series("wrong / W*", [one.used for one in windows])],
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.1),
        note="Above 100 % the bound would be violated.",
    )


def _events_table(events: Sequence[Event]) -> Table:
    rows: list[list[Cell]] = [
        [str(one.kind), one.task, one.version, one.why] for one in events if one.kind in _TOLD and one.who != "person"
    ]
    return Table([Column("event"), Column("task"), number("version"), Column("why")], rows)


def _ledger_table(found: Outcome) -> Table:
    rows: list[list[Cell]] = [[purpose.replace("_", " "), tokens] for purpose, tokens in found.billed.items()]
    caption = f"The meter says {found.metered:,}. Avoided, never in one sum with it: {found.avoided:,.0f} (estimated)."
    return Table([Column("billed for"), number("tokens")], rows, ["in all", sum(found.billed.values())], caption)
