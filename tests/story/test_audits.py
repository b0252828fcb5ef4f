"""Answers with a bound: audits off the path of the answers, and a product that obeys what they decide."""

import asyncio
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from latm import Answer, AsyncLatm, Instance, Route, Settings
from latm.auditing import Source
from latm.errors import InputError, PassingModelError, StoreAwayError
from latm.event import EventKind
from latm.ledger import Usage
from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel
from latm.observing import AuditEnded, AuditPostponed, Decided, Notice
from latm.store import Audit, ToolCache
from latm.task import TaskStatus
from latm.tool import ToolStatus
from toy import SUM_TOOL, sum_question, toy_reply

pytestmark = pytest.mark.anyio

NUMBERS = re.compile(r"\d+")
BAD_TOOL = SUM_TOOL.replace("return a + b", "return a + b if a < 60 else a - b")
Reply = Callable[[Request], str | Exception]


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices = list[Notice]()

    def on_event(self, event: Notice, /) -> None:
        self.notices.append(event)


def opened(tmp_path: Path, reply: Reply = toy_reply, **values: object) -> tuple[AsyncLatm, Told, ScriptedModel]:
    model, meter, told = ScriptedModel(reply), Meter(), Told()
    metered = {role: Metered(model, meter, role) for role in ("maker", "direct")}
    models = Models(metered["maker"], None, None, metered["direct"], meter)
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50} | values
    return AsyncLatm(Settings.model_validate(given), models=models, observer=told), told, model


def sums(count: int, start: int = 0) -> list[Instance]:
    return [Instance(sum_question(n, n + 2), id=str(n)) for n in range(start, start + count)]


async def answers_to(latm: AsyncLatm, stream: list[Instance]) -> list[Answer]:
    answers = [answer async for answer in latm.run(stream, length=len(stream))]
    await latm.audited()
    return answers


async def test_nothing_is_audited_where_nobody_asks_for_it(tmp_path: Path) -> None:
    latm, told, model = opened(tmp_path)
    async with latm:
        answers = await answers_to(latm, sums(40))
        [known] = latm.cache.certificates()
    assert len(model.requests) == 8 + 1
    assert (known.bound.served, known.audits, known.bound.rate) == (32, 0, 1.0)
    assert answers[-1].bound == 1.0
    assert not any(isinstance(notice, AuditEnded | Decided) for notice in told.notices)


async def test_a_certified_tool_serves_once_its_audits_have_earned_it(tmp_path: Path) -> None:
    latm, told, _ = opened(tmp_path, max_error="20%", audit=0.5)
    async with latm:
        answers = await answers_to(latm, sums(120))
        [known] = latm.cache.certificates()
        kinds = [event.kind for event in latm.cache.events() if event.version]
    routes = [answer.route for answer in answers]
    first = routes.index(Route.TOOL)
    assert routes == [Route.DIRECT] * first + [Route.TOOL] * (120 - first)
    assert first == 32
    assert (known.state.audits >= 22, known.state.wrong, known.state.old) == (True, 0, (3, 0))
    assert kinds == [EventKind.VERIFIED, EventKind.SHADOWED, EventKind.PROMOTED]
    assert known.bound.served == 120 - first
    assert 0 < known.bound.audits < known.bound.served
    assert [n.event.kind for n in told.notices if isinstance(n, Decided)] == [EventKind.PROMOTED]
    assert (answers[-1].bound or 1.0) <= 0.2


async def test_a_tool_that_audits_find_wrong_is_suspended_and_the_model_answers_again(tmp_path: Path) -> None:
    def reply(request: Request) -> str | Exception:
        said = toy_reply(request)
        return BAD_TOOL if said == SUM_TOOL else said

    latm, _, _ = opened(tmp_path, reply, policy="verified", audit=0.5, repairs=0)
    async with latm:
        answers = await answers_to(latm, sums(40))
        answers += await answers_to(latm, sums(20, 60))
        found = latm.cache.audits(verdict="wrong")
        taught = {example.question: example.answer for example in latm.cache.tasks()[0].examples}
        for start in range(80, 140, 20):
            answers += await answers_to(latm, sums(20, start))
        known = latm.cache.certificates()[0]
        wrong = sum(answer.text != str(2 * int(answer.id) + 2) for answer in answers)
    assert known.state.status is not ToolStatus.SERVING
    assert answers[-1].route is Route.DIRECT
    assert wrong == sum(answer.route is Route.TOOL for answer in answers[40:]) <= known.bound.wrong
    assert {audit.source for audit in found} == {Source.COIN}
    assert len(found) >= 3
    assert {audit.question: audit.reference for audit in found}.items() <= taught.items()


