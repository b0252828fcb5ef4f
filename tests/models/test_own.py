"""Models that users bring."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asking import ask

from latm.errors import (
    BudgetError,
    CutOffError,
    EmptyError,
    ModelTimeoutError,
    PassingModelError,
    ProviderError,
    SettingsError,
)
from latm.ledger import Usage
from latm.models import Completion, Message, OwnModel, Request, open_models
from latm.models.recording import load_recording
from latm.settings import Settings

pytestmark = pytest.mark.anyio


async def capital(messages: list[dict[str, str]]) -> str:
    return f"Rome, asked by {messages[-1]['role']} {messages[-1]['content']!r}"


class Atlas:
    """An object with a request's whole interface."""

    name = "atlas"

    def __init__(self) -> None:
        self.closed = 0

    async def complete(self, request: Request) -> Completion:
        return Completion(f"{request.purpose}: Rome", "atlas-2", Usage(1, 5, 2, None), seconds=1.5)

    async def close(self) -> None:
        self.closed += 1


def test_a_function_answers_with_estimated_tokens() -> None:
    completion = asyncio.run(OwnModel(capital).complete(ask("Where is it?")))
    assert completion.text == "Rome, asked by user 'Where is it?'"
    assert (completion.model, completion.estimated) == ("capital", True)
    assert completion.usage == Usage(1, 3, 9, None)


def test_an_object_answers_with_what_it_counted_and_is_closed() -> None:
    atlas = Atlas()
    model = OwnModel(atlas)
    completion = asyncio.run(model.complete(ask("?")))
    for _ in range(2):
        asyncio.run(model.close())
    assert (completion.text, completion.model, completion.usage) == ("direct: Rome", "atlas-2", Usage(1, 5, 2, None))
    assert (model.name, atlas.closed) == ("atlas", 1)


def gives(answer: Any) -> Any:
    async def own(_: list[dict[str, str]]) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return own


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        ("", EmptyError, "empty completion"),
        ("<think>Rome", CutOffError, "reasoning and no answer"),
        (None, SettingsError, "gave NoneType instead of text"),
        (ConnectionResetError("gone"), PassingModelError, "could not answer: ConnectionResetError"),
        (TimeoutError(), PassingModelError, "could not answer: TimeoutError"),
        (ProviderError("no key"), ProviderError, "no key"),
        (KeyError("a fault of the program"), KeyError, "a fault"),
    ],
)
async def test_what_it_does_has_the_outcome_that_it_has_of_any_model(
    answer: Any, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        await OwnModel(gives(answer), "mine").complete(ask("?"))


async def test_a_function_that_would_block_everybody_is_refused() -> None:
    with pytest.raises(SettingsError, match="'mine' is not asynchronous"):
        await OwnModel(lambda _: "Rome", "mine").complete(ask("?"))  # type: ignore[arg-type, return-value]  # as untyped callers do


async def test_reasoning_and_what_cannot_be_kept_are_taken_off() -> None:
    assert (await OwnModel(gives("<think>Bonn?</think>Ro\0me")).complete(ask("?"))).text == "Ro�me"


async def test_it_serves_in_a_role_inside_all_wrappers(tmp_path: Path) -> None:
    calls = 0

    async def flaky(_: list[dict[str, str]]) -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise PassingModelError("busy", retry_after=0.0)
        return "Rome"

    path = tmp_path / "r.jsonl"
    models = open_models(Settings(record=path, retries=1, budget_tokens=2), own={"maker": flaky, "direct": Atlas()})
    models.check()
    assert models.maker is not None
    assert models.user is not None
    assert models.direct is not None
    assert models.judge is not None
    assert (models.maker.name, models.user.name, models.direct.name, models.judge.name) == (
        "flaky",
        "flaky",
        "atlas",
        "atlas",
    )
    request = Request([Message("system", "Make."), Message("user", "?")], "propose")
    assert (await models.maker.complete(request)).text == "Rome"
    with pytest.raises(BudgetError):
        await models.direct.complete(ask("?"))
    await models.close()
    assert models.meter.total(role="maker").calls == 1
    assert [entry.model for entry in load_recording(path).entries] == ["flaky"]

    replayed = open_models(Settings(replay=path), own={"maker": flaky})
    assert replayed.maker is not None
    assert (await replayed.maker.complete(request)).text == "Rome"
    assert calls == 2


async def test_the_deadline_holds_for_it_too() -> None:
    async def hanging(_: list[dict[str, str]]) -> str:
        await asyncio.sleep(60)
        return "Rome"

    models = open_models(Settings(timeout=0.05), own={"maker": hanging})
    assert models.maker is not None
    with pytest.raises(ModelTimeoutError, match=r"'hanging' did not answer within 0.05 s"):
        await models.maker.complete(ask("?"))


@pytest.mark.parametrize(
    ("own", "sentence"),
    [({"maker": 5}, "5 is not a model"), ({"cook": capital}, "'cook' is not a role of a model")],
)
def test_what_is_no_model_or_no_role_is_refused(own: Any, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        open_models(Settings(), own=own)


def test_a_budget_in_money_wants_a_price_that_ones_own_model_has_not() -> None:
    with pytest.raises(BudgetError, match="no known price"):
        open_models(Settings(budget_usd=1), own={"maker": capital})  # type: ignore[arg-type]  # pydantic reads the number
