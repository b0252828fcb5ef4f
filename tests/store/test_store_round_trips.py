"""Whatever is put in comes out the same, however odd its text, its numbers or its data."""

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latm.answer import Answer, Route
from latm.errors import StoreError
from latm.event import Event, EventKind
from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Attempt, Making, Outcome
from latm.question import ANY, Scope
from latm.store import Batch, RouteTotals, ToolCache
from latm.store.plain import packed, unpacked
from latm.store.schema import metadata
from latm.task import GOLD, Example
from latm.tool import Demonstration, Program, ToolKind, ToolStatus, ToolVersion, Verification

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other work shares the machine

ODD = ["\0", "a\0b", "\ud800", "\udfff\ud800", "\ud83d\ude00", "\x1a", "\x1a\\x00", "\\", "\r\n", "\u2028", "😀", "~"]

texts = st.text(st.characters(exclude_categories=[]), max_size=20) | st.sampled_from(ODD)
counts = st.integers(0, 2**40)
costs = st.none() | st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=12) | st.just(Decimal("1E-9"))
usages = st.builds(Usage, counts, counts, counts, costs)
seconds = st.floats(0, 1e9)
routes = st.sampled_from(Route)


def unfolded(moment: Any) -> Any:
    """ISO 8601 does not say which of two equal times at the end of summer time is meant."""
    return moment.replace(fold=0)


hashable = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts, st.binary(max_size=8)),
        *(
            st.decimals(allow_nan=False),
            st.fractions(),
            st.dates(),
            st.times().map(unfolded),
            st.datetimes().map(unfolded),
            st.timedeltas(),
        ),
        st.integers(5000, 5010).map(lambda digits: 10**digits),
    ),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
plain = st.recursive(
    hashable | st.sets(hashable, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | hashable, inner, max_size=3),
    max_leaves=8,
)

scopes = st.builds(Scope, *(st.just("") | texts,) * 3)
answers = st.builds(
    *(Answer, texts, texts, routes, st.none() | texts, st.none() | texts.map(ascii), usages, seconds, texts, texts),
    *(scopes, texts),
)
completions = st.builds(Completion, texts, texts, usages, seconds, st.none() | texts)
attempts = st.lists(st.builds(Attempt, *(texts,) * 5), max_size=3).map(tuple)
makings = st.builds(
    *(Making, texts, st.just(Outcome.FAILED), texts, st.none(), texts, attempts),
    *(st.dictionaries(texts, counts, max_size=3), st.lists(texts, max_size=3).map(tuple)),
    *(usages, texts, seconds, texts),
)
demonstrations = st.lists(st.builds(Demonstration, texts, st.dictionaries(texts, plain, max_size=3)), max_size=3)
sources = st.text(max_size=50)
programs = st.builds(Program, sources, st.sampled_from(ToolKind))
verifications = st.builds(Verification, counts, counts, counts, counts)
tools = st.builds(
    *(ToolVersion, texts, programs, st.just(1), demonstrations.map(tuple), verifications),
    st.just(ToolStatus.SERVING),
)
events = st.builds(
    *(Event, st.sampled_from(EventKind), texts, st.sampled_from([None, 1]), texts, texts),
    st.dictionaries(texts, plain, max_size=3),
)


@pytest.fixture(scope="module")
def cache() -> Iterator[ToolCache]:
    with ToolCache.open("sqlite://") as cache:
        yield cache


def empty(cache: ToolCache) -> None:
    """Forget everything: opening a new cache for each of a hundred examples would take most of the time."""
    with cache.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name not in ("revision", "scopes"):
                connection.execute(table.delete())


def typed(value: Any) -> str:
    """Tells True from 1 and -0.0 from 0, which equality does not; the order of sets is of no account."""
    match value:
        case set() | frozenset():
            return f"{type(value)}{sorted(map(typed, value))}"
        case list() | tuple():
            return f"{type(value)}{[typed(item) for item in value]}"
        case dict():
            return f"{[(typed(key), typed(item)) for key, item in value.items()]}"
        case int():
            return f"{type(value)}{value:x}"
    return repr(value)


@unhurried
@given(value=plain)
def test_plain_data(value: Any) -> None:
    assert typed(unpacked(packed(value))) == typed(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 10**5000, -(10**5000)], ids=lambda _: "")
def test_plain_numbers_at_the_edge(cache: ToolCache, value: float) -> None:
    program, shown = Program(f"# {typed(value)}"), (Demonstration("q", {"x": value}),)
    made = Making("numbers", Outcome.MADE, "", program.id, "")
    stored = cache.record_making(made, program, demonstrations=shown)
    assert stored is not None
    assert typed(stored.demonstrations[0].arguments["x"]) == typed(value)


