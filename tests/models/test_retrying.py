"""Tries, pauses and the one deadline."""

from dataclasses import replace
from decimal import Decimal

import anyio
import pytest
from asking import ask

from latm.errors import CutOffError, ModelTimeoutError, PassingModelError, ProviderError
from latm.ledger import Usage
from latm.models import retrying
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


async def test_a_pause_that_fits_is_waited_and_said(caplog: pytest.LogCaptureFixture) -> None:
    model = ScriptedModel([passing(retry_after=0.01), passing(retry_after=0.02), "yes"])
    assert (await Retrying(model, retries=2, timeout=20).complete(ask("?"))).text == "yes"
    assert not caplog.records


async def test_a_long_pause_is_said(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "NOTABLE_PAUSE", 0.01)
    model = ScriptedModel([passing(retry_after=0.01), "yes"])
    await Retrying(model, retries=2, timeout=20).complete(ask("?"))
    assert "scripted asks to wait" in caplog.text


async def test_an_own_pause_that_does_not_fit_ends_the_call_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 3600)
    model = ScriptedModel([PassingModelError("busy."), "yes"])
    with anyio.fail_after(10), pytest.raises(ModelTimeoutError, match="within 12 s; the last try: busy"):
        await Retrying(model, retries=2, timeout=12).complete(ask("?"))


def cut(tokens: int) -> CutOffError:
    return CutOffError("cut.", usage=Usage(1, 1, tokens, Decimal(tokens)))


def limits(model: ScriptedModel) -> list[int | None]:
    return [request.max_tokens for request in model.requests]


async def test_what_a_limit_cut_off_is_asked_once_more_with_a_larger_one_that_is_kept() -> None:
    model = ScriptedModel([cut(16), "yes", "yes", "no limit"])
    tried = Retrying(model, retries=0, timeout=20)
    first = await tried.complete(replace(ask("?"), max_tokens=16))
    await tried.complete(replace(ask("?"), max_tokens=16))
    await tried.complete(ask("?"))
    assert limits(model) == [16, 1024, 1024, None]
    assert first.usage.calls == 2
    assert first.usage.output_tokens == 16


async def test_what_is_cut_off_again_has_failed_and_is_paid_for() -> None:
    model = ScriptedModel([cut(16), cut(1024), cut(16), "yes"])
    tried = Retrying(model, retries=5, timeout=20)
    with pytest.raises(CutOffError) as caught:
        await tried.complete(replace(ask("?"), max_tokens=16))
    assert caught.value.usage == Usage(2, 2, 1040, Decimal(1040))
    assert (await tried.complete(replace(ask("?"), max_tokens=16))).text == "yes"
    assert limits(model) == [16, 1024, 16, 1024]


async def test_without_a_limit_a_cut_completion_is_not_asked_again() -> None:
    model = ScriptedModel([cut(5), "yes"])
    with pytest.raises(CutOffError):
        await Retrying(model, retries=5, timeout=20).complete(ask("?"))
    assert limits(model) == [None]


async def test_what_was_paid_before_the_deadline_is_on_its_error() -> None:
    class Hanging(ScriptedModel):
        async def complete(self, request: Request) -> Completion:
            if self.requests:
                await anyio.sleep_forever()
            return await super().complete(request)

    with anyio.fail_after(10), pytest.raises(ModelTimeoutError) as caught:
        await Retrying(Hanging([cut(16)]), retries=2, timeout=0.05).complete(replace(ask("?"), max_tokens=16))
    assert caught.value.usage.output_tokens == 16


async def test_a_fault_of_the_program_is_not_tried_again() -> None:
    model = ScriptedModel([TypeError("a fault"), "yes"])
    with pytest.raises(TypeError, match="a fault"):
        await Retrying(model, retries=2, timeout=20).complete(ask("?"))
    assert len(model.requests) == 1


async def test_a_time_out_within_a_model_is_not_taken_for_the_deadline() -> None:
    with pytest.raises(TimeoutError, match="its own"):
        await Retrying(ScriptedModel([TimeoutError("its own")]), retries=2, timeout=20).complete(ask("?"))


@pytest.mark.parametrize(
    ("tries", "longest"),
    [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, LONGEST_PAUSE), (8, LONGEST_PAUSE), (5000, LONGEST_PAUSE)],
)
def test_pauses_double_up_to_the_longest(tries: int, longest: float) -> None:
    pauses = [backoff(tries) for _ in range(100)]
    assert longest / 2 <= min(pauses) < max(pauses) <= longest
