"""Runs of studies: set up, taken up again, logged, and written as a page."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypedDict, cast

from latm import Settings, Usage
from latm.errors import InputError, StoreFullError
from latm.parts import Meter, Models, open_models
from latm.report import Plot, Provenance, Report, Table, svg, write_report
from latm_bench.findings import Findings
from latm_bench.provenance import in_words, provenance, what_counts
from latm_bench.samples import Samples

LOG, PAGE, SAMPLES, TOOLS = "run.json", "report.html", "samples.jsonl", "tools.db"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Bench:
    """What a study works with.

    Attributes:
        settings: of the run; its store is in the run's folder.
        models: of all roles.
        samples: the finished ones.
        tell: takes a line that says what has been done.
        meters: of models that the study has opened beside these.
    """

    settings: Settings
    models: Models
    samples: Samples
    tell: Callable[[str], None]
    meters: list[Meter] = field(default_factory=list)

    def progress(self, done: int, total: int, what: str) -> None:
        """Say how far the study is, and what it has spent."""
        meters = (self.models.meter, *self.meters)
        spent = sum((meter.total(replayed=False) for meter in meters), Usage())
        cost = "price unknown" if spent.cost is None else f"${spent.cost:.4f}"
        bill = f"; {spent.calls:,} calls, {spent.tokens:,} tokens, {cost}" if spent.calls else ""
        self.tell(f"[{done:,}/{total:,}] {what}{bill}")


@dataclass(frozen=True, slots=True)
class Study:
    """A study with its options.

    Attributes:
        name: `compiled`, `paper`, ….
        options: what the findings depend on beside the settings: plain JSON, and paths to data.
        body: the study itself.
    """

    name: str
    options: Mapping[str, Any]
    body: Callable[[Bench], Awaitable[Findings]]


class Run(TypedDict):
    """A run's log; `latm bench --json`."""

    latm_run: Annotated[int, "the version of this format"]
    study: Annotated[str, "which study"]
    title: Annotated[str, "what was studied"]
    started: Annotated[str, "ISO 8601, UTC"]
    seconds: Annotated[float, "wall time of the last start"]
    provenance: Annotated[dict[str, Any], "commit, versions, settings, options, data, completions, recording"]
    measures: Annotated[dict[str, float | int | None], "what `latm bench view` compares"]
    tables: Annotated[list[dict[str, Any]], "title, columns, rows, total, caption; as shown"]
    data: Annotated[Any, "everything measured"]


async def conduct(  # noqa: PLR0913  # each is a plain choice of the caller
    study: Study,
    settings: Settings,
    folder: Path,
    *,
    restart: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
    models: Models | None = None,
) -> tuple[Run, Findings]:
    """Run a study, or go on with it where it stopped, and write its log and its page.

    Args:
        study: with its options.
        settings: the models and how tools are made; the store is always the run's own.
        folder: where the run is kept.
        restart: forget what the folder holds of an earlier run.
        tell: takes lines about the progress.
        models: of all roles; None: opened from the settings.

    Raises:
        LatmError: the study failed; what it has finished is kept.
    """
    # A recording is taken up again by itself, and numbers equal requests from the beginning of a run.
    _prepare(folder, restart=restart or settings.record is not None or settings.replay is not None)
    own = settings.model_copy(update={"store": f"sqlite:///{folder / TOOLS}", "answer_style": _style(settings)})
    models = models or open_models(own)
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    setup = {"study": study.name, "settings": what_counts(own), "options": dict(study.options)}
    try:
        with Samples(folder / SAMPLES, setup) as samples:
            before = samples.done
            bench = Bench(own, models, samples, tell)
            findings = await study.body(bench)
    finally:
        await models.close()
    run: Run = {
        "latm_run": FORMAT,
        "study": study.name,
        "title": findings.title,
        "started": started,
        "seconds": round(time.monotonic() - clock, 3),
        "provenance": provenance(own, study.options, [models.meter, *bench.meters])
        | {"samples_of_an_earlier_start": before},
        "measures": dict(findings.measures),
        "tables": [_table_json(title, table) for title, table in findings.tables],
        "data": findings.data,
    }
    _write(folder / LOG, json.dumps(run, indent=1, default=str))
    write_report(page_of(run, findings), folder / PAGE)
    if findings.pictures:
        _write_pictures(findings, folder)
    return run, findings


def _write_pictures(findings: Findings, folder: Path) -> None:
    plots = (part for section in findings.sections for part in section.parts if isinstance(part, Plot))
    for number, plot in enumerate(plots, start=1):
        _write(folder / f"{findings.pictures}-{number}.svg", svg(plot).rstrip())


def _style(settings: Settings) -> str:
    """The style of direct answers: reasoned, as in the paper, unless a user says otherwise."""
    return settings.answer_style if "answer_style" in settings.model_fields_set else "reasoned"


def _prepare(folder: Path, *, restart: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if restart:
            for path in [folder / SAMPLES, *folder.glob(f"{TOOLS}*")]:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreFullError(f"{str(folder)!r} cannot be written: {error.strerror}.", hint="Name another.") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreFullError(f"{str(path)!r} cannot be written: {error.strerror}.", hint="Name another.") from error


def _table_json(title: str, table: Table) -> dict[str, Any]:
    return {
        "title": title,
        "columns": [column.title for column in table.columns],
        "rows": [[column.text(cell) for column, cell in zip(table.columns, row, strict=True)] for row in table.rows],
        "total": [column.text(cell) for column, cell in zip(table.columns, table.total, strict=False)],
        "caption": table.caption,
    }


def page_of(run: Run, findings: Findings) -> Report:
    """The page of a run."""
    found = run["provenance"]
    facts = {
        "study": run["study"],
        "run": f"{run['started']}, {run['seconds']:.1f} s",
        "commit": found["commit"] or "not in a checkout",
        "versions": ", ".join(f"{name} {number}" for name, number in found["versions"].items()),
        "python": f"{found['python']} on {found['machine']}",
        "options": _pairs(found["options"]),
        "settings": _pairs({name: value for name, value in found["settings"].items() if value is not None}),
        "data": _pairs(found["data"]) or "generated",
    }
    return Report(
        findings.title, findings.lead, Provenance(in_words(found), facts), findings.figures, findings.sections
    )


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def read_run(path: Path) -> Run:
    """The log of a run, from its file or its folder.

    Raises:
        InputError: it is not there, or is not a log of a run.
    """
    file = path / LOG if path.is_dir() else path
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The run {str(file)!r} cannot be read: {error.strerror}.", hint="Name its folder.") from error
    except ValueError as error:
        raise InputError(f"{str(file)!r} is not a log of a run: {error}.") from error
    if not isinstance(run, dict) or run.get("latm_run") != FORMAT:
        raise InputError(f"{str(file)!r} is not a log of a run that this latm can read.")
    return cast("Run", run)


def find_runs(folder: Path) -> list[Path]:
    """The folders of all runs in a folder, sorted."""
    return sorted(file.parent for file in folder.rglob(LOG))