@pytest.mark.parametrize("value", [object(), range(3), print, 1j])
def test_what_is_no_plain_data_is_refused(cache: ToolCache, value: object) -> None:
    program, shown = Program("source"), (Demonstration("q", {"x": value}),)
    with pytest.raises(StoreError, match="is not plain data"):
        cache.record_making(Making("unkept", Outcome.MADE, "", program.id, ""), program, demonstrations=shown)
    assert cache.tools(task="unkept") == []


@unhurried
@given(answer=answers)
def test_answers(cache: ToolCache, answer: Answer) -> None:
    cache.record(Batch([answer]))
    assert repr(cache.answers(limit=1)) == repr([answer])
    if answer.task is not None:
        assert cache.answers(answer.task, limit=1) == [answer]


@unhurried
@given(making=makings)
def test_makings(cache: ToolCache, making: Making) -> None:
    cache.record_making(making, None)
    assert repr(cache.makings(making.task)[-1]) == repr(making)


@unhurried
@given(tool=tools)
def test_tools(cache: ToolCache, tool: ToolVersion) -> None:
    empty(cache)
    stored = cache.record_making(
        Making(tool.task, Outcome.MADE, "", tool.id, ""),
        tool.program,
        demonstrations=tool.demonstrations,
        verification=tool.verification,
    )
    assert stored == tool
    assert cache.tools() == [cache.tool(tool.task)] == [cache.tool(tool.id)] == [tool]
    assert [known.tool for known in cache.changes(0).known] == [tool]
    for kept, shown in zip(stored.demonstrations, tool.demonstrations, strict=True):
        assert typed(kept.arguments) == typed(shown.arguments)


@unhurried
@given(
    name=texts,
    scope=scopes,
    questions=st.lists(st.tuples(texts, texts, texts | st.just(GOLD)), unique_by=lambda each: each[0]),
)
def test_tasks_and_examples(cache: ToolCache, name: str, scope: Scope, questions: list[tuple[str, str, str]]) -> None:
    examples = tuple(Example(*each, scope) for each in questions)
    empty(cache)
    cache.add_examples(name, examples, kept=100)
    assert cache.tasks() == [cache.task(name)] == [known.task for known in cache.changes(0).known]
    assert (cache.task(name).name, cache.task(name).examples) == (name, examples)
    assert cache.task(name).scope == (scope if examples else ANY)
    for example in examples:
        cache.drop_example(name, example.question, name or "?")
    dropped = [example for example in cache.dropped_examples(name) if example.is_gold]
    assert dropped == [replace(example, dropped=name or "?") for example in examples if example.is_gold]


@unhurried
@given(event=events)
def test_events(cache: ToolCache, event: Event) -> None:
    empty(cache)
    program = Program("source")
    cache.record_making(Making(event.task, Outcome.MADE, "", program.id, ""), program)
    cache.append_event(event)
    stored = cache.events(event.task)[-1]
    assert typed(stored.evidence) == typed(event.evidence)
    assert replace(stored, evidence={}, at="") == replace(event, evidence={})


@unhurried
@given(task=texts, work=plain)
def test_claims(cache: ToolCache, task: str, work: Any) -> None:
    empty(cache)
    cache.claim_making(task, "first", 0, work)
    cache.journal(task).put("key", 0, Completion("paid", "test:maker", Usage()))
    claim = cache.claim_making(task, "heir", 60, "other work")
    assert claim is not None
    assert typed(claim.work) == typed(work if work is not None else "other work")


@unhurried
@given(key=texts, occurrence=st.integers(0, 1000), completion=completions)
def test_completions(cache: ToolCache, key: str, occurrence: int, completion: Completion) -> None:
    empty(cache)
    journal = cache.journal("sorting")
    journal.put(key, occurrence, completion)
    assert repr(journal.get(key, occurrence)) == repr(completion)


@unhurried
@given(batch=st.lists(answers, max_size=20))
def test_totals_are_the_sums_of_the_answers(cache: ToolCache, batch: list[Answer]) -> None:
    empty(cache)
    cache.record(Batch(batch))
    totals = {(each.task, route): total for each in cache.totals() for route, total in each.routes.items()}
    expected: dict[tuple[str | None, Route], RouteTotals] = {}
    for answer in batch:
        key = (answer.task, answer.route)
        expected[key] = expected.get(key, RouteTotals()) + RouteTotals(1, answer.usage, answer.seconds)
    assert totals.keys() == expected.keys()
    for key, total in totals.items():
        assert (total.answers, total.usage) == (expected[key].answers, expected[key].usage)
        assert math.isclose(total.seconds, expected[key].seconds)
