"""Faults that were seen once: what callers get, what is kept, and what is tried again."""

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from latm import Answer, AsyncLatm, Instance, Question, Route, Scope, Settings
from latm.errors import (
    BudgetError,
    InputError,
    ModelError,
    ModelTimeoutError,
    PassingModelError,
    ProviderError,
    StoreAwayError,
    StoreFullError,
)
from latm.event import EventKind
from latm.learning import economy, leases, watcher, writer
from latm.learning.inbox import Inbox, Job
from latm.models import Meter, Models
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel
from latm.observing import MakingEnded, MakingPostponed, Notice, Shed, Spilled, StoreAway, StoreBack
from latm.provenance import Outcome
from latm.store import Batch, Recorded, ToolCache
from latm.store.makings import Journal
from latm.store.schema import claims
from latm.task import Example, TaskStatus
from toy import MAKER_STAGES, SUM_TOOL, sum_question, taste_question, toy_reply

pytestmark = pytest.mark.anyio

SUMS = [Instance(sum_question(n, n + 2), id=str(n)) for n in range(400)]


def models(reply: Callable[[Request], str | Exception] = toy_reply) -> tuple[Models, ScriptedModel]:
    model = ScriptedModel(reply)
    return Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter()), model


def settings(tmp_path: Path, **values: object) -> Settings:
    return Settings.model_validate(
        {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50} | values
    )


class Seen:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def on_event(self, event: Notice, /) -> None:
        self.notices.append(event)

    def of(self, kind: type[Notice]) -> list[Notice]:
        return [notice for notice in self.notices if isinstance(notice, kind)]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(economy, "_FIRST_PAUSE", 0.05)


def failing_at(stages: set[str], error: Exception, times: int = 10**9) -> Callable[[Request], str | Exception]:
    """A toy model that fails the first so many requests of some purposes."""
    left = [times]

    def reply(request: Request) -> str | Exception:
        if request.purpose in stages and left[0] > 0:
            left[0] -= 1
            return error
        return toy_reply(request)

    return reply


async def asked(latm: AsyncLatm, questions: Sequence[Instance], pause: float = 0.0) -> list[Answer]:
    answers = []
    for question in questions:
        answers.append(await latm.ask(question))
        await asyncio.sleep(pause)
    return answers


async def streamed(latm: AsyncLatm, questions: Sequence[Instance]) -> list[Answer]:
    return [answer async for answer in latm.run(questions, length=len(questions))]


async def by_tool(latm: AsyncLatm, seconds: float = 20.0) -> Answer:
    """Ask until a tool answers."""
    until = time.monotonic() + seconds
    number = 1000
    while time.monotonic() < until:
        number += 1
        answer = await latm.ask(sum_question(number, 1))
        if answer.route is Route.TOOL:
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError("no tool came into service")


@pytest.mark.parametrize(
    "error",
    [
        PassingModelError("HTTP 429.", retry_after=1.0),
        PassingModelError("HTTP 500."),
        ModelTimeoutError("No answer in time."),
        ProviderError("HTTP 401."),
        BudgetError("The budget is spent."),
    ],
    ids=lambda error: str(error.message),
)
async def test_a_maker_that_fails_reaches_no_caller_and_is_tried_again(tmp_path: Path, error: Exception) -> None:
    opened, _ = models(failing_at(MAKER_STAGES, error, times=2))
    seen = Seen()
    async with AsyncLatm(settings(tmp_path), models=opened, observer=seen) as latm:
        assert all(answer.ok for answer in await asked(latm, SUMS[:12], pause=0.01))
        await by_tool(latm)
        [task] = latm.cache.tasks()
        kinds = [event.kind for event in latm.cache.events(task.name)]
    assert len(seen.of(MakingPostponed)) == 2
    assert kinds.count(EventKind.POSTPONED) == 2


async def test_a_run_goes_on_without_tools_while_the_maker_is_out(tmp_path: Path) -> None:
    opened, _ = models(failing_at(MAKER_STAGES, PassingModelError("HTTP 500.")))
    seen = Seen()
    async with AsyncLatm(settings(tmp_path), models=opened, observer=seen) as latm:
        answers = await streamed(latm, SUMS[:80])
    assert {answer.route for answer in answers} == {Route.DIRECT}
    assert len(answers) == 80
    assert seen.of(MakingPostponed)


