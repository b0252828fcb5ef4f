"""What becomes of everything that an endpoint may send: by a real client, against a real server, in every role."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoint_cases import CASES
from latm.errors import CutOffError, ModelError
from latm.models import Completion, Message, Model, Models, Request, open_models, retrying
from latm.models.recording import load_recording
from latm.settings import Settings
from openai_endpoint import Endpoint, serving

pytestmark = pytest.mark.anyio

ASKED = {
    "maker": Request([Message("system", "Make."), Message("user", "?")], "propose", temperature=0.3),
    "direct": Request([Message("user", "?")], "direct", temperature=0.0),
    "user": Request([Message("user", "?")], "tool-user", temperature=0.0),
    "dispatcher": Request([Message("user", "?")], "dispatch", temperature=0.0, max_tokens=16),
}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)


def open_all(endpoint: Endpoint, **settings: Any) -> Models:
    name = f"tiny@{endpoint.url}"
    return open_models(Settings(maker=name, dispatcher=name, timeout=60, **settings))


async def outcome(models: Models, role: str, request: Request) -> Completion | ModelError:
    """What a caller gets; any other error is a fault."""
    model: Model | None = getattr(models, role)
    assert model is not None
    try:
        return await model.complete(request)
    except ModelError as error:
        return error
    finally:
        await models.close()


@pytest.mark.parametrize("role", ASKED)
@pytest.mark.parametrize("name", CASES)
async def test_what_comes_of_it(endpoint: Endpoint, tmp_path: Path, name: str, role: str) -> None:
    case = CASES[name]
    endpoint.replies, endpoint.headers = list(case.replies), case.headers
    models = open_all(endpoint, retries=2, record=tmp_path / "r.jsonl")
    got = await outcome(models, role, ASKED[role])

    # Only the dispatcher sets a limit on tokens, so it alone asks once more where one was reached.
    again = case.error is CutOffError and role == "dispatcher"
    text = got.text if isinstance(got, Completion) else None
    assert text == case.text
    assert isinstance(got, Completion) or (type(got), got.reason) == (case.error, case.reason)
    assert case.words in str(got)
    assert isinstance(got, Completion) or str(got).isprintable()
    assert len(endpoint.bodies) == case.asked + again
    assert got.usage.calls == case.answered + again
    assert models.meter.total() == models.meter.total(role=role) == got.usage
    assert [entry.completion for entry in load_recording(tmp_path / "r.jsonl").entries] == ([text] if text else [])
