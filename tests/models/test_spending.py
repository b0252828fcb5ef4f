"""What was spent is what the endpoint answered, whatever became of the calls."""

import asyncio
import json
import random
from typing import Any

import pytest

from latm.errors import ModelError
from latm.models import Message, Model, Request, open_models, retrying
from latm.settings import Settings
from openai_endpoint import Reply, completion_body, error_body, serving_replies

pytestmark = pytest.mark.anyio

KINDS = ("whole", "whole", "whole", "cut", "filtered", "empty", "error", "none", "429", "503")
ROLES = {"maker": "propose", "user": "tool-user", "direct": "direct", "dispatcher": "dispatch", "judge": "direct"}


class Till:
    """An endpoint that fails in every way, and counts the tokens of what it answered."""

    def __init__(self, seed: int) -> None:
        self.answered = 0
        self.tokens = 0
        self._random = random.Random(seed)

    def reply(self, _: dict[str, Any], __: str | None) -> Reply:
        kind = self._random.choice(
            ["whole", "whole", "whole", "cut", "filtered", "empty", "error", "none", "429", "503"]
        )
        if kind in {"429", "503"}:
            return int(kind), error_body("no")
        tokens = self._random.randint(1, 50), self._random.randint(1, 50)
        self.answered += 1
        self.tokens += sum(tokens)
        body = json.loads(completion_body("" if kind == "empty" else "Rome", usage=tokens))
        finish = {"cut": "length", "filtered": "content_filter", "error": "error"}.get(kind, "stop")
        body["choices"] = [] if kind == "none" else [body["choices"][0] | {"finish_reason": finish}]
        return 200, json.dumps(body)


async def ask_all(url: str, questions: int) -> tuple[int, int, int, int]:
    """Calls and tokens by the meter, tokens on the completions and errors, and by the budget."""
    name = f"tiny@{url}"
    settings = Settings(maker=name, dispatcher=name, timeout=60, retries=2, concurrency=8, budget_tokens=10**9)
    models = open_models(settings)
    given = 0

    async def ask_one(number: int, role: str) -> None:
        nonlocal given
        model: Model | None = getattr(models, role)
        assert model is not None
        limit = 16 if role == "dispatcher" else None
        try:
            completion = await model.complete(Request([Message("user", f"{number}")], ROLES[role], max_tokens=limit))
            given += completion.usage.tokens
        except ModelError as error:
            given += error.usage.tokens

    await asyncio.gather(*(ask_one(number, role) for number in range(questions) for role in ROLES))
    await models.close()
    total = models.meter.total()
    return total.calls, total.tokens, given, sum(models.meter.total(role=role).tokens for role in ROLES)


@pytest.mark.parametrize("seed", range(3))
async def test_meter_completions_and_errors_count_every_token_that_was_answered(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    till = Till(seed)
    with serving_replies(till.reply) as url:
        calls, tokens, given, by_role = await ask_all(url, questions=30)
    assert calls == till.answered > 100
    assert tokens == given == by_role == till.tokens
