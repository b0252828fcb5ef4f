"""Opened and closed wherever a program starts and stops; used out of place, one sentence, and nothing is spent."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Counted, fresh, program

from latm import AsyncLatm, Example, Health, Latm, LatmError, Question, Route
from latm.errors import InputError, LifecycleError, ProviderError, SettingsError, StoreError
from latm.observing import Answered
from latm.store import ToolCache
from openai_endpoint import completion_body, serving
from toy import sum_question

ENTER = "Enter it by `with`, or call its open() first."
EXAMPLES = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]


def test_it_opens_once(tmp_path: Path) -> None:
    with Latm(fresh(tmp_path)) as latm:
        with pytest.raises(LifecycleError, match="is open already"):
            latm.open()
        assert latm.ask("Who wrote Faust?").reason == "no model"
    with pytest.raises(LifecycleError, match="does not open again"):
        latm.open()


def test_it_closes_again_and_unopened_without_a_word(tmp_path: Path) -> None:
    latm = Latm(fresh(tmp_path)).open()
    latm.close()
    latm.close()
    Latm(fresh(tmp_path)).close()


def test_where_opening_fails_nothing_stays_open(tmp_path: Path) -> None:
    (tmp_path / "latm.db").write_text("this is no database")
    before = threading.active_count()
    latm = Latm(fresh(tmp_path))
    with pytest.raises(StoreError):
        latm.open()
    assert threading.active_count() == before
    with pytest.raises(LifecycleError, match="is closed"):
        latm.ask("Who wrote Faust?")


def test_opened_in_one_task_and_closed_in_another_as_web_frameworks_do(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        latm = AsyncLatm(fresh(tmp_path), maker=f"toy@{url}")
        await asyncio.create_task(latm.open())
        answers = await asyncio.gather(*(asyncio.create_task(latm.ask(f"What is {n}?")) for n in range(5)))
        assert {answer.text for answer in answers} == {"Rome"}
        await asyncio.create_task(latm.close())

    with serving() as endpoint:
        endpoint.replies = [(200, completion_body("Rome"))]
        asyncio.run(main(endpoint.url))


def test_another_event_loop_is_told_so_at_once(tmp_path: Path) -> None:
    model = Counted()
    latm = AsyncLatm(fresh(tmp_path), maker=model)
    with asyncio.Runner() as mine:
        mine.run(latm.open())
        with asyncio.Runner() as other:
            for use in (lambda: latm.ask("Who?"), latm.close):
                with pytest.raises(LifecycleError, match="another event loop"):
                    other.run(use())
        mine.run(latm.close())
    assert not model.requests


def test_the_sync_face_serves_threads_and_running_loops(tmp_path: Path) -> None:
    async def within_a_loop(latm: Latm) -> str:
        return latm.ask(sum_question(20, 22)).text

    with Latm(fresh(tmp_path), maker=Counted()) as latm:
        assert asyncio.run(within_a_loop(latm)) == "42"
        texts: list[str] = []
        threads = [
            threading.Thread(target=lambda n=n: texts.append(latm.ask(sum_question(n, 1)).text)) for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(map(int, texts)) == list(range(1, 21))


def test_an_observer_that_asks_is_told_that_it_would_wait_for_itself(tmp_path: Path) -> None:
    refused: list[LatmError] = []

    class Asks:
        def on_event(self, event: object, /) -> None:
            del event
            try:
                latm.ask("And what do you think?")
            except LatmError as error:
                refused.append(error)

    with Latm(fresh(tmp_path), maker=Counted(), observer=Asks()) as latm:
        latm.ask("Who wrote Faust?")
    assert "cannot wait for itself" in refused[0].message


def test_closing_waits_for_what_is_being_asked(tmp_path: Path) -> None:
    async def main() -> None:
        asked, may_go_on = asyncio.Event(), asyncio.Event()

        async def slow(_: list[dict[str, str]]) -> str:
            asked.set()
            await may_go_on.wait()
            return "Goethe"

        latm = await AsyncLatm(fresh(tmp_path), maker=slow).open()
        asking = asyncio.create_task(latm.ask("Who wrote Faust?"))
        await asked.wait()
        closing = asyncio.create_task(latm.close())
        await asyncio.sleep(0)
        with pytest.raises(LifecycleError, match="is being closed"):
            await latm.ask("Who wrote Egmont?")
        may_go_on.set()
        assert (await asking).text == "Goethe"
        await closing

    asyncio.run(main())


def test_a_forked_child_is_told_so_and_the_parent_goes_on(tmp_path: Path) -> None:
    output, errors = program("forked.py", folder=tmp_path).communicate(timeout=60)
    lines = output.splitlines()
    assert lines[:2] == ["parent 3", "child refused: LifecycleError"], errors
    assert "forked from it. Open one in each process" in lines[2]
    assert "was forked while a Latm was open" in lines[3]
    assert lines[4:] == ["child exits 0", "parent 11", "late child 7"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"settings": "openai:gpt-5"}, r"settings is a str, 'openai:gpt-5'.*Did you mean maker='openai:gpt-5'"),
        ({"makr": "openai:gpt-5"}, r"'makr', which is not a setting\. Did you mean maker"),
        ({"maker": 5}, r"argument maker sets maker to 5, but"),
        ({"observer": 5}, r"observer is a int, '5', and should be an object with a method on_event"),
        ({"models": "openai:gpt-5"}, r"models is a str"),
        ({"sandbox": 5}, r"sandbox is a int"),
        ({"sandbox": "none"}, r"argument sandbox sets sandbox to 'none'"),
        ({"concurrency": 0}, r"argument concurrency sets concurrency to 0"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_set_is_one_sentence_with_what_was_given(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        AsyncLatm(**given)


BAD: list[tuple[Callable[[Latm], object], str]] = [
    (lambda latm: latm.ask(None), "this is a NoneType: None"),  # type: ignore[arg-type]  # that is the point
    (lambda latm: latm.ask([{"role": "user", "content": "hi"}]), "latm.Question, which holds instructions"),  # type: ignore[arg-type]
    (lambda latm: latm.ask(Question(5)), "text of a question is a str, and this is a int: 5"),  # type: ignore[arg-type]
    (lambda latm: latm.ask(Question("Who?", scope="x")), "scope of a question is a latm.Scope"),  # type: ignore[arg-type]
    (lambda latm: latm.ask(" \n"), "question is empty"),
    (lambda latm: latm.ask_many("Who?"), "list or another iterable, and this is a str"),
    (lambda latm: latm.ask_many(["Who?", ""]), "question is empty"),
    (lambda latm: latm.ask_many(5), "list or another iterable, and this is a int"),  # type: ignore[arg-type]
    (lambda latm: latm.run("Who?"), "list or another iterable, and this is a str"),
    (lambda latm: latm.run(None), "list or another iterable, and this is a NoneType"),  # type: ignore[arg-type]
    (lambda latm: list(latm.run(["Who?", None])), "this is a NoneType: None"),  # type: ignore[list-item]
    (lambda latm: latm.ask(Question("Who?", id=7)), "id of a question is a str, and this is a int: 7"),  # type: ignore[arg-type]
    (lambda latm: latm.run(["Who?"], length="1"), "length of a stream is a whole number"),  # type: ignore[arg-type]
    (lambda latm: latm.run(["Who?"], length=-1), "length of a stream is a whole number"),
    (lambda latm: latm.make("", EXAMPLES), "A task needs a name"),
    (lambda latm: latm.make(None, EXAMPLES), "A task needs a name"),  # type: ignore[arg-type]
    (lambda latm: latm.make("sums", EXAMPLES[:5]), "takes 6 different examples, and there are 5"),
    (lambda latm: latm.make("sums", EXAMPLES[:3] * 4), "takes 6 different examples, and there are 3"),
    (lambda latm: latm.make("sums", []), "takes 6 different examples, and there are 0"),
    (lambda latm: latm.make("sums", None), "Examples come as a list"),  # type: ignore[arg-type]
    (lambda latm: latm.make("sums", ["1 + 1"] * 6), "An example is a latm.Example, and this is a str"),  # type: ignore[list-item]
    (lambda latm: latm.make("sums", [Example("", "1")] * 6), "An example is a question with its answer"),
    (lambda latm: latm.learn(" ", EXAMPLES), "A task needs a name"),
    (lambda latm: latm.learn("sums", []), "takes 1 different examples"),
    (lambda latm: latm.ask("Who?", scope=5), "`scope` is a latm.Scope or a project"),  # type: ignore[arg-type]
    (lambda latm: latm.ask("Who?", instructions=5), "`instructions` is a text"),  # type: ignore[arg-type]
    (lambda latm: latm.why(None), "named by a text, and this is a NoneType"),  # type: ignore[arg-type]
    (lambda latm: latm.tools.show(" "), "named by a text, and this is a str"),
    (lambda latm: latm.tools.retire(5), "named by a text"),  # type: ignore[arg-type]
    (lambda latm: latm.tools.restore(""), "named by a text"),
    (lambda latm: latm.tools.approve(None), "named by a text"),  # type: ignore[arg-type]
    (lambda latm: latm.tools.pin(b"sums"), "named by a text"),  # type: ignore[arg-type]
    (lambda latm: latm.tools.rename("sums", ""), "named by a text"),
    (lambda latm: latm.tools.delete(None), "named by a text"),  # type: ignore[arg-type]
    (lambda latm: latm.tools.export([]), "named by a text, and this is a list"),  # type: ignore[arg-type]
    (lambda latm: latm.forget(), "Say what to forget"),
    (lambda latm: latm.forget(scope=""), "`scope` is a project or a latm.Scope"),
    (lambda latm: latm.forget(older_than=5), "`older_than` is a datetime.timedelta"),  # type: ignore[arg-type]
    (lambda latm: latm.forget(containing=None), "`containing` is a text"),  # type: ignore[arg-type]
    (lambda latm: latm.forget(everything="yes"), "`everything` is True or False"),  # type: ignore[arg-type]
]


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Latm, Counted]]:
    """One for all refusals, as they leave nothing behind; and its model."""
    model = Counted()
    with Latm(fresh(tmp_path_factory.mktemp("refusing")), maker=model) as latm:
        yield latm, model


@pytest.mark.parametrize(("use", "said"), BAD)
def test_bad_input_is_one_sentence_and_nothing_is_spent_or_kept(
    refusing: tuple[Latm, Counted], use: Callable[[Latm], object], said: str
) -> None:
    latm, model = refusing
    with pytest.raises(InputError, match=said):
        use(latm)
    assert not latm._latm.cache.tasks()
    assert not latm._latm.cache.answers()
    assert not model.requests


def test_without_a_maker_nothing_is_kept_of_what_should_have_become_a_tool(tmp_path: Path) -> None:
    with Latm(fresh(tmp_path)) as latm:
        with pytest.raises(SettingsError, match="No tool maker is set"):
            latm.make("sums", EXAMPLES)
        assert not latm._latm.cache.tasks()


def test_health_says_what_can_be_done_and_never_raises(tmp_path: Path) -> None:
    latm = Latm(fresh(tmp_path), maker=Counted())
    assert latm.health() == Health(ok=False, reason=str(LifecycleError("This Latm is not open.", hint=ENTER)))
    with latm:
        latm.make("sums", EXAMPLES)
        assert latm.health() == Health(ok=True, store_ok=True, tasks=1, tools=1)
    assert latm.health().reason.startswith("This Latm is closed.")


def test_of_several_asked_together_each_is_on_record_as_soon_as_it_is_answered(tmp_path: Path) -> None:
    async def main() -> None:
        told = asyncio.Event()

        class Told:
            def on_event(self, event: object, /) -> None:
                if isinstance(event, Answered):
                    told.set()

        async def some_hang(messages: list[dict[str, str]]) -> str:
            if "Egmont" in messages[-1]["content"]:
                await asyncio.Event().wait()
            return "Goethe"

        async with AsyncLatm(fresh(tmp_path), direct=some_hang, observer=Told()) as latm:
            asking = asyncio.create_task(latm.ask_many(["Who wrote Faust?", "Who wrote Egmont?"]))
            await told.wait()
            asking.cancel()
            await asyncio.wait([asking])
            assert asking.cancelled()

    asyncio.run(main())
    with ToolCache.open(fresh(tmp_path).store) as cache:
        assert [answer.question for answer in cache.answers()] == ["Who wrote Faust?"]


def test_a_fault_of_one_of_several_surfaces_and_the_others_are_kept(tmp_path: Path) -> None:
    async def faulty(messages: list[dict[str, str]]) -> str:
        if "Egmont" in messages[-1]["content"]:
            raise ProviderError("There is no key.")
        return "Goethe"

    with Latm(fresh(tmp_path), direct=faulty) as latm, pytest.raises(ProviderError):
        latm.ask_many(["Who wrote Egmont?", "Who wrote Faust?"])
    with ToolCache.open(fresh(tmp_path).store) as cache:
        assert [answer.question for answer in cache.answers()] == ["Who wrote Faust?"]


def test_a_stream_comes_from_an_asynchronous_iterable_too(tmp_path: Path) -> None:
    async def questions() -> Any:
        for n in range(20):
            await asyncio.sleep(0)
            yield sum_question(n, n)

    async def main() -> list[str]:
        async with AsyncLatm(fresh(tmp_path, block=8), maker=Counted()) as latm:
            return [answer.text async for answer in latm.run(questions())]

    assert asyncio.run(main()) == [str(2 * n) for n in range(20)]


def test_several_are_answered_side_by_side_in_their_order(tmp_path: Path) -> None:
    with Latm(fresh(tmp_path), maker=Counted()) as latm:
        answers = latm.ask_many([Question(sum_question(n, 1), id=str(n)) for n in range(30)])
        assert [(answer.id, answer.text) for answer in answers] == [(str(n), str(n + 1)) for n in range(30)]
        assert latm.ask_many([]) == []
    assert {answer.route for answer in answers} == {Route.DIRECT}