async def test_asks_at_once_of_one_new_kind_make_one_kind_and_one_tool(tmp_path: Path) -> None:
    opened, model = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await asyncio.gather(*(latm.ask(question) for question in SUMS[:24]))
        await by_tool(latm)
        tasks = latm.cache.tasks()
    assert len(tasks) == 1
    assert sum(request.purpose == "propose" for request in model.requests) == 1


async def test_what_is_expected_of_a_kind_does_not_depend_on_how_many_examples_are_kept(tmp_path: Path) -> None:
    opened, _ = models()
    # A direct answer of the toy takes about 14 tokens: 1,150 tokens are 84 of them, and 24 examples are kept.
    async with AsyncLatm(settings(tmp_path, making_tokens=1150), models=opened) as latm:
        await asked(latm, SUMS[:80])
        await by_tool(latm)
        [record] = latm.cache.records([latm.snapshot.known[0].task.name]).values()
    assert record.tried_at >= 84


async def test_a_kind_is_counted_over_all_processes(tmp_path: Path) -> None:
    for start in range(0, 120, 40):
        opened, model = models()
        async with AsyncLatm(settings(tmp_path, making_tokens=1150), models=opened) as latm:
            await asked(latm, SUMS[start : start + 40])
    assert sum(request.purpose == "propose" for request in model.requests) == 1


async def test_a_making_that_failed_is_tried_again_when_as_many_more_have_come(tmp_path: Path) -> None:
    def reply(request: Request) -> str:
        return "no module" if request.purpose in MAKER_STAGES and proposals() <= 3 else toy_reply(request)

    opened, model = models(reply)

    def proposals() -> int:
        return sum(request.purpose == "propose" for request in model.requests)

    async with AsyncLatm(settings(tmp_path, answer_style="reasoned"), models=opened) as latm:
        answers = await streamed(latm, SUMS[:64])
    assert {answer.route for answer in answers[:16]} == {Route.DIRECT}
    assert {answer.route for answer in answers[32:]} == {Route.TOOL}


async def test_empty_answers_are_no_examples_and_do_not_spoil_a_kind(tmp_path: Path) -> None:
    count = [0]

    def reply(request: Request) -> str:
        count[0] += request.purpose == "direct"
        return "" if request.purpose == "direct" and count[0] <= 40 else toy_reply(request)

    opened, _ = models(reply)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        answers = await streamed(latm, SUMS[:120])
    assert {(answer.route, answer.reason) for answer in answers[:40]} == {(Route.FAILED, "empty")}
    assert {answer.route for answer in answers[64:]} == {Route.TOOL}


async def test_wrong_examples_give_way_to_new_ones(tmp_path: Path) -> None:
    count = [0]

    def reply(request: Request) -> str:
        count[0] += request.purpose == "direct"
        return f"cut o{count[0]}" if request.purpose == "direct" and count[0] <= 40 else toy_reply(request)

    opened, _ = models(reply)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        answers = await streamed(latm, SUMS[:400])
    assert answers[-1].route is Route.TOOL
    assert all(answer.text == str(2 * n + 2) for n, answer in enumerate(answers) if answer.route is Route.TOOL)


async def test_a_tool_retired_elsewhere_during_a_call_leaves_the_call_whole(tmp_path: Path) -> None:
    slow = SUM_TOOL.replace("    return a + b", "    if a > 900:\n        sum(range(10**7))\n    return a + b")
    opened, _ = models(lambda request: slow if request.purpose in MAKER_STAGES else toy_reply(request))
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await streamed(latm, SUMS[:16])
        call = asyncio.create_task(latm.ask(sum_question(901, 1)))
        await asyncio.sleep(0.01)
        with ToolCache.open(settings(tmp_path).store) as other:
            other.retire(other.tasks()[0].name)
        assert (await call).text == "902"
        await asyncio.sleep(1.0)
        assert latm.snapshot.known[0].tool is None
        assert (await latm.ask(sum_question(902, 1))).route is Route.DIRECT


async def test_the_newest_that_another_process_says_is_followed_both_ways(tmp_path: Path) -> None:
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path, making="never"), models=opened) as latm:
        await streamed(latm, SUMS[:8])
        with ToolCache.open(settings(tmp_path).store) as other:
            for number in range(6):
                names = [task.name for task in other.tasks()]
                other.rename_task(names[0], f"sums {number}")
                await asked(latm, SUMS[8 + 4 * number : 12 + 4 * number])
        await asyncio.sleep(0.6)
        assert [known.task.name for known in latm.snapshot.known] == ["sums 5"]
        assert latm.snapshot.revision == latm.cache.revision()


