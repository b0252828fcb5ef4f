"""`latm bench`: the paper's experiments and the ones it left open."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from latm.cli.plugin import SettingsCommand, json_option, settings_from, settings_options, wants_json
from latm_bench import text
from latm_bench.concurrency import plain_errors
from latm_bench.running import Run, Study, conduct, find_runs, read_run

if TYPE_CHECKING:
    from latm_bench.tasks.registry import Registry
    from latm_bench.tasks.sources import TaskSource

Verb = TypeVar("Verb", bound=Callable[..., Any])

RUNS = Path("latm-bench")
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


@click.group
def bench() -> None:
    """Run LATM's experiments, and the ones that it left open.

    A study writes its run into a folder (--out): run.json with everything measured and where it comes from,
    report.html with tables and plots, and what it has finished, so that a study that was stopped goes on when it is
    started again. `latm bench view` lists and compares runs.
    """


_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
_TASKS = click.option(
    "--tasks",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A file of one task's questions and answers; may be given again.",
)


def _tasks_options(verb: Verb) -> Verb:
    """Which tasks a study is of."""
    verb = click.option("--installed", is_flag=True, help="Also the tasks that installed packages offer.")(verb)
    verb = click.option("--generated", is_flag=True, help="Also the generated kinds.")(verb)
    data = "A folder of task files, BIG-bench JSON, JSONL or CSV."
    return click.option("--data", type=_FOLDER, help=data)(_TASKS(verb))


def _tools_option(verb: Verb) -> Verb:
    """From where a study has its tools."""
    return click.option(
        "--tools",
        type=_FOLDER,
        default=RUNS / "compiled",
        show_default=True,
        help="The folder of a run of `latm bench compiled`.",
    )(verb)


def _conduct(context: click.Context, study: Study, folder: Path, *, restart: bool) -> None:
    settings = settings_from(context)

    def tell(line: str) -> None:
        click.echo(line, err=True)

    try:
        with plain_errors():
            run, _ = asyncio.run(conduct(study, settings, folder, restart=restart, tell=tell))
    except KeyboardInterrupt:
        raise KeyboardInterrupt("What is finished is kept; run the same command again to go on.") from None
    click.echo(json.dumps(run, indent=1, default=str) if wants_json(context) else text.summary(run))
    click.echo(f"The run is in {folder}: run.json and report.html.", err=True)


Sources = Callable[[click.Context], "tuple[list[TaskSource], dict[str, Any]]"]
"""The tasks of a study, and the flags that name them, for the log."""


_NAMING = ("data", "tasks", "generated", "installed")


def _named(context: click.Context) -> "tuple[Registry, dict[str, Any]]":
    """The tasks that the flags name, and the flags for the log."""
    from latm_bench.known_tasks import as_published, folder_tasks, generated_tasks
    from latm_bench.tasks.registry import Registry
    from latm_bench.tasks.sources import from_file, from_packages

    given: dict[str, Any] = {name: context.params.get(name) for name in (*_NAMING, "seed")}
    registry = Registry(
        [
            *(folder_tasks(given["data"]) if given["data"] else ()),
            *(as_published(from_file(file)) for file in given["tasks"] or ()),
            *(generated_tasks(seed=given["seed"]) if given["generated"] else ()),
            *(from_packages() if given["installed"] else ()),
        ]
    )
    return registry, given


def _some(context: click.Context) -> "tuple[list[TaskSource], dict[str, Any]]":
    """The tasks that the flags name, or those of them that `--task` picks; there must be one."""
    registry, given = _named(context)
    if not registry:
        hint = "Give --data FOLDER, --tasks FILE, --generated or --installed."
        raise click.UsageError(f"There are no tasks. {hint}", context)
    return [registry.find(name) for name in context.params.get("names", ())] or list(registry), given


def _any(context: click.Context) -> "tuple[list[TaskSource], dict[str, Any]]":
    """The tasks that the flags name, if there are any."""
    registry, given = _named(context)
    return list(registry), given


def _six(context: click.Context) -> "tuple[list[TaskSource], dict[str, Any]]":
    """The user's own tasks if the flags name any, else the paper's six."""
    from latm_bench.tasks.paper import paper_file, paper_tasks

    given = {name: context.params[name] for name in ("data", "tasks", "seed")}
    own = [paper_file(file) for file in given["tasks"]]
    return own or list(paper_tasks(given["data"])), given


def a_study(sources: Sources = _some) -> Callable[[Callable[[], None]], click.Command]:
    """Make a command of the study in the module of that name, beside what every study takes.

    The module has `Options`, whose fields are filled from the command's options of the same names, and `study`.

    Args:
        sources: which tasks it is of.
    """

    def command(verb: Callable[[], None]) -> click.Command:
        @click.pass_context
        def run(context: click.Context, /, *, out: Path | None, restart: bool, **given: Any) -> None:
            module = import_module(f"latm_bench.{verb.__name__}")
            taken = {field.name for field in fields(module.Options)} & given.keys()
            options = module.Options(**{name: given[name] for name in taken})
            tasks, named = sources(context)
            setup = named | {"names": [task.name for task in tasks]} | asdict(options)
            folder = out or RUNS / "-".join(filter(None, (verb.__name__, given.get("axis"))))
            body = Study(verb.__name__, setup, lambda desk: module.study(desk, tasks, options))
            _conduct(context, body, folder, restart=restart)

        run.__name__, run.__doc__ = verb.__name__, verb.__doc__
        for add in (
            settings_options(),
            json_option(Run),
            click.option("--restart", is_flag=True, help="Forget what the folder holds of an earlier run."),
            click.option("--out", type=click.Path(file_okay=False, path_type=Path),
                         help="Where the run is kept.  [default: latm-bench/STUDY]"),
        ):  # fmt: skip
            run = add(run)
        run.__dict__["__click_params__"] += verb.__dict__.get("__click_params__", [])
        return bench.command(cls=SettingsCommand)(run)

    return command


@a_study()
@_tasks_options
@click.option("--baseline", type=_FOLDER, help="A folder of a recorded direct model's answers to the same questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the stream, and of the generated kinds.")
def compiled() -> None:
    """Make a tool for every task from six examples, then answer all the rest by tools alone.

    Coverage, precision, cost of making, and break-even for each task, on one shuffled stream of all their questions.
    """


@a_study(_six)
@click.option("--data", type=_FOLDER,
              help="The folder of BIG-bench files, and of the original's schedule_meeting.json if you have it; "
                   "without one all six tasks are generated.")  # fmt: skip
@_TASKS
@click.option("--trials", type=click.IntRange(1), default=5, show_default=True, help="Makings per task and protocol.")
@click.option("--sample", type=click.IntRange(0), default=20, show_default=True,
              help="Test questions per task that models answer; 0: all. Compiled tools answer them all.")  # fmt: skip
@click.option("--direct-answers/--no-direct-answers", default=True, show_default=True,
              help="Whether models also answer the sample directly.")  # fmt: skip
@click.option("--baseline", type=_FOLDER, help="A folder of a recorded direct model's answers to the same questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice of the sample.")
def paper() -> None:
    """Run the paper's own experiment: its six tasks, its two tables.

    Accuracy of direct chain of thought, of the paper's protocol and of compiled tools; how many makings succeed; and
    what it costs; the published figures beside. The strong model is --maker, the light one --user.
    With --tasks, the same on tasks of your own.
    """


@a_study()
@_tasks_options
@_tools_option
@click.option("--mutations", type=click.IntRange(0), default=20, show_default=True, help="Mutants of each tool.")
@click.option("--used", type=click.IntRange(3, 5), default=3, show_default=True,
              help="Examples used, of five for making and five for verifying.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the mutants and of the generated kinds.")
def stress() -> None:
    """Damage completions and examples, and see whether verification lets a bad tool pass.

    No model is asked: the tools of an earlier run of `latm bench compiled` are damaged, attacked and mutated.
    """


@a_study()
@_tasks_options
@_tools_option
@click.option("--seed", type=int, default=0, show_default=True, help="Of the order and of the generated kinds.")
def stream() -> None:
    """Let tasks arrive one after another; half-way one changes its wording, and one its meaning.

    The tools are those of an earlier run of `latm bench compiled`. With --maker, or a recording, the changed tasks get
    tools of their own, made from their first six questions; without, they are left to the model.
    """


@a_study(_any)
@click.option("--data", type=_FOLDER, help="A folder of task files beside the generated kinds.")
@_TASKS
@click.option("--recordings", type=click.Path(exists=True, path_type=Path), required=True, multiple=True,
              help="A recording, or a folder of them, whose tools the maker gives; may be given again.")  # fmt: skip
@click.option("--questions", type=click.IntRange(500), default=20_000, show_default=True, help="How many, about.")
@click.option("--sorting", type=click.IntRange(0), default=0, help="So many of the kind whose meaning turns.")
@click.option("--near-misses", type=click.FloatRange(0, 1), default=0.0, help="Share that are near misses.")
@click.option("--wrong-labels", type=click.FloatRange(0, 1), default=0.0,
              help="Share of direct answers that are wrong while a kind has no tool.")  # fmt: skip
@click.option("--reference-error", type=click.FloatRange(0, 1), default=0.0,
              help="Share of the model's answers that are wrong, at random.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Of the order.")
def adaptation() -> None:
    """Let a long stream of changing kinds pass through a product that audits itself.

    Kinds arrive during the first half; from the middle on one comes in other words, one behind a new preamble, and one
    means something else. After every 250 questions each version's bound is checked against the truth. The models are
    simulated; at most 5 % wrong are allowed and 10 % are audited, unless --max-error and --audit say otherwise.
    """


@a_study()
@_tasks_options
@_tools_option
@click.option("--rounds", type=click.IntRange(1), default=4, show_default=True, help="Draws of the known half.")
@click.option("--per-task", type=click.IntRange(1), default=40, show_default=True, help="Questions per task and round.")
@click.option("--asked", type=click.IntRange(0), default=2, show_default=True,
              help="With --dispatcher: questions per task that the model dispatcher decides too.")  # fmt: skip
@click.option(
    "--embeddings", default="", metavar="MODEL", help="Also by embeddings of this sentence-transformers model."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws and of the generated kinds.")
def dispatch() -> None:
    """Send questions of known and of new tasks to the right tool, or to none.

    By the local dispatcher, by wording and by similarity alone, and with --dispatcher by a model, as in the paper. The
    tools are those of an earlier run of `latm bench compiled`.
    """


@a_study()
@click.argument("axis", type=click.Choice(("temperature", "demonstrations", "tries", "makers", "pairs", "granularity")))
@_tasks_options
@click.option("--task", "names", multiple=True, metavar="NAME", help="Only this task; may be given again.")
@click.option("--value", "values", multiple=True, help="A point of the axis; may be given again.")
@click.option("--trials", type=click.IntRange(1), default=3, show_default=True, help="Makings per task and point.")
@click.option("--sample", type=click.IntRange(1), default=20, show_default=True,
              help="With pairs: test questions per task that the tool user answers.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the generated kinds.")
def sweep() -> None:
    """Make tools along one AXIS, and see how often that works, how good and how different they are, and what they cost.

    \b
    temperature      of the tool maker
    demonstrations   how many examples the proposal shows
    tries            how often a failure is fed back
    makers           tool makers' models; one --value each: old against new, weak against strong
    pairs            MAKER,USER by the paper's protocol; one --value each
    granularity      one tool for three, five and seven objects, or one each

    With makers and pairs every model has a recording of its own, named after --record or --replay.
    """  # noqa: D301  # the backslash is click's mark for a paragraph that keeps its lines


@bench.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="Print the tables of one run as a section for the docs.")
@click.option("--command", default="", help="With --markdown: the command that made the run, to stand above it.")
def view(runs: tuple[Path, ...], markdown: bool, command: str) -> None:
    """List runs, show one, or compare several.

    RUNS are folders. Without one, or with a folder that holds runs, they are listed; one run is shown; several are
    compared measure by measure.
    """
    folders = [found for one in runs or (RUNS,) for found in find_runs(one)]
    loaded = [(str(folder), read_run(folder)) for folder in folders]
    if markdown and len(loaded) == 1:
        click.echo(text.markdown(loaded[0][1], command))
    elif len(runs) == 1 and len(loaded) == 1:
        click.echo(text.summary(loaded[0][1]))
    elif len(runs) > 1:
        click.echo(text.comparison(loaded))
    else:
        click.echo(text.listing(loaded))