async def test_a_reference_that_fails_is_asked_again_and_counts_as_wrong_until_then(tmp_path: Path) -> None:
    down: Iterator[bool] = itertools.repeat(True)

    def reply(request: Request) -> str | Exception:
        if request.purpose == "audit" and next(down, False):
            return PassingModelError("The server is overloaded.")
        return toy_reply(request)

    latm, told, _ = opened(tmp_path, reply, policy="verified", audit=1.0)
    async with latm:
        await answers_to(latm, sums(40))
        [known] = latm.cache.certificates()
    assert known.bound.found == known.due == 32
    assert sum(isinstance(notice, AuditPostponed) for notice in told.notices) == 32
    down = iter(())
    latm, _, _ = opened(tmp_path, reply)
    async with latm:
        bring_forward(latm)
        await latm.audited()
        [known] = latm.cache.certificates()
    assert (known.bound.found, known.due, known.bound.audits, known.bound.wrong) == (0, 0, 32, 0)


async def test_what_audits_ask_a_model_for_is_not_lost_where_the_store_is_away_for_the_next_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays claimed while its process lives, and would be bought again after that."""
    claim, is_away = ToolCache.claim_audits, asyncio.Event()
    calls = itertools.count()

    def claimed(cache: ToolCache, *args: Any, shadow: bool) -> list[Audit]:
        if shadow or next(calls) != 1:
            return claim(cache, *args, shadow=shadow)
        loop.call_soon_threadsafe(is_away.set)
        raise StoreAwayError("It is away.")

    class Slow(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            done = await super().complete(request)
            if request.purpose == "audit" and len(asked(self)) > 1:
                await is_away.wait()
            return done

    def asked(model: ScriptedModel) -> set[str]:
        return {request.messages[-1].content for request in model.requests if request.purpose == "audit"}

    loop, model = asyncio.get_running_loop(), Slow(toy_reply)
    models = Models(model, None, None, model, Meter())
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50, "concurrency": 8}
    settings = Settings.model_validate(given | {"policy": "verified", "audit": 1.0})
    async with AsyncLatm(settings, models=models) as latm:
        monkeypatch.setattr(ToolCache, "claim_audits", claimed)
        assert [answer async for answer in latm.run(sums(16))][-1].route is Route.TOOL
        with suppress(StoreAwayError):
            await latm.audited()
        await is_away.wait()
        await latm.audited()
        settled = {audit.question for audit in latm.cache.audits(limit=None) if audit.verdict}
    assert settled == asked(model)
    assert len(settled) >= 8


def bring_forward(latm: AsyncLatm) -> None:
    from sqlalchemy import update

    from latm.store.schema import audits

    with latm.cache.writing() as connection:
        connection.execute(update(audits).where(audits.c.due.is_not(None)).values(due=0.0))


async def test_a_caller_who_allows_less_than_is_known_gets_the_model(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path, policy="verified")
    async with latm:
        await answers_to(latm, sums(16))
        strict = await latm.ask(sum_question(3, 4), max_error=0.001)
        plain = await latm.ask(sum_question(3, 4))
    assert (strict.route, plain.route) == (Route.DIRECT, Route.TOOL)


async def test_what_audits_cost_is_on_record_to_the_token(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path, audit=0.5)
    async with latm:
        await answers_to(latm, sums(60))
        audited = sum(audit.usage.tokens for audit in latm.cache.audits(limit=None))
        meter = latm.models.meter.total(purpose="audit").tokens
    assert audited == meter > 0


def first_bad(request: Request) -> str | Exception:
    said = toy_reply(request)
    is_repair = any("There was a tool for this kind" in message.content for message in request.messages)
    return BAD_TOOL if said == SUM_TOOL and not is_repair else said


def always_bad(request: Request) -> str | Exception:
    said = toy_reply(request)
    return BAD_TOOL if said == SUM_TOOL else said


async def until_found_wrong(latm: AsyncLatm) -> list[Answer]:
    answers = await answers_to(latm, sums(40))
    for start in range(60, 300, 20):
        answers += await answers_to(latm, sums(20, start))
    return answers


async def test_a_tool_that_was_found_wrong_is_mended_with_what_it_failed_on(tmp_path: Path) -> None:
    latm, _, model = opened(tmp_path, first_bad, policy="verified", audit=0.5)
    async with latm:
        answers = await until_found_wrong(latm)
        first, second = latm.cache.tools()
        kinds = [event.kind for event in latm.cache.events() if event.version]
        books = latm.cache.ledger()
    told = [request.messages[-1].content for request in model.requests if request.purpose == "propose"]
    assert (first.status, second.status) == (ToolStatus.SUSPENDED, ToolStatus.SERVING)
    assert kinds == [EventKind.VERIFIED, EventKind.PROMOTED, EventKind.SUSPENDED, *kinds[:2]]
    assert (answers[-1].text, answers[-1].route) == (str(2 * int(answers[-1].id) + 2), Route.TOOL)
    assert len(told) == 2
    assert "a + b if a < 60 else a - b" in told[1]
    assert "The tool: answered '-2'." in told[1]
    assert books[0].billed["repairs"].calls > 0
    assert sum((book.total for book in books), Usage()).tokens == latm.models.meter.total().tokens


async def test_a_tool_that_cannot_be_mended_is_retired_and_nothing_is_spent_without_end(tmp_path: Path) -> None:
    latm, told, model = opened(tmp_path, always_bad, policy="verified", audit=0.5)
    async with latm:
        answers = await until_found_wrong(latm)
        [version] = latm.cache.tools()
    makings = sum(request.purpose == "propose" for request in model.requests)
    assert version.status is ToolStatus.RETIRED
    assert answers[-1].route is Route.DIRECT
    assert makings <= 1 + 2 * 3
    assert EventKind.RETIRED in [notice.event.kind for notice in told.notices if isinstance(notice, Decided)]


async def test_a_kind_whose_right_answers_change_gets_no_tool(tmp_path: Path) -> None:
    """Old questions are asked again before the promotion."""
    old = {sum_question(n, n + 2) for n in range(8)}

    def reply(request: Request) -> str | Exception:
        return (
            "another day" if request.purpose == "audit" and request.messages[-1].content in old else toy_reply(request)
        )

    latm, told, model = opened(tmp_path, reply, max_error="20%", audit=0.5)
    async with latm:
        answers = await answers_to(latm, sums(200))
        [version], [task] = latm.cache.tools(), latm.cache.tasks()
        [drift] = [event for event in latm.cache.events() if event.kind is EventKind.DRIFTED]
    assert (version.status, task.status) == (ToolStatus.RETIRED, TaskStatus.UNTOOLABLE)
    assert {answer.route for answer in answers} == {Route.DIRECT}
    assert drift.evidence["what"] == "answers"
    assert {"question": sum_question(0, 2), "then": "2", "now": "another day"} in drift.evidence["changed"]
    assert sum(request.purpose == "propose" for request in model.requests) == 1
    assert drift in [replace(notice.event, at=drift.at) for notice in told.notices if isinstance(notice, Decided)]


async def test_old_questions_are_asked_again_while_a_version_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latm.store.drifting._EVERY", timedelta(0))
    later = False
    old = {sum_question(n, n + 2) for n in range(8)}

    def reply(request: Request) -> str | Exception:
        changed = later and request.purpose == "audit" and request.messages[-1].content in old
        return "another day" if changed else toy_reply(request)

    latm, _, _ = opened(tmp_path, reply, policy="verified", audit=0.5)
    async with latm:
        before = await answers_to(latm, sums(60))
        later = True
        await answers_to(latm, sums(40, 60))
        after = await latm.ask(sum_question(500, 502))
        [task] = latm.cache.tasks()
    assert (before[-1].route, after.route) == (Route.TOOL, Route.DIRECT)
    assert task.status is TaskStatus.UNTOOLABLE


async def test_a_meaning_that_turns_after_the_promotion_is_an_event_with_its_evidence(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path, lambda request: turned(request, 150), max_error="20%", audit=1.0, repairs=0)
    async with latm:
        await answers_to(latm, sums(150))
        await answers_to(latm, sums(100, 150))
        events = [event for event in latm.cache.events() if event.kind in {EventKind.SUSPENDED, EventKind.DRIFTED}]
    assert [event.kind for event in events] == [EventKind.SUSPENDED, EventKind.DRIFTED]
    assert events[1].evidence["what"] == "meaning"
    assert events[1].evidence["when_promoted"]["wrong"] == 0 < events[1].evidence["since"]["coin_wrong"]


def turned(request: Request, start: int) -> str | Exception:
    """Sums, whose numbers from `start` on are taken away from each other."""
    said, numbers = toy_reply(request), [int(number) for number in NUMBERS.findall(request.messages[-1].content)]
    is_answer = request.purpose in {"direct", "audit"}
    return str(numbers[0] - numbers[1]) if is_answer and numbers[0] >= start else said


async def test_a_hopeless_version_leaves_the_shadow(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path, always_bad, policy="certified", audit=0.5, repairs=0)
    async with latm:
        await answers_to(latm, sums(16))
        answers = await answers_to(latm, sums(60, start=60))
        [version] = latm.cache.tools()
    assert version.status is ToolStatus.RETIRED
    assert {answer.route for answer in answers} == {Route.DIRECT}


async def test_a_comparison_of_the_callers_own_that_raises_is_said_and_nothing_is_half_done(tmp_path: Path) -> None:
    def same(one: str, other: str) -> bool:
        if one != "never":
            raise ZeroDivisionError("what a pity")
        return one == other

    latm, told, _ = opened(tmp_path, policy="verified")
    async with latm:
        await answers_to(latm, sums(16))
    model = ScriptedModel(lambda request: "7" if request.purpose == "audit" else toy_reply(request))
    models = Models(None, None, None, model, Meter())
    settings = latm.settings.model_copy(update={"audit": 1.0})
    async with AsyncLatm(settings, models=models, observer=told, form=same) as latm:
        await answers_to(latm, sums(4))
        [known] = latm.cache.certificates()
        due = latm.cache.audits(verdict="")
    said = {str(notice.error) for notice in told.notices if isinstance(notice, AuditPostponed)}
    assert "the same raised ZeroDivisionError: what a pity" in said.pop()
    assert (known.due, len(due), known.bound.found) == (4, 4, 4)
    assert {(audit.reference, audit.usage.calls) for audit in due} == {("7", 1)}


async def test_a_model_as_judge_says_what_differs_in_form_alone_and_how_sure_it_is(tmp_path: Path) -> None:
    def reply(request: Request) -> str | Exception:
        asked = request.messages[-1].content
        if request.purpose == "judge":
            is_doubtful = "doubtful" in asked.rpartition("<reply>")[2]  # in one of the two orders
            return "SAME" if "in words" in asked and not is_doubtful else "DIFFERENT"
        said = toy_reply(request)
        if request.purpose != "audit":
            return said
        return {"100": "wrong: 7", "102": "doubtful, in words"}.get(str(said), f"{said} in words")

    latm, _, _ = opened(tmp_path, reply, policy="verified", audit=1.0, judge=True)
    async with latm:
        await answers_to(latm, sums(60))
        [known] = latm.cache.certificates()
        wrong = {audit.text for audit in latm.cache.audits(verdict="wrong") if audit.source is Source.COIN}
        meter = latm.models.meter.total().tokens
        billed = sum((book.total for book in latm.cache.ledger()), Usage()).tokens
    assert wrong == {"100", "102"}
    assert known.judged == known.audits
    assert known.contradicted == 1
    assert billed == meter


async def test_a_callers_report_is_evidence_of_its_own_and_a_case_for_the_next_version(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path)
    async with latm:
        answers = await answers_to(latm, sums(16))
        assert await latm.report(answers[-1].serial, "99")
        assert not await latm.report(answers[-1].serial, "99")
        assert not await latm.report(answers[0].serial)
        [known] = latm.cache.certificates()
        examples = {example.question: example for example in latm.cache.tasks()[0].examples}
        with pytest.raises(InputError, match="no answer on record is called so"):
            await latm.report("nobody")
    assert (known.state.gold, known.bound.found) == ((0, 1), 0)
    assert (examples[answers[-1].question].answer, examples[answers[-1].question].is_gold) == ("99", True)
