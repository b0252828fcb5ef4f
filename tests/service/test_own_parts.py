"""A model, a form and an observer of the caller's own."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry
from serving import Counted, Object, fresh

from latm import AsyncLatm, Example, Latm, Route
from latm.errors import BudgetError, PassingModelError, SettingsError
from latm.models.recording import load_recording
from latm.provenance import Outcome
from latm.telemetry.opentelemetry import OpenTelemetryObserver
from latm.telemetry.prometheus import PrometheusObserver
from toy import SUM_TOOL, sum_question

EXAMPLES = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]


@pytest.mark.parametrize("own", [Counted(), Object()], ids=["function", "object"])
def test_a_model_of_ones_own_makes_tools_and_answers(tmp_path: Path, own: Any) -> None:
    with Latm(fresh(tmp_path, block=8), maker=own) as latm:
        answers = list(latm.run([sum_question(n, 1) for n in range(16)]))
    assert [answer.text for answer in answers] == [str(n + 1) for n in range(16)]
    assert [answer.route for answer in answers] == [Route.DIRECT] * 8 + [Route.TOOL] * 8
    assert len(own.requests) == 9


def test_a_model_of_ones_own_is_wrapped_like_any_other(tmp_path: Path) -> None:
    under_way, most, calls = 0, 0, 0

    async def flaky(_: list[dict[str, str]]) -> str:
        nonlocal under_way, most, calls
        under_way, calls = under_way + 1, calls + 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        if calls == 1:
            raise PassingModelError("busy", retry_after=0.0)
        return "yes"

    async def main() -> None:
        settings = fresh(tmp_path, concurrency=2, retries=1, budget_tokens=10_000, record=tmp_path / "r.jsonl")
        async with AsyncLatm(settings, direct=flaky) as latm:
            answers = await latm.ask_many([f"Is {n} more than {n * n}?" for n in range(6)])
            assert {answer.text for answer in answers} == {"yes"}
            assert sum(answer.usage.tokens for answer in answers) == latm.models.meter.total().tokens > 0

    asyncio.run(main())
    assert (most, calls) == (2, 7)
    assert len(load_recording(tmp_path / "r.jsonl").entries) == 6


def test_the_deadline_and_the_budget_hold_for_a_model_of_ones_own(tmp_path: Path) -> None:
    async def hanging(_: list[dict[str, str]]) -> str:
        await asyncio.sleep(60)
        return ""

    with Latm(fresh(tmp_path), direct=hanging, timeout=0.05) as latm:
        assert latm.ask("Is anybody there?").reason == "timeout"
    with Latm(fresh(tmp_path), direct=Counted(), budget_tokens=1) as latm:
        latm.ask(sum_question(1, 2))
        with pytest.raises(BudgetError):
            latm.ask(sum_question(1, 3))


class Rounded:
    """Sameness as an object."""

    def same(self, one: str, other: str, /) -> bool:
        return one.split(maxsplit=1)[0] == other.split(maxsplit=1)[0]


def rounded(one: str, other: str) -> bool:
    return Rounded().same(one, other)


WORDED = [
    Example(example.question, f"{example.answer} {word}") for example, word in zip(EXAMPLES, "abcdef", strict=True)
]


@pytest.mark.parametrize(
    ("form", "outcome"),
    [(None, Outcome.FAILED), (rounded, Outcome.MADE), (Rounded(), Outcome.MADE)],
    ids=["found", "function", "object"],
)
def test_what_the_caller_calls_the_same_decides_in_makings(tmp_path: Path, form: Any, outcome: Outcome) -> None:
    async def maker(_: list[dict[str, str]]) -> str:
        return SUM_TOOL

    with Latm(fresh(tmp_path), maker=maker, form=form) as latm:
        assert latm.make("sums", WORDED).outcome is outcome
        if outcome is Outcome.MADE:
            assert latm.ask(sum_question(3, 4)).text == "7"


@pytest.mark.parametrize("form", [5, "number", Rounded], ids=str)
def test_what_compares_nothing_is_refused(form: Any) -> None:
    with pytest.raises(SettingsError, match="argument form is a"):
        Latm(form=form)


def test_an_observer_that_raises_hinders_nobody(tmp_path: Path) -> None:
    class Broken:
        def on_event(self, event: object, /) -> None:
            raise RuntimeError(str(event))

    with Latm(fresh(tmp_path), maker=Counted(), observer=Broken()) as latm:
        assert latm.ask(sum_question(1, 2)).ok


def service(tmp_path: Path, observer: Any) -> None:
    """A stream with a tool, a making that is put off, and a question without an answer."""
    replies = iter([PassingModelError("busy")])

    async def moody(messages: list[dict[str, str]]) -> str:
        if messages[0]["role"] == "system" and (error := next(replies, None)):
            raise error
        return await Counted()(messages)

    with Latm(fresh(tmp_path, block=8, retries=0), maker=moody, direct=Counted(), observer=observer) as latm:
        list(latm.run([sum_question(n, 1) for n in range(8)]))
        assert latm.make("sums", EXAMPLES).outcome is Outcome.MADE
        assert latm.ask(sum_question(20, 22)).route is Route.TOOL
    with Latm(fresh(tmp_path), observer=observer) as latm:
        assert not latm.ask("Who wrote Faust?").ok


def test_prometheus_hears_of_answers_makings_and_failures(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    service(tmp_path, PrometheusObserver(registry))

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("latm_answers_total", route="direct") == 8
    assert value("latm_answers_total", route="tool") == 1
    assert value("latm_failed_total", reason="no model") == 1
    assert value("latm_makings_total", outcome="made") == 1
    assert value("latm_makings_postponed_total") == 1
    assert value("latm_answer_seconds_count", route="tool") == 1
    assert value("latm_waited_seconds_count") == 8
    assert (value("latm_tokens_total", direction="output") or 0) > 8
    assert value("latm_store_up") == 1


def test_opentelemetry_gets_a_span_under_the_callers_without_any_text(tmp_path: Path) -> None:
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    observer = OpenTelemetryObserver(traces, MeterProvider([reader]))

    async def main() -> None:
        async with AsyncLatm(fresh(tmp_path), maker=Counted(), observer=observer) as latm:
            with traces.get_tracer("application").start_as_current_span("request"):
                await latm.ask(sum_question(1, 2))
            await latm.make("sums", EXAMPLES)

    asyncio.run(main())
    ask, request, make = spans.get_finished_spans()
    assert (ask.name, request.name, make.name) == ("latm.ask", "request", "latm.make")
    assert ask.parent is not None
    assert ask.parent.span_id == request.context.span_id
    told = dict(ask.attributes or {})
    assert told["latm.route"] == "direct"
    assert told["gen_ai.usage.input_tokens"] > 0  # type: ignore[operator]  # attributes may be anything
    assert not any("numbers" in str(value) for value in told.values())
    assert dict(make.attributes or {})["latm.outcome"] == "made"
    data = reader.get_metrics_data()
    assert data is not None
    names = {metric.name for metric in data.resource_metrics[0].scope_metrics[0].metrics}
    assert {"latm.answers", "latm.answer.duration", "latm.answer.waited", "latm.makings"} <= names
