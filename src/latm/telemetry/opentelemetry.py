"""What happens, as spans and metrics of OpenTelemetry."""

import time
from typing import TYPE_CHECKING

from latm.answer import Answer
from latm.ledger import Usage
from latm.observing import Answered, MakingEnded, MakingPostponed, Notice
from latm.provenance import Making
from latm.telemetry import not_installed

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

Attributes = dict[str, str | int | float]


class OpenTelemetryObserver:
    """An observer that gives each answer and each making a span, and counts them.

    A span of an answer is a child of the span that is current where the question was asked. Tokens go by the names of
    the conventions for generative AI. No attribute holds a question or an answer.

    Args:
        tracer_provider: None: the process's own.
        meter_provider: None: the process's own.

    Raises:
        SettingsError: the package `opentelemetry-api` is not installed.
    """

    def __init__(
        self, tracer_provider: "TracerProvider | None" = None, meter_provider: "MeterProvider | None" = None
    ) -> None:
        try:
            from opentelemetry import metrics, trace
        except ImportError as error:
            raise not_installed("opentelemetry-api", "opentelemetry") from error
        self._tracer = trace.get_tracer("latm", tracer_provider=tracer_provider)
        meter = metrics.get_meter("latm", meter_provider=meter_provider)
        self._answers = meter.create_counter("latm.answers", "{answer}", "Answers, by route.")
        self._seconds = meter.create_histogram("latm.answer.duration", "s", "From question to answer.")
        self._waited = meter.create_histogram("latm.answer.waited", "s", "That its model calls waited for their turn.")
        self._makings = meter.create_counter("latm.makings", "{making}", "Makings, by outcome.")

    def on_event(self, event: Notice, /) -> None:
        """Give it a span, and count it."""
        match event:
            case Answered(answer):
                self._answered(answer)
            case MakingEnded(making):
                self._made(making)
            case MakingPostponed(task, _, _):
                self._makings.add(1, {"latm.outcome": "postponed"})
                self._span("latm.make", 0.0, {"latm.task": task, "latm.outcome": "postponed"})
            case _:
                pass

    def _answered(self, answer: Answer) -> None:
        route: Attributes = {"latm.route": answer.route.value}
        self._answers.add(1, route)
        self._seconds.record(answer.seconds, route)
        self._waited.record(answer.waited, route)
        told = {"latm.task": answer.task, "latm.tool": answer.tool_id, "error.type": answer.reason}
        known: Attributes = {name: value for name, value in told.items() if value}
        self._span("latm.ask", answer.seconds, route | known | _spent(answer.usage))

    def _made(self, making: Making) -> None:
        outcome: Attributes = {"latm.outcome": making.outcome.value}
        self._makings.add(1, outcome)
        told: Attributes = {"latm.task": making.task, "latm.attempts": len(making.attempts)}
        self._span("latm.make", making.seconds, outcome | told | _spent(making.usage))

    def _span(self, name: str, seconds: float, attributes: Attributes) -> None:
        """A span of what is over already."""
        now = time.time_ns()
        span = self._tracer.start_span(name, start_time=now - int(seconds * 1e9), attributes=attributes)
        span.end(now)


def _spent(usage: Usage) -> Attributes:
    spent: Attributes = {"latm.model_calls": usage.calls, "latm.waited": usage.waited}
    if usage.calls:
        spent |= {"gen_ai.usage.input_tokens": usage.input_tokens, "gen_ai.usage.output_tokens": usage.output_tokens}
    return spent if usage.cost is None else spent | {"latm.cost_dollars": float(usage.cost)}
