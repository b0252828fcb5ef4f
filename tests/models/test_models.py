"""The models of the roles, as the settings have them."""

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from asking import ask
from genai_prices import Usage as Counts

from latm.errors import BudgetError, InputError, ProviderError, SettingsError
from latm.ledger import Usage
from latm.models import open_models
from latm.models.metering import Account, Meter, Metered, price
from latm.models.recording import Recorder, RecordingFile, load_recording
from latm.models.testing import ScriptedModel
from latm.settings import Settings
from openai_endpoint import Endpoint, completion_body, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ({}, (None, None, None, None)),
        ({"maker": "a:m"}, ("a:m", "a:m", None, "a:m")),
        ({"maker": "a:m", "user": "a:u", "dispatcher": "a:d", "direct": "a:x"}, ("a:m", "a:u", "a:d", "a:x")),
        ({"user": "a:u"}, (None, "a:u", None, None)),
    ],
)
def test_a_role_without_a_model_has_the_makers(setting: dict[str, str], names: tuple[str | None, ...]) -> None:
    models = open_models(Settings(**setting))  # type: ignore[arg-type]  # a table of model names only
    roles = (models.maker, models.user, models.dispatcher, models.direct)
    assert tuple(model and model.name for model in roles) == names


async def test_what_is_recorded_through_the_real_client_replays_with_no_model_set(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    path = tmp_path / "r.jsonl"
    recording = open_models(Settings(maker=f"tiny@{endpoint.url}", record=path))
    assert recording.maker is not None
    asked = await recording.maker.complete(ask("Capital of Italy?"))
    await recording.close()

    models = open_models(Settings(replay=path))
    assert models.direct is not None
    assert models.dispatcher is None
    replayed = await models.direct.complete(ask("Capital of Italy?"))
    await models.close()
    assert models.direct.name == "replay"
    assert (replayed.text, replayed.model, replayed.usage) == (asked.text, f"tiny@{endpoint.url}", asked.usage)
    assert models.meter.total(replayed=True) == asked.usage
    assert models.meter.total(replayed=False) == Usage()
    assert len(endpoint.bodies) == 1


async def test_roles_that_record_into_one_file_number_their_requests_together(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    path = tmp_path / "r.jsonl"
    endpoint.replies = [(200, completion_body("one")), (200, completion_body("two"))]
    settings = Settings(maker=f"tiny@{endpoint.url}", user=f"small@{endpoint.url}", record=path)
    for _ in range(2):
        models = open_models(settings)
        assert models.maker is not None
        assert models.user is not None
        assert [(await models.maker.complete(ask("?"))).text, (await models.user.complete(ask("?"))).text] == [
            "one",
            "two",
        ]
        await models.close()
    assert len(endpoint.bodies) == 2


async def test_all_roles_share_one_budget(endpoint: Endpoint) -> None:
    models = open_models(Settings(maker=f"tiny@{endpoint.url}", user=f"small@{endpoint.url}", budget_tokens=20))
    assert models.maker is not None
    assert models.user is not None
    for model in (models.maker, models.user):
        await model.complete(ask("?"))
    for model in (models.maker, models.user):
        with pytest.raises(BudgetError, match="20 tokens is spent"):
            await model.complete(ask("?"))
    await models.close()
    assert len(endpoint.bodies) == 2


async def test_a_budget_in_tokens_counts_estimates_where_the_endpoint_does_not_count(endpoint: Endpoint) -> None:
    endpoint.replies = [(200, completion_body("Rome" * 20, usage=None))]
    models = open_models(Settings(maker=f"tiny@{endpoint.url}", budget_tokens=20))
    assert models.maker is not None
    completion = await models.maker.complete(ask("?"))
    assert (completion.usage, completion.estimated) == (Usage(1, 1, 20, None), True)
    with pytest.raises(BudgetError, match="20 tokens is spent"):
        await models.maker.complete(ask("?"))
    await models.close()


@pytest.mark.parametrize("name", ["tiny@http://127.0.0.1:1/v1", "openai:never-heard-of"])
def test_a_budget_in_money_wants_a_known_price(name: str) -> None:
    with pytest.raises(BudgetError, match=r"no known price.*budget_tokens"):
        open_models(Settings(maker=name, budget_usd=Decimal(1)))


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"record": "r.jsonl"}, "nothing to record"),
        ({"maker": "gpt-5"}, "not the name of a model"),
    ],
)
def test_settings_that_cannot_work_are_refused(setting: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        open_models(Settings(**setting))  # type: ignore[arg-type]  # pydantic reads the strings


async def test_recording_a_replay_copies_what_is_used_of_it(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    recorder = Recorder(ScriptedModel(["one", "two"]), RecordingFile(whole))
    for question in ("1", "2"):
        await recorder.complete(ask(question))
    await recorder.close()
    models = open_models(Settings(record=part, replay=whole))
    assert models.direct is not None
    await models.direct.complete(ask("2"))
    await models.close()
    [entry] = load_recording(part).entries
    assert entry == load_recording(whole).entries[1]


def test_a_replay_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        open_models(Settings(replay=tmp_path / "r.jsonl"))


def test_importing_and_opening_loads_no_provider_library(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"latm_recording": 1}\n')
    program = f"""
import sys
from latm.models import open_models
from latm.settings import Settings
open_models(Settings(maker="openai:gpt-5"))
open_models(Settings(maker="openai:gpt-5", replay={str(path)!r})).check()
heavy = [name for name in ("pydantic_ai", "genai_prices", "openai") if name in sys.modules]
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603  # our own program


@pytest.mark.parametrize(
    ("provider", "model", "dollars"),
    [
        ("openai", "gpt-4o", Decimal("12.5")),  # 2.50 in and 10 out a million
        ("openai", "never-heard-of", None),
        ("nobody", "gpt-4o", None),
        ("", "gpt-4o", None),
    ],
)
def test_an_unknown_price_is_none_and_never_zero(provider: str, model: str, dollars: Decimal | None) -> None:
    assert price(provider, model, Counts(input_tokens=1_000_000, output_tokens=1_000_000)) == dollars


async def test_totals_are_kept_by_role_and_purpose() -> None:
    meter = Meter()
    maker = Metered(ScriptedModel(["12345678", "1234"], cost=Decimal("0.5")), meter, "maker")
    user = Metered(ScriptedModel(["1234"], cost=None), meter, "user")
    await maker.complete(ask("1234", purpose="propose"))
    await maker.complete(ask("1234", purpose="wrap"))
    await user.complete(ask("1234", purpose="tool-user"))
    assert meter.accounts[Account("maker", "propose", replayed=False)] == Usage(1, 1, 2, Decimal("0.5"))
    assert meter.total(role="maker") == Usage(2, 2, 3, Decimal("1.0"))
    assert meter.total(purpose="tool-user") == Usage(1, 1, 1, None)
    assert meter.total() == Usage(3, 3, 4, None)


async def test_a_failed_call_is_not_counted() -> None:
    meter = Meter()
    with pytest.raises(ProviderError, match="has 0 replies"):
        await Metered(ScriptedModel([]), meter, "maker").complete(ask("?"))
    assert meter.total() == Usage()