class Moody:
    """Lets a store fail for a while."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails = False
        real = ToolCache.record

        def record(cache: ToolCache, batch: Batch, **options: int) -> Recorded:
            if self.fails:
                raise StoreFullError("Nothing more can be written.")
            return real(cache, batch, **options)

        monkeypatch.setattr(ToolCache, "record", record)


async def test_what_the_store_does_not_take_is_kept_and_written_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, _ = models()
    store, seen = Moody(monkeypatch), Seen()
    async with AsyncLatm(settings(tmp_path, making="never"), models=opened, observer=seen) as latm:
        store.fails = True
        assert len(await streamed(latm, SUMS[:24])) == 24
        store.fails = False
        await asked(latm, SUMS[24:26])
    with ToolCache.open(settings(tmp_path).store) as cache:
        assert sorted(int(answer.id) for answer in cache.answers()) == list(range(26))
    assert [type(notice) for notice in seen.notices if isinstance(notice, StoreAway | StoreBack)] == [
        StoreAway,
        StoreBack,
    ]


async def test_what_the_store_never_takes_is_spilled_and_taken_up_at_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, _ = models()
    store, seen = Moody(monkeypatch), Seen()
    scope = Scope(project="birds")
    async with AsyncLatm(settings(tmp_path, making="never"), models=opened, observer=seen) as latm:
        store.fails = True
        for number in range(10):
            await latm.ask(Question(sum_question(number, 1), scope, str(number)))
    assert [notice.answers for notice in seen.of(Spilled) if isinstance(notice, Spilled)] == [10]
    store.fails = False
    async with AsyncLatm(settings(tmp_path, making="never"), models=opened) as latm:
        logged = latm.cache.answers()
    assert sorted(int(answer.id) for answer in logged) == list(range(10))
    assert {answer.scope for answer in logged} == {scope}
    assert not list(tmp_path.glob("*.spill.jsonl"))  # noqa: ASYNC240  # a test may wait for a disk


async def test_a_full_inbox_sheds_learning_and_never_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, _ = models()
    seen = Seen()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await streamed(latm, SUMS[:16])
    real = ToolCache.record

    def slow(cache: ToolCache, batch: Batch) -> Recorded:
        time.sleep(0.5)
        return real(cache, batch)

    monkeypatch.setattr(ToolCache, "record", slow)
    async with AsyncLatm(settings(tmp_path, inbox=300), models=opened, observer=seen) as latm:
        answers = await streamed(latm, [Instance(sum_question(n, 9)) for n in range(3000)])
    assert {answer.route for answer in answers} == {Route.TOOL}
    shed = sum(notice.answers for notice in seen.of(Shed) if isinstance(notice, Shed))
    with ToolCache.open(settings(tmp_path).store) as cache:
        assert len(cache.answers(limit=None)) + shed == 16 + 3000
    assert shed > 0


async def test_tools_answer_while_another_process_holds_the_store(tmp_path: Path) -> None:
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await streamed(latm, SUMS[:16])
        other = sqlite3.connect(tmp_path / "latm.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        started, done = time.monotonic(), 0
        while time.monotonic() - started < 1.0:
            assert (await latm.ask(sum_question(5, done))).route is Route.TOOL
            done += 1
        other.execute("COMMIT")
        other.close()
    assert done > 20


async def test_a_task_that_a_person_renames_keeps_its_making(tmp_path: Path) -> None:
    opened, model = models()
    async with AsyncLatm(settings(tmp_path, making_tokens=300), models=opened) as latm:
        await streamed(latm, SUMS[:8])
        [known] = latm.snapshot.known
        latm.cache.rename_task(known.task.name, "sums of two")
        await by_tool(latm)
        names = {known.task.name for known in latm.snapshot.known if known.tool}
    assert names == {"sums of two"}
    assert sum(request.purpose == "propose" for request in model.requests) == 1


async def test_a_stream_of_one_off_questions_leaves_no_tasks_behind(tmp_path: Path) -> None:
    words = re.findall("..", "".join(f"{n:x}" for n in range(3000)))
    opened, _ = models(lambda _: "who knows")
    async with AsyncLatm(settings(tmp_path, buffer=50), models=opened) as latm:
        questions = [Instance(" ".join(words[n * 7 % 900 : n * 7 % 900 + 7]) + f" q{n}") for n in range(300)]
        await streamed(latm, questions)
        assert len(latm.cache.tasks()) <= 3


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (None, "A question is a text, and this is a NoneType"),
        (b"bytes", "A question is a text, and this is a bytes"),
        (7, "A question is a text, and this is a int"),
        ([{"role": "user", "content": "hello"}], "A question is a text, and this is a list"),
        ("", "The question is empty"),
        (" \n\t ", "The question is empty"),
    ],
    ids=["None", "bytes", "int", "messages", "empty", "blank"],
)
async def test_what_is_no_question_is_refused_in_one_sentence(tmp_path: Path, bad: object, said: str) -> None:
    opened, model = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        with pytest.raises(InputError, match=said):
            await latm.ask(bad)  # type: ignore[arg-type]  # that is the point
    assert not model.requests


@pytest.mark.parametrize(
    "text", ["\ud800 lone", "nul \x00 inside", "x" * 2_000_000, "\u202e\u200b", "(" * 5000, "9" * 100_000]
)
async def test_an_odd_text_is_answered_and_can_be_read_back(tmp_path: Path, text: str) -> None:
    opened, _ = models(lambda _: "odd")
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        assert (await latm.ask(text)).text == "odd"
    with ToolCache.open(settings(tmp_path).store) as cache:
        assert [answer.question for answer in cache.answers()] == [text]


async def test_a_blank_row_fails_alone(tmp_path: Path) -> None:
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        answers = await streamed(latm, [SUMS[1], Instance("  ", id="blank"), SUMS[2]])
    assert [(answer.route, answer.reason) for answer in answers][1] == (Route.FAILED, "empty question")
    assert [answer.ok for answer in answers] == [True, False, True]


async def test_untoolable_kinds_are_asked_of_the_maker_once(tmp_path: Path) -> None:
    opened, model = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await streamed(latm, [Instance(taste_question(n, n + 2)) for n in range(80)])
        [task] = latm.cache.tasks()
    assert task.status is TaskStatus.UNTOOLABLE
    assert sum(request.purpose == "propose" for request in model.requests) == 1


async def test_scopes_share_no_example_no_tool_and_no_answer(tmp_path: Path) -> None:
    one, other = Scope(instructions="As a number."), Scope(instructions="In words.")
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await streamed(latm, [Instance(sum_question(n, 1), scope=one) for n in range(16)])
        assert (await latm.ask(Question(sum_question(50, 1), one))).route is Route.TOOL
        assert (await latm.ask(Question(sum_question(50, 1), other))).route is Route.DIRECT
        assert (await latm.ask(sum_question(50, 1))).route is Route.DIRECT
        assert {known.task.scope for known in latm.snapshot.known} == {one}


ERRORS: dict[str, Exception] = {
    "429": PassingModelError("HTTP 429.", retry_after=0.01),
    "5xx": PassingModelError("HTTP 503."),
    "timeout": ModelTimeoutError("No answer in time."),
    "auth": ProviderError("HTTP 401."),
    "budget": BudgetError("The budget is spent."),
}


@pytest.mark.parametrize("failure", ERRORS)
@pytest.mark.parametrize("role", ["user", "dispatcher"])
async def test_a_light_model_that_fails_leaves_the_question_to_the_strong_one(
    tmp_path: Path, role: str, failure: str
) -> None:
    opened, strong = models()
    broken = ScriptedModel(lambda _: ERRORS[failure], name="broken")
    light = Models(
        maker=strong,
        user=broken if role == "user" else None,
        dispatcher=broken if role == "dispatcher" else None,
        direct=strong,
        meter=opened.meter,
    )
    async with AsyncLatm(settings(tmp_path), models=light) as latm:
        await streamed(latm, SUMS[:16])
        answer = await latm.ask("Add the numbers thirty and 12. Reply with the sum only.")
    assert answer.route is Route.DIRECT
    assert broken.requests


@pytest.mark.parametrize("failure", ERRORS)
@pytest.mark.parametrize("call", ["ask", "run"])
async def test_a_direct_model_that_fails_fails_the_question_or_says_what_to_mend(
    tmp_path: Path, call: str, failure: str
) -> None:
    error = ERRORS[failure]
    assert isinstance(error, ModelError)
    opened, _ = models(lambda _: error)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        asking = asked(latm, SUMS[:1]) if call == "ask" else streamed(latm, SUMS[:1])
        if error.ends_run:
            with pytest.raises(type(error), match=re.escape(error.message)):
                await asking
        else:
            [answer] = await asking
            assert (answer.route, answer.reason) == (Route.FAILED, error.reason)


@pytest.mark.parametrize("failure", ERRORS)
async def test_make_says_what_failed_and_goes_on_from_there(tmp_path: Path, failure: str) -> None:
    from latm import Example

    examples = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
    opened, _ = models(failing_at(MAKER_STAGES, ERRORS[failure], times=1))
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        with pytest.raises(type(ERRORS[failure])):
            await latm.make("sums", examples)
        assert (await latm.make("sums", examples)).outcome is Outcome.MADE


async def test_the_crowd_of_makings_is_told_to_observers(tmp_path: Path) -> None:
    seen = Seen()
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path), models=opened, observer=seen) as latm:
        await streamed(latm, SUMS[:16])
    kinds = [type(notice).__name__ for notice in seen.notices]
    for wanted in ("Answered", "MakingBegun", "MakingEnded", "TookOver"):
        assert wanted in kinds
    assert [notice.making.outcome for notice in seen.of(MakingEnded) if isinstance(notice, MakingEnded)] == [
        Outcome.MADE
    ]


async def test_what_the_maker_was_paid_for_outlasts_a_store_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, model = models()
    left, put = [2], Journal.put

    def away_at_first(journal: Journal, key: str, occurrence: int, completion: Completion) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise StoreAwayError("It is away.")
        put(journal, key, occurrence, completion)

    monkeypatch.setattr(Journal, "put", away_at_first)
    monkeypatch.setattr(writer, "_AGAIN", 0.01)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await streamed(latm, SUMS[:16])
        assert [making.outcome for making in latm.cache.makings()] == [Outcome.MADE]
    assert left[0] < 0
    assert sum(request.purpose == "propose" for request in model.requests) == 1


async def test_a_maker_whose_claim_is_anothers_pays_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thinking = asyncio.Event()

    class Slow(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            if request.purpose in MAKER_STAGES:
                thinking.set()
                await asyncio.sleep(3600)
            return await super().complete(request)

    model = Slow(toy_reply)
    opened = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    monkeypatch.setattr(leases, "_RENEWED", 0.01)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await asked(latm, SUMS[:16])
        await thinking.wait()
        [task] = latm.cache.tasks()
        with latm.cache.writing() as connection:
            connection.execute(update(claims).values(owner="another", expires=1e12))
        await latm._circle.workshop.finish()
        assert latm.health().makings == 0
        assert latm.cache.makings(task.name) == []


async def test_the_claims_of_all_makings_are_renewed_in_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And until they are on record; else a process with many makings would do nothing but renew."""
    together, renew = asyncio.Event(), ToolCache.renew_claims
    loop = asyncio.get_running_loop()

    def renewed(cache: ToolCache, owners: Sequence[str], seconds: float) -> set[str]:
        if len(owners) == 2:
            loop.call_soon_threadsafe(together.set)
        return renew(cache, owners, seconds)

    class Slow(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            if request.purpose in MAKER_STAGES:
                await together.wait()
            return await super().complete(request)

    monkeypatch.setattr(ToolCache, "renew_claims", renewed)
    monkeypatch.setattr(leases, "_RENEWED", 0.01)
    model = Slow(toy_reply)
    opened = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        examples = [Example(one.question, str(2 * n + 2), "m") for n, one in enumerate(SUMS[:8])]
        makings = await asyncio.gather(*(latm.make(name, examples) for name in ("one", "two")))
    assert {making.outcome for making in makings} <= {Outcome.MADE, Outcome.REUSED}


async def test_claims_are_renewed_before_whatever_else_the_writer_has_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that runs out while its renewal waits is another's, who pays again."""
    thinks, is_held_up, waits, is_renewed = (asyncio.Event() for _ in range(4))
    renew, put_in, done, go = ToolCache.renew_claims, Inbox.do, list[str](), threading.Event()
    loop = asyncio.get_running_loop()

    def renewed(cache: ToolCache, owners: Sequence[str], seconds: float) -> set[str]:
        done.append("renewal")
        loop.call_soon_threadsafe(is_renewed.set)
        return renew(cache, owners, seconds)

    def watched(inbox: Inbox, job: Job, **ranks: bool) -> None:
        put_in(inbox, job, **ranks)
        if is_held_up.is_set() and getattr(job.call, "func", None) == latm.cache.renew_claims:
            waits.set()

    def hold_up() -> None:
        loop.call_soon_threadsafe(is_held_up.set)
        go.wait()
        done.clear()

    class Slow(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            if request.purpose in MAKER_STAGES:
                thinks.set()
                await is_held_up.wait()
                await is_renewed.wait()
            return await super().complete(request)

    monkeypatch.setattr(ToolCache, "renew_claims", renewed)
    monkeypatch.setattr(Inbox, "do", watched)
    monkeypatch.setattr(leases, "_RENEWED", 0.01)
    model = Slow(toy_reply)
    opened = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        examples = [Example(one.question, str(2 * n + 2), "m") for n, one in enumerate(SUMS[:8])]
        making = asyncio.ensure_future(latm.make("sums", examples))
        await thinks.wait()
        write = latm._circle.writer
        jobs = [asyncio.ensure_future(write.do(hold_up))]
        await is_held_up.wait()
        is_renewed.clear()
        jobs += [asyncio.ensure_future(write.do(lambda: done.append("job"))) for _ in range(3)]
        jobs += [asyncio.ensure_future(write.outlast(lambda: done.append("reply"))) for _ in range(3)]
        await waits.wait()
        go.set()
        await asyncio.gather(*jobs)
        assert done[0] == "renewal"
        assert [one for one in done if one != "renewal"] == ["reply"] * 3 + ["job"] * 3
        assert (await making).outcome is Outcome.MADE


async def test_a_claim_is_kept_from_its_first_moment_on_however_much_the_writer_has_to_do_before_the_making(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a hundred makings begin at once: what waits behind them for a minute is another's by then."""
    claim, renew, put_in = ToolCache.claim_making, ToolCache.renew_claims, Inbox.do
    is_claimed, is_renewed, before = threading.Event(), asyncio.Event(), list[Job]()
    loop = asyncio.get_running_loop()

    def claimed(cache: ToolCache, *args: Any) -> Any:
        done = claim(cache, *args)
        is_claimed.set()
        return done

    def renewed(cache: ToolCache, owners: Sequence[str], seconds: float) -> set[str]:
        loop.call_soon_threadsafe(is_renewed.set)
        return renew(cache, owners, seconds)

    def noted(inbox: Inbox, job: Job, **ranks: bool) -> None:
        if is_claimed.is_set() and not any(ranks.values()) and not is_renewed.is_set():
            before.append(job)
        put_in(inbox, job, **ranks)

    monkeypatch.setattr(ToolCache, "claim_making", claimed)
    monkeypatch.setattr(ToolCache, "renew_claims", renewed)
    monkeypatch.setattr(Inbox, "do", noted)
    monkeypatch.setattr(leases, "_RENEWED", 0.01)

    class Slow(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            await is_renewed.wait()
            return await super().complete(request)

    model = Slow(toy_reply)
    opened = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        examples = [Example(one.question, str(2 * n + 2), "m") for n, one in enumerate(SUMS[:8])]
        assert (await latm.make("sums", examples)).outcome is Outcome.MADE
    assert before == []


async def test_who_hears_late_of_a_tool_makes_no_second_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = models()
    other, late = models()
    async with AsyncLatm(settings(tmp_path), models=one) as first:
        await streamed(first, SUMS[:8])
        monkeypatch.setattr(watcher, "_POLL_SECONDS", 3600.0)
        async with AsyncLatm(settings(tmp_path), models=other) as second:
            [task] = second.cache.tasks()
            assert second.snapshot.tool(task.name) is None
            await streamed(first, SUMS[8:32])
            assert [making.outcome for making in first.cache.makings()] == [Outcome.MADE]
            await second._circle.workshop.make_ripe([task.name])
            assert len(second.cache.makings()) == 1
    assert not [request for request in late.requests if request.purpose in MAKER_STAGES]
