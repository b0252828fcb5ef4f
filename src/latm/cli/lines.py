"""What is said of a batch while it runs, a line each; the same whether a terminal draws it or not."""

from latm.batch.run import Batch
from latm.cli.words import counted, dollars, plain, share, tokens
from latm.observing import MakingPostponed
from latm.provenance import Making


def beginning(batch: Batch, total: int | None) -> str:
    """How much there is to do."""
    counts = batch.counts
    what = "questions as they come" if total is None else f"{total - counts.resumed:,} questions"
    return f"Answering {what}" + (f", after {counts.resumed:,} that are answered already." if counts.resumed else ".")


def situation(batch: Batch) -> str:
    """Routes, kinds, spending and saving so far, and what failed last, in one line."""
    routes = ", ".join(f"{route} {count:,}" for route, count in sorted(batch.counts.routes.items())) or "asking"
    makings = f", making {counted(batch.making, 'tool')}" if batch.making else ""
    failure = f"; the last failure: {plain(batch.last_failure)}" if batch.last_failure else ""
    spent = f"{tokens(batch.spent.tokens)}, {dollars(batch.spent.cost)}"
    return f"{routes}; {counted(batch.kinds, 'kind')}{makings}; spent {spent}; {_saved(batch)}{failure}"


def _saved(batch: Batch) -> str:
    saved = batch.saving
    if saved.share is None:
        return "saving unknown"
    money = "" if saved.cost is None else f"{dollars(saved.cost)}, "
    return f"saved {money}{share(saved.share)} of the tokens"


def waiting_for(seconds: float, why: str) -> str:
    """What a run waits for in an outage, in one line."""
    return plain(f"waiting, and asking again in {seconds:,.0f} s: {why}")


def news(making: Making) -> str:
    """A making in one line."""
    what = f"{making.outcome} {making.tool_id}" if making.tool_id else making.outcome
    return plain(f"{what} for {making.task}: {making.reason} ({tokens(making.usage.tokens)})")


def put_off(postponed: MakingPostponed) -> str:
    """A making that could not be carried out, in one line."""
    again = f"tried again in {postponed.seconds:,.0f} s"
    return plain(f"no tool for {postponed.task} yet: {postponed.error} The run goes on without it; {again}.")
