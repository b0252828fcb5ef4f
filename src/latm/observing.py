"""Observers: one method through which logs, progress, metrics and pages see everything that happens."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from latm.answer import Answer
from latm.errors import LatmError
from latm.event import Event
from latm.ledger import Usage
from latm.provenance import Making

log = logging.getLogger("latm")
log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Answered:
    """A question was answered, or failed."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Shed:
    """Answers were given but not learnt from, for want of room; no log has them. The count is since the last notice."""

    answers: int


@dataclass(frozen=True, slots=True)
class RoleFailed:
    """The model of a role failed, and the question went on without it."""

    role: str
    error: LatmError


@dataclass(frozen=True, slots=True)
class MakingBegun:
    """A tool is being made for a task."""

    task: str


@dataclass(frozen=True, slots=True)
class MakingEnded:
    """A making reached a verdict: made, reused, untoolable or failed."""

    making: Making


@dataclass(frozen=True, slots=True)
class AwaitsApproval:
    """A verified version of a task's tool waits until a person approves it."""

    task: str
    tool: str


@dataclass(frozen=True, slots=True)
class MakingPostponed:
    """A making could not be carried out; it is tried again after so many seconds."""

    task: str
    error: Exception
    seconds: float


@dataclass(frozen=True, slots=True)
class TookOver:
    """What the store says of these tasks was taken over; `tools` are the programs that newly serve."""

    revision: int
    tasks: Sequence[str]
    tools: Sequence[str]


@dataclass(frozen=True, slots=True)
class StoreAway:
    """The store cannot be read or written; tools go on answering, and what is learnt waits."""

    error: Exception


@dataclass(frozen=True, slots=True)
class StoreBack:
    """The store works again, and what waited is written."""


@dataclass(frozen=True, slots=True)
class Spilled:
    """Answers that the store did not take are in a file beside it, and are taken up when it is next opened."""

    answers: int
    path: str


@dataclass(frozen=True, slots=True)
class AuditEnded:
    """An answer of a version was compared: `verdict` is `right`, `wrong`, or `abstained` if it had none in shadow.

    `source` says why it was audited: `coin`, `shadow`, `extra` or `gold`.
    """

    task: str
    version: int
    source: str
    verdict: str
    question: str
    text: str | None
    reference: str | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class AuditPostponed:
    """An audit could not be carried out; it is tried again after so many seconds, and counts as wrong until then."""

    task: str
    error: Exception
    seconds: float


@dataclass(frozen=True, slots=True)
class Decided:
    """Audits have decided something about a version: it was promoted, suspended, retired, or has drifted."""

    event: Event


Notice = (
    Answered
    | Shed
    | RoleFailed
    | MakingBegun
    | MakingEnded
    | AwaitsApproval
    | MakingPostponed
    | TookOver
    | StoreAway
    | StoreBack
    | Spilled
    | AuditEnded
    | AuditPostponed
    | Decided
)
"""Everything that an observer may be told."""


class Observer(Protocol):
    """Is told what happens while it happens, on whatever thread it happens; must be quick."""

    def on_event(self, event: Notice, /) -> None:
        """One thing has happened."""
        ...


class LoggingObserver:
    """The default observer: the `latm` logger hears of everything but the answers, which it hears of at `DEBUG`."""

    def on_event(self, event: Notice, /) -> None:
        """Log it at a level that fits."""
        level, words = _said(event)
        if log.isEnabledFor(level):
            log.log(level, *words)


def _said(event: Notice) -> tuple[int, tuple[object, ...]]:  # noqa: C901, PLR0911, PLR0912  # one line a kind of notice
    """How much a notice matters, and what to say: a format and its arguments."""
    match event:
        case Answered(answer):
            return logging.DEBUG, ("%s answered by %s", answer.task, answer.route)
        case Shed(count):
            return logging.WARNING, ("%d answers were given but not learnt from: the inbox is full", count)
        case RoleFailed(role, error):
            said = "the %s failed, and the question went on without it: %s"
            return logging.WARNING, (said, role, error.message)
        case MakingBegun(task):
            return logging.INFO, ("making a tool for %s", task)
        case MakingEnded(making):
            return logging.INFO, ("%s: %s, %s", making.task, making.outcome, making.reason)
        case AwaitsApproval(task, tool):
            return logging.INFO, ("tool %s of %s waits for approval", tool, task)
        case MakingPostponed(task, failure, seconds):
            said = "no tool could be made for %s: %s It is tried again in %.0f s."
            return logging.WARNING, (said, task, failure, seconds)
        case TookOver(revision, tasks, _):
            return logging.DEBUG, ("took over %d tasks at revision %d", len(tasks), revision)
        case StoreAway(failure):
            return logging.ERROR, ("the store is away, tools go on answering: %s", failure)
        case StoreBack():
            return logging.INFO, ("the store is back",)
        case Spilled(count, path):
            return logging.ERROR, ("%d answers that the store did not take are in %s", count, path)
        case AuditEnded(task, version, source, verdict):
            level = logging.INFO if verdict == "wrong" else logging.DEBUG
            return level, ("an audit (%s) of version %d of %s found it %s", source, version, task, verdict)
        case AuditPostponed(task, failure, seconds):
            said = "an audit of %s could not be carried out: %s It is tried again in %.0f s."
            return logging.WARNING, (said, task, failure, seconds)
        case Decided(made):
            return logging.WARNING, ("version %s of %s was %s: %s", made.version, made.task, made.kind, made.why)


class Observers:
    """Several observers as one. One that raises is logged, and hinders neither the others nor what happens.

    Args:
        observers: told in this order.
    """

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def on_event(self, event: Notice, /) -> None:
        """Tell them all."""
        for observer in self._observers:
            try:
                observer.on_event(event)
            except Exception:
                log.exception("an observer failed on %s", type(event).__name__)
