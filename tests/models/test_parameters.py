"""What an endpoint does not know is learnt once from its own errors, and gone without."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from latm.errors import RequestError
from latm.models.access import ProviderModel
from latm.models.parameters import SYSTEM, refused_parameter
from latm.models.port import Message, Request
from openai_endpoint import Reply, completion_body, error_body, serving_replies

pytestmark = pytest.mark.anyio

SENT = Request([Message("system", "Make."), Message("user", "?")], "propose", temperature=0.3, max_tokens=50)
NAMES = ("temperature", "max_completion_tokens", "max_tokens")


def ignorant_of(unknown: set[str], bodies: list[dict[str, Any]], text: str | None = None) -> Any:
    """An endpoint that refuses the first parameter that it does not know, or answers in a text that names it."""

    def reply(body: dict[str, Any], _: str | None) -> Reply:
        bodies.append(body)
        sent = [name for name in NAMES if name in body]
        sent += ["messages[0].role"] if body["messages"][0]["role"] == "system" else []
        refused = next((name for name in sent if name in unknown), None)
        if refused is None:
            return 200, completion_body("Rome")
        return 400, error_body(f"{refused}?", text or "unsupported_value", None if text else refused)

    return reply


@contextmanager
def model_without(*unknown: str, text: str | None = None) -> Iterator[tuple[ProviderModel, list[dict[str, Any]]]]:
    bodies: list[dict[str, Any]] = []
    with serving_replies(ignorant_of(set(unknown), bodies, text)) as url:
        yield ProviderModel(f"tiny@{url}", timeout=20), bodies


@pytest.mark.parametrize(
    ("unknown", "said", "fields", "roles"),
    [
        ([], [], {"temperature", "max_completion_tokens"}, ["system", "user"]),
        (["temperature"], ["temperature"], {"max_completion_tokens"}, ["system", "user"]),
        (["max_completion_tokens"], ["max_completion_tokens"], {"temperature", "max_tokens"}, ["system", "user"]),
        (["max_completion_tokens", "max_tokens"], ["max_completion_tokens", "max_tokens"], {"temperature"}, None),
        (["messages[0].role"], [SYSTEM], {"temperature", "max_completion_tokens"}, ["user"]),
        ([*NAMES, "messages[0].role"], [*NAMES, SYSTEM], set(), ["user"]),
    ],
)
async def test_what_is_refused_by_name_is_left_out_from_then_on(
    caplog: pytest.LogCaptureFixture, unknown: list[str], said: list[str], fields: set[str], roles: list[str] | None
) -> None:
    with model_without(*unknown) as (model, bodies):
        for _ in range(2):
            assert (await model.complete(SENT)).text == "Rome"
        await model.close()
    assert len(bodies) == len(said) + 2
    assert {name for name in NAMES if name in bodies[-1]} == fields
    assert [turn["role"] for turn in bodies[-1]["messages"]] == (roles or ["system", "user"])
    assert [record.getMessage().partition(" does not know ")[2].partition(";")[0] for record in caplog.records] == said


async def test_the_system_text_is_not_lost_with_its_role() -> None:
    with model_without("messages[0].role") as (model, bodies):
        await model.complete(SENT)
        await model.close()
    assert bodies[-1]["messages"] == [{"role": "user", "content": "Make.\n\n?"}]


async def test_a_text_that_names_a_parameter_teaches_nothing() -> None:
    with model_without("temperature", text="invalid_request_error") as (model, bodies):
        with pytest.raises(RequestError, match="temperature"):
            await model.complete(SENT)
        await model.close()
    assert len(bodies) == 1


async def test_many_at_once_learn_it_together(caplog: pytest.LogCaptureFixture) -> None:
    with model_without("temperature", "max_completion_tokens") as (model, bodies):
        completions = await asyncio.gather(*(model.complete(SENT) for _ in range(20)))
        await model.close()
    assert {completion.text for completion in completions} == {"Rome"}
    assert len(caplog.records) == 2
    assert len(bodies) <= 60


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"param": "temperature", "code": "unsupported_value"}, "temperature"),
        ({"param": "seed", "code": "unknown_parameter"}, "seed"),
        ({"param": "temperature", "code": None}, "temperature"),
        ({"param": "temperature"}, "temperature"),
        ({"param": "temperature", "code": "decimal_above_max_value"}, None),
        ({"param": "messages[0].role", "code": "unsupported_value"}, SYSTEM),
        ({"param": "messages.0.role", "code": "invalid_value"}, SYSTEM),
        ({"param": "messages", "code": "invalid_value"}, None),
        ({"param": None, "message": "temperature is unsupported"}, None),
        ({"detail": [{"loc": ["body", "temperature"], "type": "extra_forbidden"}]}, "temperature"),
        ({"detail": [{"loc": ["body", "messages", 0, "role"], "type": "enum"}]}, SYSTEM),
        ({"detail": [{"loc": ["body", "temperature"], "type": "less_than_equal"}]}, None),
        ({"detail": [7, {"loc": "body", "type": []}, {}]}, None),
        ({"detail": "temperature"}, None),
        ({"param": [], "code": {}}, None),
        ("temperature", None),
        (None, None),
    ],
)
def test_only_the_fields_of_an_error_say_which_parameter_is_unknown(body: object, parameter: str | None) -> None:
    assert refused_parameter(body) == parameter
