"""Another try after a passing failure or a cut completion, inside one deadline for the whole call."""

import asyncio
import logging
import random
from dataclasses import dataclass, field, replace

from latm.errors import CutOffError, ModelError, ModelTimeoutError, PassingModelError
from latm.ledger import Usage
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper

LOG = logging.getLogger("latm.models")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
DOUBLINGS = 6
"""So many tries lead to the longest pause."""
NOTABLE_PAUSE = 5.0
"""A pause of so many seconds or more is logged."""
WIDER = 4
LEAST_WIDER = 1024
"""A completion that was cut gets four times the limit that it had, and this many tokens at least: models that reason
spend hundreds before they answer."""


def backoff(tries: int) -> float:
    """Seconds to wait before the next try: doubled with every try, the upper half of it random.

    Args:
        tries: tries so far, at least 1.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries - 1, DOUBLINGS))
    return random.uniform(longest / 2, longest)  # noqa: S311  # spreads clients out, keeps no secret


@dataclass(slots=True)
class _Call:
    """What has become of one call so far."""

    tries: int = 0
    spent: Usage = field(default_factory=Usage)
    failure: PassingModelError | None = None


class Retrying(Wrapper):
    """Tries again after a failure that may pass, and once with a larger limit if one cut the completion off.

    What failed tries have cost is part of the completion's usage, or of the error's.

    Args:
        model: what to ask.
        retries: further tries after the first.
        timeout: seconds for the whole call, pauses included.
    """

    def __init__(self, model: Model, *, retries: int, timeout: float) -> None:
        super().__init__(model)
        self._most_tries = 1 + retries
        self._timeout = timeout
        self._enough: dict[int, int] = {}
        self._said_until = 0.0

    async def complete(self, request: Request) -> Completion:
        """Ask until it answers.

        Raises:
            ModelTimeoutError: no time is left.
            PassingModelError: the last try failed as well, or the provider asks for a longer pause than there is time.
            ModelError: what a retry cannot repair, at once.
        """
        call = _Call()
        deadline = asyncio.timeout(self._timeout)
        try:
            async with deadline:
                completion = await self._answered(request, call)
        except ModelError as error:
            error.usage = call.spent
            raise
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise self._timed_out(call) from call.failure or error
        return replace(completion, usage=call.spent)

    async def _answered(self, request: Request, call: _Call) -> Completion:
        started = asyncio.get_running_loop().time()
        asked = request.max_tokens
        limit = self._enough.get(asked, asked) if asked is not None else None
        while True:
            try:
                completion = await self._tried(replace(request, max_tokens=limit), call)
            except CutOffError:
                if asked is None or limit != asked:
                    raise
                limit = max(WIDER * asked, LEAST_WIDER)
            except PassingModelError as error:
                call.tries += 1
                call.failure = error
                await asyncio.sleep(self._pause(call, error, asyncio.get_running_loop().time() - started))
            else:
                if asked is not None and limit is not None:
                    self._enough[asked] = limit
                return completion

    async def _tried(self, request: Request, call: _Call) -> Completion:
        """One try, whose cost is counted whatever becomes of it."""
        try:
            completion = await super().complete(request)
        except ModelError as error:
            call.spent += error.usage
            raise
        call.spent += completion.usage
        return completion

    def _pause(self, call: _Call, error: PassingModelError, passed: float) -> float:
        """Seconds until the next try.

        Raises:
            PassingModelError: there is none.
        """
        if call.tries >= self._most_tries:
            raise _outlasted(error, call.tries)
        pause = backoff(call.tries) if error.retry_after is None else error.retry_after
        if passed + pause >= self._timeout:
            raise self._timed_out(call) if error.retry_after is None else self._asked_to_wait(error, pause)
        self._say(error.retry_after)
        return pause

    def _say(self, asked: float | None) -> None:
        """Say that a provider asks for a notable pause; once for all calls that wait for the same time to pass."""
        now = asyncio.get_running_loop().time()
        if asked is not None and asked >= NOTABLE_PAUSE and now >= self._said_until:
            self._said_until = now + asked
            LOG.warning("%s asks to wait %.0f s; waiting.", self.name, asked)

    def _asked_to_wait(self, error: PassingModelError, wait: float) -> PassingModelError:
        return PassingModelError(
            f"{error.message.rstrip('.')}; it asks to wait {wait:.0f} s, "
            f"which is more than is left of the {self._timeout:g} s for a call.",
            hint=f"Try again in {wait:.0f} s, or set a longer timeout.",
            reason=error.reason,
            retry_after=wait,
        )

    def _timed_out(self, call: _Call) -> ModelTimeoutError:
        failure = call.failure
        reason = f"; the last try: {failure.message.rstrip('.')}" if failure else ""
        return ModelTimeoutError(
            f"{self.name!r} did not answer within {self._timeout:g} s{reason}.",
            hint="Set a longer timeout, or try again later.",
            usage=call.spent,
        )


def _outlasted(failure: PassingModelError, tries: int) -> PassingModelError:
    return type(failure)(
        f"{failure.message.rstrip('.')} (tries: {tries}).",
        hint="Try again later.",
        reason=failure.reason,
        retry_after=failure.retry_after,
    )
