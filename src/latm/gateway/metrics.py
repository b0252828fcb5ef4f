"""What the gateway counts; every label has few values, whatever clients send."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from latm.telemetry.prometheus import SECONDS

_MODELS = 50
_OTHER = "other"


class Metrics:
    """The gateway's own metrics, beside those of latm.

    Args:
        registry: where they are registered.

    Attributes:
        bypassed: counts a request that goes on as it is, by the reason.
        degraded: counts a request that did without something, by what was missing.
        unlearnt: counts an answer that was not learnt from, by the reason.
        retried: counts a further try at an upstream, or at the next one, by the reason.
        open: the requests under way.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._models: set[str] = set()
        self._series: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "latm_gateway_requests",
            "Requests, by kind, model and what became of them.",
            ["endpoint", "model", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "latm_gateway_seconds",
            "From request to the end of its answer.",
            ["outcome"],
            registry=registry,
            buckets=SECONDS,
        )
        self.bypassed = self._counted("bypassed", "Requests that no tool may answer, by reason.", "reason")
        self.degraded = self._counted("degraded", "Requests that did without something, by what.", "what")
        self.unlearnt = self._counted("unlearnt", "Answers that were not learnt from, by reason.", "reason")
        self.retried = self._counted("upstream_retries", "Further tries at upstreams, by reason.", "reason")
        self._avoided = Counter(
            "latm_gateway_avoided_tokens", "Tokens avoided, by tools and by earlier answers.", ["by"], registry=registry
        )
        self.open = Gauge("latm_gateway_open", "Requests under way.", registry=registry, multiprocess_mode="livesum")

    def _counted(self, name: str, told: str, label: str) -> Callable[[str], None]:
        """Counts one more under a label."""
        counter = Counter(f"latm_gateway_{name}", told, [label], registry=self.registry)
        return lambda value: counter.labels(value).inc()

    def done(self, endpoint: str, model: str, outcome: str, seconds: float) -> None:
        """A request came to its end."""
        label = model if not model or model in self._models else _OTHER
        # Looking up the child of a label takes longer than counting.
        named = endpoint, label, outcome
        if (series := self._series.get(named)) is None:
            series = self._series[named] = self._requests.labels(*named), self._seconds.labels(outcome)
        series[0].inc()
        series[1].observe(seconds)

    def knows(self, model: str) -> None:
        """An upstream has answered for this model, so there is one of that name; the first fifty are told apart."""
        if len(self._models) < _MODELS and len(model) <= 100:  # noqa: PLR2004  # names are short
            self._models.add(model)

    def avoided(self, tokens: int, by: str) -> None:
        """An answer from here took the place of so many tokens."""
        self._avoided.labels(by).inc(tokens)
