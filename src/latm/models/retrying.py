"""Another try after a passing failure, inside one deadline for the whole call."""

import itertools
import random

import anyio

from latm.errors import ModelTimeoutError, PassingModelError
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
DOUBLINGS = 6
"""After which the longest pause is reached."""


def backoff(tries: int) -> float:
    """Seconds to wait before the next try: doubled with every try, the upper half of it random.

    Args:
        tries: tries so far, at least 1.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries - 1, DOUBLINGS))
    return random.uniform(longest / 2, longest)  # noqa: S311  # spreads clients out, keeps no secret


class Retrying(Wrapper):
    """Tries again after a failure that may pass.

    Args:
        model: what to ask.
        retries: further tries after the first.
        timeout: seconds for the whole call, pauses included.
    """

    def __init__(self, model: Model, *, retries: int, timeout: float) -> None:
        super().__init__(model)
        self._tries = 1 + retries
        self._timeout = timeout

    async def complete(self, request: Request) -> Completion:
        """Ask until it answers.

        Raises:
            ModelTimeoutError: no time is left.
            PassingModelError: the last try failed as well.
            ModelError: what a retry cannot mend, at once.
        """
        failure: PassingModelError | None = None
        with anyio.move_on_after(self._timeout) as call:
            for tries in itertools.count(1):
                try:
                    return await super().complete(request)
                except PassingModelError as error:
                    failure = error
                if tries == self._tries:
                    raise _outlasted(failure, tries)
                pause = backoff(tries) if failure.retry_after is None else failure.retry_after
                if anyio.current_time() + pause >= call.deadline:
                    break
                await anyio.sleep(pause)
        raise self._timed_out(failure) from failure

    def _timed_out(self, failure: PassingModelError | None) -> ModelTimeoutError:
        reason = f"; the last try: {failure.message.rstrip('.')}" if failure else ""
        return ModelTimeoutError(
            f"{self.name!r} did not answer within {self._timeout:g} s{reason}.",
            hint="Set a longer timeout, or try again later.",
        )


def _outlasted(failure: PassingModelError, tries: int) -> PassingModelError:
    return PassingModelError(
        f"{failure.message.rstrip('.')} (tries: {tries}).", hint="Try again later.", retry_after=failure.retry_after
    )
