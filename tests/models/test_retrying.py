"""Tries, pauses and the one deadline."""

import anyio
import pytest
from asking import ask

from latm.errors import ModelTimeoutError, PassingModelError, ProviderError
from latm.models.port import Completion, Request
from latm.models.retrying import LONGEST_PAUSE, Retrying, backoff
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio


def passing(retry_after: float = 0.0) -> PassingModelError:
    return PassingModelError("busy.", retry_after=retry_after)


async def test_it_answers_once_the_failure_has_passed() -> None:
    model = ScriptedModel([passing(), passing(), "yes"])
    completion = await Retrying(model, retries=2, timeout=20).complete(ask("?"))
    assert (completion.text, len(model.requests)) == ("yes", 3)


async def test_the_tries_that_are_set_are_the_most_there_are() -> None:
    model = ScriptedModel(lambda _: passing())
    with pytest.raises(PassingModelError, match=r"busy \(tries: 3\)"):
        await Retrying(model, retries=2, timeout=20).complete(ask("?"))
    assert len(model.requests) == 3


async def test_a_refusal_is_final() -> None:
    model = ScriptedModel([ProviderError("no"), "yes"])
    with pytest.raises(ProviderError):
        await Retrying(model, retries=2, timeout=20).complete(ask("?"))


async def test_a_pause_beyond_the_deadline_is_not_sat_out() -> None:
    model = ScriptedModel([passing(retry_after=3600), "yes"])
    with anyio.fail_after(10), pytest.raises(PassingModelError, match="busy; it asks to wait 3600 s") as caught:
        await Retrying(model, retries=2, timeout=600).complete(ask("?"))
    assert caught.value.retry_after == 3600
    assert len(model.requests) == 1


async def test_the_deadline_ends_a_try_that_hangs() -> None:
    class Hanging(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            await anyio.sleep_forever()
            return await super().complete(request)

    with anyio.fail_after(10), pytest.raises(ModelTimeoutError, match=r"'scripted' did not answer within 0.05 s\."):
        await Retrying(Hanging([]), retries=2, timeout=0.05).complete(ask("?"))


@pytest.mark.parametrize(
    ("tries", "longest"),
    [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, LONGEST_PAUSE), (8, LONGEST_PAUSE), (5000, LONGEST_PAUSE)],
)
def test_pauses_double_up_to_the_longest(tries: int, longest: float) -> None:
    pauses = [backoff(tries) for _ in range(100)]
    assert longest / 2 <= min(pauses) < max(pauses) <= longest
