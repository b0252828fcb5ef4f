"""Tidying up: what was forgotten counts no longer, and what died out is looked up no more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from latm.answer import Answer, Route
from latm.learning import learner as learner_module
from latm.learning.chores import Chore
from latm.learning.learner import Learner
from latm.learning.watcher import Watcher
from latm.observing import LoggingObserver
from latm.question import Scope
from latm.settings import Settings
from latm.store import Batch, Recorded, ToolCache
from toy import sum_question

SUMS = [Answer(sum_question(n, n), str(2 * n), Route.DIRECT) for n in range(10)]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToolCache]:
    """A store, and tomorrow whenever something is looked for that is old."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(learner_module, "datetime", SimpleNamespace(now=lambda _: tomorrow))
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        yield cache


def learner(cache: ToolCache, heard: list[Recorded], **settings: object) -> tuple[Learner, Watcher]:
    watcher = Watcher(cache, LoggingObserver())
    watcher.refresh()
    given = Settings.model_validate(settings)
    return Learner(cache, watcher, given, source="m", makes=False, on_recorded=heard.append), watcher


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({}, ["north", "south"]),
        ({"retention_days": 0}, []),
        ({"retention_days_of": {"north": 0}}, ["south"]),
        ({"retention_days": 0, "retention_days_of": {"north": 9}}, ["north"]),
    ],
)
def test_what_is_past_its_retention_is_forgotten_for_each_project_and_in_general(
    cache: ToolCache, settings: dict[str, object], left: list[str]
) -> None:
    cache.record(Batch([Answer("?", "!", Route.DIRECT, scope=Scope(name)) for name in ("north", "south")]))
    ours, _ = learner(cache, [], **settings)
    ours.tidy()
    assert sorted(answer.scope.project for answer in cache.answers()) == left


@pytest.mark.parametrize(("settings", "kinds"), [({}, 1), ({"retention_days": 0}, 0)])
def test_questions_that_are_past_their_retention_make_no_kind(
    cache: ToolCache, settings: dict[str, object], kinds: int
) -> None:
    ours, watcher = learner(cache, [], **settings)
    ours.learn(SUMS[:5], None)
    ours.tidy()
    ours.learn(SUMS[5:8], None)
    assert len(watcher.snapshot) == kinds


def test_a_kind_that_has_died_out_is_looked_up_no_more_and_that_is_told(cache: ToolCache) -> None:
    heard: list[Recorded] = []
    ours, watcher = learner(cache, heard, dormant_days=0)
    ours.learn(SUMS, None)
    assert len(watcher.snapshot) == 1
    ours.tidy()
    assert len(watcher.snapshot) == 0
    assert [event.evidence["what"] for one in heard for event in one.events] == ["died out"]


def test_a_mistake_of_ours_in_a_chore_is_logged_and_ends_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    def mistaken() -> None:
        raise RuntimeError("a mistake")

    Chore(60.0, mistaken, "could not tidy up").look()
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == ("ERROR", "could not tidy up")
