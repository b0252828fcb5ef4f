"""The demo from its options to its summary."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from rich.console import Console

from latm.demo.display import Display, print_summary
from latm.demo.page import page_of
from latm.demo.running import Course, run
from latm.demo.saving import list_price, saving_of
from latm.demo.scoring import Score, score
from latm.demo.settings import DemoSettings
from latm.demo.streams import SEED, Stream
from latm.demo.summary import Replayed, Summary
from latm.errors import ReplayMissError, SettingsError
from latm.ledger import Usage
from latm.models import Models, open_models
from latm.models.recording import load_recording
from latm.report import write_report


@dataclass(frozen=True, slots=True)
class Choices:
    """What `latm demo` was asked to do; the flags of the command, by name."""

    stream: Stream = Stream.EVERYDAY
    questions: int | None = None
    seed: int = SEED
    html: Path = Path("latm-demo.html")
    store: str | None = None
    price_as: str | None = None
    replay: Path | None = None
    record: Path | None = None
    maker: str | None = None
    direct: str | None = None
    user: str | None = None
    timeout: float = 120.0
    concurrency: int = 8

    @property
    def length(self) -> int:
        """How many questions: as many as the stream's recording has, unless told otherwise."""
        return self.questions or self.stream.length

    @property
    def recording(self) -> Path:
        """What completions are taken from, or written to."""
        return self.record or self.replay or self.stream.recording

    @property
    def is_copy(self) -> bool:
        """Whether what the run uses of one recording is written to another, and no model is asked."""
        return self.record is not None and self.replay is not None

    @property
    def grouping(self) -> Literal["look-back", "arrival"]:
        """As the recording of the stream was made."""
        return "arrival" if self.stream is Stream.BARE else "look-back"


async def run_demo(choices: Choices, console: Console, *, quiet: bool = False, models: Models | None = None) -> Summary:
    """Run, score, print, and write the page.

    Args:
        choices: what is asked.
        console: for progress and, unless quiet, the table.
        quiet: leave the table out.
        models: of all roles; None: the recording's, or real ones to record.

    Raises:
        LatmError: a model is missing, a price unknown, the recording lacks a request, or the product failed.
    """
    if choices.price_as:
        list_price(choices.price_as, Usage())
    instances = choices.stream.instances(choices.seed, choices.length)
    with ExitStack() as stack:
        settings = _settings(choices, choices.store or _fresh_store(stack))
        display = stack.enter_context(Display(console, len(instances), lines=choices.maker is not None))
        course = await _run(settings, [instance.question for instance in instances], models, display)
    summary = _summary(choices, course, score(course, instances))
    if not quiet:
        print_summary(console, summary)
    write_report(page_of(summary), choices.html)
    console.print(f"The page with the plots: {choices.html}", highlight=False)
    return summary


def _settings(choices: Choices, store: str) -> DemoSettings:
    if choices.record is None or choices.is_copy:
        if choices.maker or choices.direct or choices.user:
            raise SettingsError("A model is named, but all is replayed.", hint="Give --record FILE without --replay.")
        return DemoSettings(
            store=store,
            grouping=choices.grouping,
            replay=choices.replay or choices.recording,
            record=choices.record,
        )
    if choices.maker is None:
        raise SettingsError("--record needs a model to record.", hint="Add --maker provider:model, or model@URL.")
    return DemoSettings(
        store=store,
        grouping=choices.grouping,
        record=choices.record,
        maker=choices.maker,
        direct=choices.direct,
        user=choices.user,
        timeout=choices.timeout,
        concurrency=choices.concurrency,
    )


def _fresh_store(stack: ExitStack) -> str:
    return f"sqlite:///{stack.enter_context(TemporaryDirectory(prefix='latm-demo-'))}/latm.db"


async def _run(settings: DemoSettings, questions: list[str], models: Models | None, display: Display) -> Course:
    try:
        return await run(settings, questions, models or open_models(settings), display)
    except ReplayMissError as miss:
        raise ReplayMissError(
            miss.message,
            hint="A recording holds one stream with one version of the prompts. Without --questions and --seed the "
            "recording that ships with latm is for this version; for anything else, record again with --record.",
        ) from miss


def _summary(choices: Choices, course: Course, scored: Score) -> Summary:
    entries = load_recording(choices.recording).entries if course.replayed.calls else []
    return Summary(
        course=course,
        score=scored,
        saving=saving_of(course, scored, choices.price_as),
        replayed=Replayed.of(course, entries),
        seed=choices.seed,
        recorded_to=choices.record,
    )
