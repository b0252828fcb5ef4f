"""An outage in the middle of a file: wait, ask again, go on; or stop, with the rest of the file unasked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, cycle, repeat

from latm.answer import Answer, Route
from latm.errors import PassingModelError

IN_A_ROW = 5
"""So many questions in a row without an answer are an outage, if nobody said how long it lasts."""
PAUSES = (5.0, 10.0, 20.0, 40.0)
LONGEST_PAUSE = 60.0
_TICK = 1.0


class Patience:
    """Sits out the outages of one run.

    Args:
        ask: asks a failed question again.
        waiting: is told, about every second, how many are left until it is asked again, and what failed last.
        seconds: to wait in each outage, at most.
    """

    def __init__(
        self, ask: Callable[[Answer], Awaitable[Answer]], waiting: Callable[[float, str], None], seconds: float
    ) -> None:
        self._ask = ask
        self._waiting = waiting
        self._seconds = seconds
        self._in_a_row = 0

    def is_out(self, answer: Answer) -> bool:
        """Whether the model is out, as far as the answers up to this one tell."""
        if answer.route is Route.FAILED and answer.retry_after is not None:
            self._in_a_row += 1
        elif answer.usage.calls:
            self._in_a_row = 0
        return self._in_a_row >= IN_A_ROW or bool(answer.retry_after)

    async def outlast(self, answers: list[Answer]) -> None:
        """Wait until one of these questions is answered, then ask the others once more; what comes takes their places.

        Args:
            answers: of a block in which the model went out.

        Raises:
            PassingModelError: it stays out for longer than there is patience.
            ModelError: what every further question would meet too.
        """
        failed = [place for place, answer in enumerate(answers) if answer.retry_after is not None]
        waited, pauses = 0.0, chain(PAUSES, repeat(LONGEST_PAUSE))
        for probe in cycle(failed):
            last = answers[probe]
            pause = last.retry_after or next(pauses)
            if waited + pause > self._seconds:
                raise self._exhausted(last, waited)
            waited += pause
            for seconds in _countdown(pause):
                self._waiting(seconds, said(last))
                await asyncio.sleep(min(_TICK, seconds))
            answers[probe] = await self._ask(last)
            if answers[probe].retry_after is None:
                break
        self._in_a_row = 0
        left = [place for place in failed if answers[place].retry_after is not None]
        for place, answer in zip(left, await asyncio.gather(*(self._ask(answers[at]) for at in left)), strict=True):
            answers[place] = answer

    def _exhausted(self, last: Answer, waited: float) -> PassingModelError:
        told = (
            f"it asks for {last.retry_after:,.0f} s" if last.retry_after else f"it was asked again for {waited:,.0f} s"
        )
        return PassingModelError(
            f"{said(last).rstrip('.')}; {told}, and this run waits for {self._seconds:,.0f} s at most.",
            hint="Run the same command again later: it goes on from here. --patience says how long to wait.",
            reason=last.reason,
            retry_after=last.retry_after,
        )


def _countdown(seconds: float) -> Iterator[float]:
    """The seconds that are left, about every second."""
    while seconds > 0:
        yield seconds
        seconds -= _TICK


def said(failed: Answer) -> str:
    """Why there is no answer: its evidence without where the question belongs."""
    return failed.evidence.partition("; ")[2] or failed.evidence
