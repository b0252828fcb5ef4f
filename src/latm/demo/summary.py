"""The summary: one plain object that says how a run went, for `latm demo --json` and for scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from latm.answer import Route
from latm.demo.objects import CountsObject, DemoObject, FoundObject, ReplayedObject, SavingObject
from latm.demo.running import Course
from latm.demo.saving import Saving
from latm.demo.scoring import FoundTask, Score, Tally
from latm.ledger import usd
from latm.models.recording import Entry


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came from a recording.

    Attributes:
        completions: how many of the run's completions were replayed.
        models: the models that the recording says answered.
        since: when the first was recorded, ISO 8601, UTC.
        until: when the last was.
    """

    completions: int
    models: Sequence[str]
    since: str
    until: str

    @classmethod
    def of(cls, course: Course, entries: Iterable[Entry]) -> "Replayed | None":
        """What a run took from a recording; None if nothing."""
        recorded = list(entries)
        if not course.replayed.calls or not recorded:
            return None
        times = sorted(entry.recorded_at for entry in recorded)
        return cls(course.replayed.calls, sorted({entry.model for entry in recorded}), times[0], times[-1])


@dataclass(frozen=True, slots=True)
class Summary:
    """A run with all that is said of it.

    Attributes:
        course: what happened.
        score: against the truth.
        saving: against answering everything directly.
        replayed: what came from a recording; None if nothing.
        seed: of the stream.
        recorded_to: the recording that this run wrote; None if it wrote none.
    """

    course: Course
    score: Score
    saving: Saving
    replayed: Replayed | None
    seed: int
    recorded_to: Path | None = None

    def to_json(self) -> DemoObject:
        """One plain object."""
        return {
            **_counts(self.score.total),
            "tokens": self.course.usage.tokens,
            "model_calls": self.course.usage.calls,
            "calls_by_purpose": dict(self.course.calls),
            "tasks": [_found(found) for found in self.score.found],
            "kinds": [{"name": kind, **_counts(tally)} for kind, tally in self.score.kinds.items()],
            "replayed": None if self.replayed is None else cast("ReplayedObject", asdict(self.replayed)),
            "saving": _saving(self.saving),
            "seconds": round(self.course.seconds, 3),
            "seed": self.seed,
        }


def _counts(tally: Tally) -> CountsObject:
    return {
        "questions": tally.questions,
        "right": tally.right,
        "wrong": tally.wrong,
        "by_tool": tally.by_tool,
        "right_by_tool": tally.right_by_tool,
        "after_tool": tally.after_tool,
        "by_tool_after": tally.by_tool_after,
        "routes": {
            "tool": tally.by_tool,
            "tool_user": tally.routes.get(Route.TOOL_USER, 0),
            "direct": tally.routes.get(Route.DIRECT, 0),
            "failed": tally.routes.get(Route.FAILED, 0),
        },
    }


def _found(found: FoundTask) -> FoundObject:
    return {
        "name": found.name,
        "status": found.status,
        "reason": found.task.reason if found.task else "",
        "tool_id": found.task.tool_id if found.task else None,
        "kind": found.kind,
        "kinds": dict(found.kinds),
        **_counts(found.tally),
        "tokens": found.tally.usage.tokens + found.making.tokens,
        "making_tokens": found.making.tokens,
    }


def _saving(saving: Saving) -> SavingObject:
    return {
        "spent_tokens": saving.spent.tokens,
        "all_direct_tokens_estimated": saving.all_direct.tokens,
        "saved_share_estimated": round(saving.share, 4),
        "style": saving.style,
        "priced_as": saving.priced_as,
        "spent_usd": usd(saving.spent_usd),
        "all_direct_usd_estimated": usd(saving.all_direct_usd),
    }
