"""Spans of OpenTelemetry, by its conventions for generative AI; none holds a question, an answer or a key."""

import time
from typing import TYPE_CHECKING

from latm.answer import Answer
from latm.telemetry import not_installed

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from latm.gateway.gate import Request

_OPERATIONS = {"chat": "chat", "responses": "chat"}


class Tracing:
    """Gives each request a span, within the trace that the client's headers name; a tool's answer is a span inside it.

    Args:
        provider: None: the process's own.

    Raises:
        SettingsError: the package `opentelemetry-api` is not installed.
    """

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        try:
            from opentelemetry import propagate, trace
        except ImportError as error:
            raise not_installed("opentelemetry-api", "opentelemetry") from error
        self._extract = propagate.extract
        self._in_span = trace.set_span_in_context
        self._tracer = trace.get_tracer("latm.gateway", tracer_provider=provider)

    def ended(self, request: "Request", outcome: str, seconds: float) -> None:
        """A request came to its end."""
        end = time.time_ns()
        start = end - int(seconds * 1e9)
        model, usage, answer = request.model, request.usage, request.answer
        operation = _OPERATIONS.get(request.endpoint, request.endpoint)
        told: dict[str, str | int | float] = {"gen_ai.operation.name": operation, "latm.outcome": outcome}
        told |= {"gen_ai.provider.name": request.provider} if request.provider else {}
        told |= {"gen_ai.request.model": model} if model else {}
        if usage.calls or answer:
            told |= {"gen_ai.usage.input_tokens": usage.input_tokens}
            told |= {"gen_ai.usage.output_tokens": usage.output_tokens}
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.call.headers}
        context = self._extract(headers)
        span = self._tracer.start_span(f"{operation} {model}".rstrip(), context, start_time=start, attributes=told)
        if answer is not None and answer.tool is not None:
            self._tool(answer, self._in_span(span, context), end)
        span.end(end)

    def _tool(self, answer: Answer, context: object, end: int) -> None:
        task, number = answer.tool or ("", 0)
        told: dict[str, str | int | float] = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": task}
        told |= {"latm.tool.version": number, "latm.tool.id": answer.tool_id or ""}
        told |= {} if answer.bound is None else {"latm.error_bound": answer.bound}
        start = end - int(answer.seconds * 1e9)
        name = f"execute_tool {task}"
        self._tracer.start_span(name, context, start_time=start, attributes=told).end(end)  # type: ignore[arg-type]  # a context
