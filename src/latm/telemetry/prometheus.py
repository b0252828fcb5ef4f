"""What happens, as metrics for Prometheus."""

from typing import TYPE_CHECKING

from latm.answer import Answer, Route
from latm.observing import (
    Answered,
    AuditEnded,
    Decided,
    MakingEnded,
    MakingPostponed,
    Notice,
    RoleFailed,
    Shed,
    StoreAway,
    StoreBack,
)
from latm.telemetry import not_installed

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Upper bounds of times: a tool takes less than a millisecond, a model up to two minutes."""


class PrometheusObserver:
    """An observer that counts. No label holds a question, an answer or a task, so there are few series.

    Args:
        registry: where the metrics are registered; None: the process's own.

    Raises:
        SettingsError: the package `prometheus-client` is not installed.
    """

    def __init__(self, registry: "CollectorRegistry | None" = None) -> None:
        try:
            from prometheus_client import REGISTRY, Counter, Gauge, Histogram
        except ImportError as error:
            raise not_installed("prometheus-client", "prometheus") from error
        to = registry or REGISTRY
        self._answers = Counter("latm_answers", "Answers, by route.", ["route"], registry=to)
        self._failed = Counter("latm_failed", "Questions without an answer, by reason.", ["reason"], registry=to)
        self._seconds = Histogram(
            "latm_answer_seconds", "From question to answer.", ["route"], registry=to, buckets=SECONDS
        )
        # Looking up the child of a label takes longer than counting.
        self._of_route = {route: (self._answers.labels(route), self._seconds.labels(route)) for route in Route}
        self._waited = Histogram(
            "latm_waited_seconds", "That a question's model calls waited for their turn.", registry=to, buckets=SECONDS
        )
        self._tokens = Counter("latm_tokens", "Tokens of answers and makings.", ["direction"], registry=to)
        self._cost = Counter("latm_cost_dollars", "US dollars, if the price is known.", registry=to)
        self._makings = Counter("latm_makings", "Makings that reached a verdict.", ["outcome"], registry=to)
        self._postponed = Counter("latm_makings_postponed", "Makings that are tried again later.", registry=to)
        self._roles = Counter("latm_role_failures", "Roles that failed and were done without.", ["role"], registry=to)
        self._shed = Counter("latm_answers_shed", "Answers that were not learnt from.", registry=to)
        self._audits = Counter("latm_audits", "Audits, by why and by verdict.", ["source", "verdict"], registry=to)
        self._decided = Counter("latm_versions_decided", "What audits made of versions.", ["kind"], registry=to)
        self._store = Gauge("latm_store_up", "Whether the store can be used.", registry=to)
        self._store.set(1)

    def on_event(self, event: Notice, /) -> None:
        """Count it."""
        match event:
            case Answered(answer):
                self._answered(answer)
            case MakingEnded(making):
                self._makings.labels(making.outcome).inc()
                self._spent(making.usage.input_tokens, making.usage.output_tokens, making.usage.cost)
            case MakingPostponed():
                self._postponed.inc()
            case RoleFailed(role, _):
                self._roles.labels(role).inc()
            case AuditEnded(source=source, verdict=verdict, usage=usage):
                self._audits.labels(source, verdict).inc()
                self._spent(usage.input_tokens, usage.output_tokens, usage.cost)
            case Decided(event=decided):
                self._decided.labels(decided.kind).inc()
            case Shed(count):
                self._shed.inc(count)
            case StoreAway() | StoreBack():
                self._store.set(isinstance(event, StoreBack))
            case _:
                pass

    def _answered(self, answer: Answer) -> None:
        answers, seconds = self._of_route[answer.route]
        answers.inc()
        seconds.observe(answer.seconds)
        if not answer.ok:
            self._failed.labels(answer.reason).inc()
        if answer.usage.calls:
            self._waited.observe(answer.waited)
            self._spent(answer.usage.input_tokens, answer.usage.output_tokens, answer.cost)

    def _spent(self, sent: int, received: int, cost: object) -> None:
        self._tokens.labels("input").inc(sent)
        self._tokens.labels("output").inc(received)
        if cost is not None:
            self._cost.inc(float(str(cost)))
