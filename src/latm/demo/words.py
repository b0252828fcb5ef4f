"""What a run comes to, in sentences: the same ones on the console and on the page."""

from collections.abc import Mapping

from latm.answer import Route
from latm.demo.saving import Saving
from latm.demo.summary import Summary


def share(value: float | None) -> str:
    """A share in per cent; a dash if there is none."""
    return "–" if value is None else f"{value:.1%}"


def other_routes(routes: Mapping[Route, int]) -> str:
    """How many answers came which way, other than by tool."""
    return ", ".join(f"{route} {routes[route]:,}" for route in Route if route is not Route.TOOL and routes.get(route))


def answered(summary: Summary) -> str:
    """What tools answered, how well, and in what time."""
    total = summary.score.total
    return (
        f"{total.questions:,} questions in {summary.course.seconds:.1f} s: {total.by_tool:,} answered by a tool with "
        f"no model call, {share(total.precision)} of them right."
    )


def covered(summary: Summary) -> str:
    """What share tools answered once they stood."""
    total = summary.score.total
    return (
        f"Once a tool for their kind stood, {share(total.coverage)} of {total.after_tool:,} questions were answered by "
        "a tool."
    )


def saved(saving: Saving) -> str:
    """What was spent, and what it is compared with."""
    return (
        f"{saving.spent.tokens:,} tokens in {saving.spent.calls:,} model calls, makings included. Answering everything "
        f"directly would take about {saving.all_direct.tokens:,} tokens in {saving.all_direct.calls:,} calls: an "
        f"estimate from the mean of each kind's own direct answers, in the {saving.style} style. "
        f"Saved: {saving.share:.1%} of the tokens."
    )


def priced(saving: Saving) -> list[str]:
    """What that is in money; nothing if no price was asked for."""
    if saving.spent_usd is None or saving.all_direct_usd is None:
        return []
    price = (
        f"At the list price of {saving.priced_as} these tokens cost ${saving.spent_usd:.2f}, against about "
        f"${saving.all_direct_usd:.2f}. That is an estimate too: {saving.priced_as} did not answer here, and would "
        "count its tokens differently."
    )
    return [price]


def replayed(summary: Summary) -> str:
    """What was replayed, plainly."""
    if summary.replayed is None:
        return "Nothing was replayed: every completion was asked of a model now."
    models, since, until = summary.replayed.models, summary.replayed.since, summary.replayed.until
    return (
        f"Replayed: all that a language model says. {summary.replayed.completions:,} of {summary.course.usage.calls:,} "
        f"completions come from a recording of {', '.join(models)}, made from {since} to {until}. All the rest "
        "happened now: grouping, verifying, jailing, parsing, solving."
    )


def sentences(summary: Summary) -> list[str]:
    """All of them."""
    return [
        answered(summary),
        covered(summary),
        saved(summary.saving),
        *priced(summary.saving),
        replayed(summary),
    ]
