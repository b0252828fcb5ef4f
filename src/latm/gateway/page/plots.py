"""The overview's plots: which way answers came over time, and what they cost against direct answers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate

from latm.answer import Route
from latm.report import Plot, PlotStyle, Series
from latm.store import Step


def routes_plot(steps: Sequence[Step]) -> Plot:
    """Which way answers came, as shares of what came in each hour or day."""
    count = _by_time(steps)
    return Plot(
        title="Which way answers came",
        x=list(count),
        series=[
            Series(str(route), [routes[route].answers / _sum(routes).answers for routes in count.values()])
            for route in Route
            if any(step.route is route for step in steps)
        ],
        style=PlotStyle.BARS,
        y_label="share of answers",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def cost_plot(steps: Sequence[Step], avoided: float) -> Plot:
    """Tokens of answers, added up over time, against an estimate for answering all directly.

    Args:
        steps: the course of answers.
        avoided: tokens that an answer of a tool has avoided, on average.
    """
    count = _by_time(steps)
    spent = [_sum(routes).tokens for routes in count.values()]
    saved = [avoided * routes[Route.TOOL].answers for routes in count.values()]
    direct = [tokens + more for tokens, more in zip(spent, saved, strict=True)]
    return Plot(
        title="Tokens of answers, added up",
        x=list(count),
        series=[
            Series("latm", list(accumulate(spent))),
            Series("all answered directly (estimate)", list(accumulate(direct))),
        ],
        style=PlotStyle.BARS,
        y_label="tokens",
        note="Makings and audits are in the ledger. The estimate takes, for every answer of a tool, what one has "
        "avoided on average.",
    )


def _by_time(steps: Sequence[Step]) -> Mapping[str, defaultdict[Route, Step]]:
    """Steps by hour if they are of one day, else by day; and by route."""
    is_a_day = len({step.begun[:10] for step in steps}) == 1
    found: dict[str, defaultdict[Route, Step]] = {}
    for step in steps:
        time = f"{step.begun[11:]}:00" if is_a_day else step.begun[5:10]
        routes = found.setdefault(time, defaultdict(lambda: _NOTHING))
        known = routes[step.route]
        routes[step.route] = Step(time, step.route, known.answers + step.answers, known.tokens + step.tokens)
    return found


def _sum(routes: Mapping[Route, Step]) -> Step:
    answers, tokens = (sum(getattr(step, of) for step in routes.values()) for of in ("answers", "tokens"))
    return Step("", Route.DIRECT, answers, tokens)


_NOTHING = Step("", Route.DIRECT, 0, 0)
