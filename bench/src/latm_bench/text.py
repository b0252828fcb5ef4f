"""Runs as text: for the terminal and, as Markdown, for the docs."""

from collections.abc import Iterable, Sequence
from typing import Any

from latm_bench.provenance import in_words
from latm_bench.running import Run


def markdown(run: Run, command: str = "") -> str:
    """A section for the docs: the command, where the run comes from, and every table."""
    said = [f"## {run['title']}"]
    said += [f"```console\n$ {command}\n```"] if command else []
    said.append(f"{in_words(run['provenance'])} Commit {run['provenance']['commit']}, {run['seconds']:.0f} s.")
    for table in run["tables"]:
        said += [f"### {table['title']}", _markdown_table(table)]
        said += [table["caption"]] if table["caption"] else []
    return "\n\n".join(said) + "\n"


def _markdown_table(table: dict[str, Any]) -> str:
    rows = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
    rows += [[f"**{cell}**" if cell else "" for cell in table["total"]]] if table["total"] else []
    return "\n".join(f"| {' | '.join(map(_markdown_cell, row))} |" for row in rows)


def _markdown_cell(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in columns of equal width; numbers are flush right."""
    lines = [list(columns), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    right = [all(_is_number(line[place]) for line in lines[1:]) for place in range(len(columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell[:1] in {"-", "–", "", "∞"}


def summary(run: Run) -> str:
    """All tables of a run, for a terminal."""
    said = [run["title"]]
    for table in run["tables"]:
        total = [table["total"]] if table["total"] else []
        said += [f"{table['title']}\n\n{plain_table(table['columns'], [*table['rows'], *total])}"]
        said += [table["caption"]] if table["caption"] else []
    return "\n\n".join([*said, in_words(run["provenance"])])


def listing(runs: Iterable[tuple[str, Run]]) -> str:
    """One line per run."""
    rows = [
        [
            place,
            run["study"],
            run["started"],
            f"{run['seconds']:,.0f} s",
            str(run["provenance"]["commit"]),
            run["title"],
        ]
        for place, run in runs
    ]
    return plain_table(["run", "study", "started", "took", "commit", "title"], rows) if rows else "There are no runs."


def comparison(runs: Sequence[tuple[str, Run]]) -> str:
    """The measures of several runs side by side, and what differs in how they were made."""
    names = list(dict.fromkeys(name for _, run in runs for name in run["measures"]))
    rows = [[name, *(_shown(run["measures"].get(name)) for _, run in runs)] for name in names]
    setups = [_setup(run) for _, run in runs]
    keys = sorted({key for setup in setups for key in setup})
    differing = [
        [key, *(str(setup.get(key)) for setup in setups)] for key in keys if len({str(s.get(key)) for s in setups}) > 1
    ]
    places = [place for place, _ in runs]
    said = [plain_table(["measure", *places], rows)]
    said += [plain_table(["set up", *places], differing)] if differing else []
    return "\n\n".join(said)


def _setup(run: Run) -> dict[str, Any]:
    found = run["provenance"]
    return {"commit": found["commit"], "python": found["python"], **found["settings"], **found["options"]}


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"
