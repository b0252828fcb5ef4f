"""What was written stays written: through kill -9, full disks and everyone writing at once."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from latm.answer import Answer, Route
from latm.errors import StoreError, StoreFullError
from latm.provenance import Making, Outcome
from latm.store import Batch, ToolCache
from latm.store.dialects import sqlite
from latm.task import Example, Record
from latm.tool import Program

ROUNDS = 2
BATCH = 10


def answered(number: int) -> Answer:
    return Answer(f"question {number} " + "x" * 200, "text", Route.TOOL, "sorting")


@contextmanager
def full_disk(limit: int = 200_000) -> Iterator[None]:
    """No file may grow beyond the limit, as if the disk ended there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:  # noqa: S603  # fixed
        pytest.skip("only root may mount a small disk, and not in every container")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607  # fixed


def test_kill_9_loses_no_finished_tool_and_no_answer_already_written(
    url: str, start: Callable[..., subprocess.Popen[str]]
) -> None:
    chance = random.Random(20)
    written: list[str] = []
    for number in range(ROUNDS):
        writers = [start("write_forever.py", url, f"{number}-{each}") for each in range(2)]
        for writer in writers:
            assert writer.stdout is not None
            written.append(writer.stdout.readline())
        for writer in writers:
            time.sleep(chance.uniform(0, 0.15))
            writer.send_signal(signal.SIGKILL)
            written += writer.communicate()[0].splitlines()
            assert writer.returncode == -signal.SIGKILL

    tools = {line.split()[1] for line in written if line.startswith("tool ")}
    answered_tasks = {line.split()[1] for line in written if line.startswith("answers ")}
    assert len(tools) >= 2 * ROUNDS
    with ToolCache.open(url) as cache:
        assert {tool.id for tool in cache.tools()} >= tools
        counts = {each.task: each.all.answers for each in cache.totals()}
        assert counts.keys() >= answered_tasks
        assert set(counts.values()) == {BATCH}  # a batch is written as a whole or not at all
        came = {name: record.came for name, record in cache.records(task.name for task in cache.tasks()).items()}
        assert {name: count for name, count in came.items() if count} == counts
        made = {making.task: making.tool_id for making in cache.makings()}
        assert {task.name: task.tool_id for task in cache.tasks() if task.tool_id} == made


def record_one_by_one(cache: ToolCache, written: list[Answer]) -> None:
    """Record answers until that is refused; `written` are those that were not."""
    for number in range(10_000):
        cache.record(Batch([answered(number)]))
        written.append(answered(number))


@pytest.mark.sqlite
def test_a_full_disk_is_said_and_loses_nothing(url: str) -> None:
    written: list[Answer] = []
    with ToolCache.open(url) as cache:
        with full_disk(), pytest.raises(StoreFullError, match=r"Nothing more can be written to .*latm\.db") as caught:
            record_one_by_one(cache, written)
        assert "Free some space" in caught.value.hint
        cache.record(Batch([answered(len(written))]))
    with ToolCache.open(url) as cache:
        assert cache.answers(limit=None)[::-1] == [*written, answered(len(written))]


def test_a_small_disk_that_fills_up_keeps_what_was_written(small_disk: Path) -> None:
    written: list[Answer] = []
    program = Program("#" * 500_000)
    with ToolCache.open(f"sqlite:///{small_disk}/latm.db") as cache:
        with pytest.raises(StoreFullError):
            record_one_by_one(cache, written)
        with pytest.raises(StoreFullError):
            cache.record_making(Making("sorting", Outcome.MADE, "", program.id, ""), program)
        assert (cache.tasks(), cache.tools(), cache.makings()) == ([], [], [])
        assert cache.answers(limit=None)[::-1] == written != []


@pytest.mark.sqlite
def test_a_batch_that_a_full_disk_refuses_leaves_no_trace_and_may_be_given_again(url: str) -> None:
    answers = [answered(number) for number in range(2_000)]
    examples = [("sorting", Example(answer.question, "a", "test:strong")) for answer in answers[:10]]
    batch = Batch(answers, examples, {"sorting": Record(came=2_000)})
    with ToolCache.open(url) as cache:
        with full_disk(), pytest.raises(StoreFullError):
            cache.record(batch)
        assert (cache.answers(), cache.tasks(), cache.records(["sorting"])) == ([], [], {})
        cache.record(batch)
        assert cache.answers(limit=None)[::-1] == answers
        assert len(cache.task("sorting").examples) == 10
        assert cache.records(["sorting"])["sorting"].came == 2_000


def test_threads_may_write_at_once(cache: ToolCache) -> None:
    def write(number: int) -> None:
        cache.add_examples(f"task-{number % 5}", [Example(f"question {number}", "a")])
        cache.record(Batch([answered(number)]))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    assert sorted(len(task.examples) for task in cache.tasks()) == [40] * 5
    assert len(cache.answers(limit=None)) == 200


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """As if another process were in the middle of writing."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_writer_waits_for_another_one(cache: ToolCache, path: Path) -> None:
    with locked(path) as other, ThreadPoolExecutor(1) as thread:
        recorded = thread.submit(cache.record, Batch([answered(1)]))
        assert cache.answers() == []  # readers do not wait
        other.execute("COMMIT")
        recorded.result(timeout=60)
    assert cache.answers() == [answered(1)]


def test_a_writer_that_waited_in_vain_says_so_and_may_try_again(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.1)
    with ToolCache.open(url) as cache:
        with locked(path), pytest.raises(StoreError, match="Another process has kept"):
            cache.record(Batch([answered(1)]))
        cache.record(Batch([answered(1)]))
        assert cache.answers() == [answered(1)]


def test_a_writer_never_waits_for_a_reader(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.1)
    with ToolCache.open(url) as cache, closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT * FROM answers").fetchall() == []
        cache.record(Batch([answered(1)]))
        assert cache.answers() == [answered(1)]


def test_a_cache_in_memory_is_one_for_all_threads() -> None:
    with ToolCache.open("sqlite://") as cache, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: cache.record(Batch([answered(number)])), range(100)))
        assert len(cache.answers(limit=None)) == 100
