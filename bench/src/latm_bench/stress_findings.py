"""Tables of the stress study."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from latm.report import Cell, Column, Figure, Section, Table
from latm_bench.findings import Findings, interval, number
from latm_bench.statistics import Rate, wilson

Sample = Mapping[str, Any]
LET_THROUGH = {"made", "reused"}


def is_bad(sample: Sample) -> bool:
    """Whether a tool was let through that answers an unseen question wrongly, of its own task or of another."""
    judged = sample["judged"]
    return judged is not None and bool(judged["wrong"] or judged["foreign_wrong"])


def findings_of(samples: Sequence[Sample]) -> Findings:
    """What the study found.

    Args:
        samples: one per making.
    """
    damaged = [one for one in samples if one["family"] not in {"undamaged", "mutant"}]
    mutants = [one for one in samples if one["family"] == "mutant"]
    bad, bad_mutants = sum(map(is_bad, damaged)), sum(map(is_bad, mutants))
    hung = sum(one["outcome"] == "hung" for one in samples)
    unexplained = sum(one["outcome"] not in LET_THROUGH and not one["cause"] for one in samples)
    return Findings(
        title="Verification under stress",
        lead="Tools that are right are damaged before the gates see them, or their examples are. A tool that is let "
        "through counts as bad if it answers any unseen question wrongly, of its own task or of another.",
        figures=[
            Figure(f"{len(damaged):,}", "damaged or hostile makings", f"and {len(mutants):,} mutants"),
            Figure(f"{bad:,}", "bad tools let through", f"at most {wilson(bad, len(damaged)).high:.2%} at 95 %"),
            Figure(f"{bad_mutants:,}", "mutants let through that are wrong somewhere", f"of {len(mutants):,}"),
            Figure(f"{hung:,}", "makings that hung"),
        ],
        sections=[
            Section("Families of damage", parts=[_family_table(samples)]),
            Section("Why makings failed", parts=[_cause_table(samples)]),
            Section("Every damage of form, meaning and examples", parts=[_damage_table(samples)]),
            Section("What was let through although it is wrong somewhere", parts=[_bad_table(samples)]),
        ],
        measures={
            "makings": len(samples),
            "damaged or hostile": len(damaged),
            "bad tools let through": bad,
            "mutants": len(mutants),
            "wrong mutants let through": bad_mutants,
            "hung": hung,
            "failures without a cause": unexplained,
        },
        data={"samples": list(samples)},
    )


_COLUMNS = (
    number("makings"),
    number("failed"),
    Column("failed, share (95 %)"),
    number("let through"),
    number("bad", note="tools let through that answer an unseen question wrongly"),
    number("hung"),
    number("completions", ",.2f", "mean per making"),
    number("tokens", ",.0f", "mean per making, four characters each"),
    number("slowest, s", ",.1f"),
)


def _cells(ones: Sequence[Sample]) -> list[Cell]:
    through = sum(one["outcome"] in LET_THROUGH for one in ones)
    failed: Rate = wilson(len(ones) - through, len(ones))
    return [
        len(ones),
        failed.hits,
        interval(failed),
        through,
        sum(map(is_bad, ones)),
        sum(one["outcome"] == "hung" for one in ones),
        fmean(one["completions"] for one in ones),
        fmean(one["tokens"] for one in ones),
        max(one["seconds"] for one in ones),
    ]


def _grouped(samples: Sequence[Sample], *names: str) -> dict[tuple[str, ...], list[Sample]]:
    groups: dict[tuple[str, ...], list[Sample]] = {}
    for one in samples:
        groups.setdefault(tuple(str(one[name]) for name in names), []).append(one)
    return groups


def _family_table(samples: Sequence[Sample]) -> Table:
    rows: list[list[Cell]] = [[*key, *_cells(ones)] for key, ones in _grouped(samples, "family", "script").items()]
    caption = (
        "Stubborn: the maker says the same at every try. Mended: it goes wrong once and is right at the next try, "
        "which shows what a retry costs. Strict: gold labels stand. Judged: a fresh answer decides where tool and "
        "label differ."
    )
    return Table([Column("family"), Column("script"), *_COLUMNS], rows, ["all", None, *_cells(samples)], caption)


def _cause_table(samples: Sequence[Sample]) -> Table:
    failed = [one for one in samples if one["outcome"] not in LET_THROUGH]
    counts = Counter((one["family"], one["cause"] or "unknown") for one in failed)
    rows: list[list[Cell]] = [[family, cause, count] for (family, cause), count in sorted(counts.items())]
    return Table([Column("family"), Column("stopped by"), number("makings")], rows, ["all", None, len(failed)])


def _damage_table(samples: Sequence[Sample]) -> Table:
    shown = [one for one in samples if one["family"] in {"form", "meaning", "examples"} and one["script"] != "mended"]
    rows: list[list[Cell]] = [
        [*key, *_cells(ones), ", ".join(f"{cause or '–'} {count}" for cause, count in _causes(ones))]
        for key, ones in _grouped(shown, "family", "damage", "script").items()
    ]
    return Table([Column("family"), Column("damage"), Column("script"), *_COLUMNS, Column("stopped by")], rows)


def _causes(ones: Sequence[Sample]) -> list[tuple[str, int]]:
    return Counter(one["cause"] for one in ones if one["outcome"] not in LET_THROUGH).most_common()


def _bad_table(samples: Sequence[Sample]) -> Table:
    columns = [
        Column("family"), Column("damage"), Column("script"), Column("task"),
        number("asked"), number("answered"), number("wrong"), number("wrong on others"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [one["family"], one["damage"], one["script"], one["task"],
         *(one["judged"][name] for name in ("asked", "answered", "wrong", "foreign_wrong"))]
        for one in samples if is_bad(one)
    ]  # fmt: skip
    return Table(columns, rows)
