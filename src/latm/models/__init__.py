"""Language models: the port, access to providers, and the wrappers that meter, limit, record and replay."""

from dataclasses import dataclass, field
from pathlib import Path

import anyio

from latm.errors import BudgetError, SettingsError
from latm.models.access import ProviderModel
from latm.models.budget import Budget, Budgeted
from latm.models.limiting import Limited
from latm.models.metering import Meter, Metered
from latm.models.port import Completion, Message, Model, Request
from latm.models.recording import Recorder, RecordingFile, load_recording
from latm.models.replay import Replay
from latm.models.retrying import Retrying
from latm.settings import Settings

__all__ = ["Completion", "Message", "Meter", "Model", "Models", "Request", "open_models"]


@dataclass(frozen=True, slots=True)
class Models:
    """The models of the roles, and the totals of what they were asked.

    Attributes:
        maker: the tool maker; None where no model is set.
        user: the tool user.
        dispatcher: the model dispatcher; None unless it is set.
        direct: the model of direct answers.
        meter: running totals by role and purpose. Completions from a recording are counted apart: they have the usage
            recorded, but nothing was spent now.
    """

    maker: Model | None
    user: Model | None
    dispatcher: Model | None
    direct: Model | None
    meter: Meter
    _providers: dict[str, ProviderModel] = field(default_factory=dict, repr=False)

    def check(self) -> None:
        """Find out whether every model that is set can be asked; sends nothing, but imports the provider libraries.

        Raises:
            ProviderError: unknown provider, missing key, or the provider's package is not installed.
        """
        for provider in self._providers.values():
            provider.connect()

    async def close(self) -> None:
        """Close connections and recordings; safe to call again."""
        for model in (self.maker, self.user, self.dispatcher, self.direct):
            if model is not None:
                await model.close()


def open_models(settings: Settings) -> Models:
    """Make the models of all roles, from the settings alone; nothing is sent and no provider library is imported.

    The tool user and the direct answers have the tool maker's model unless they have their own.

    Raises:
        SettingsError: a model's name cannot be read, or the settings contradict each other.
        BudgetError: the budget is in money and a model has no known price.
        InputError: the recording is not there or is damaged.
        StoreFullError: the recording cannot be written.
    """
    names = {
        "maker": settings.maker,
        "user": settings.user or settings.maker,
        "dispatcher": settings.dispatcher,
        "direct": settings.direct or settings.maker,
    }
    if settings.replay is not None:
        return _replayed(settings.replay, names, settings)
    return _asked(names, settings)


def _replayed(recording_at: Path, names: dict[str, str | None], settings: Settings) -> Models:
    """Every role from one recording; a dispatcher only where one is set, since having one changes what is asked.

    With `record` as well, what is replayed is copied there.
    """
    recording = load_recording(recording_at)
    file = RecordingFile(settings.record) if settings.record is not None else None
    named = {role: name or "replay" for role, name in names.items() if name or role != "dispatcher"}
    replays = {role: Replay(recording, name=name) for role, name in named.items()}
    return _metered({role: Recorder(replay, file) if file else replay for role, replay in replays.items()}, {})


def _asked(names: dict[str, str | None], settings: Settings) -> Models:
    """Every role from its provider; roles of the same name share one client."""
    named = {role: name for role, name in names.items() if name}
    if settings.record is not None and not named:
        raise SettingsError("There is nothing to record: no model is set.", hint="Set maker, or drop record.")
    providers = {name: ProviderModel(name, timeout=settings.timeout) for name in named.values()}
    wrapped = _wrapped(providers, settings)
    return _metered({role: wrapped[name] for role, name in named.items()}, providers)


def _wrapped(providers: dict[str, ProviderModel], settings: Settings) -> dict[str, Model]:
    """Each provider's model inside its wrappers.

    From the inside out: one try → tries within the deadline → the budget → a slot → the recording. The deadline starts
    when a slot is had; the budget looks again after the wait for it; what is recorded takes neither slot nor budget.
    """
    budget = _budget(providers, settings)
    slots = anyio.Semaphore(settings.concurrency)
    file = RecordingFile(settings.record) if settings.record is not None else None
    wrapped: dict[str, Model] = {}
    for name, provider in providers.items():
        model: Model = Retrying(provider, retries=settings.retries, timeout=settings.timeout)
        model = Budgeted(model, budget) if budget is not None else model
        model = Limited(model, slots)
        wrapped[name] = Recorder(model, file) if file is not None else model
    return wrapped


def _budget(providers: dict[str, ProviderModel], settings: Settings) -> Budget | None:
    if settings.budget_usd is None and settings.budget_tokens is None:
        return None
    for name, provider in providers.items():
        if settings.budget_usd is not None and not provider.has_price():
            raise BudgetError(
                f"A budget of ${settings.budget_usd} cannot be kept with {name!r}, which has no known price.",
                hint="Set budget_tokens instead.",
            )
    return Budget(usd=settings.budget_usd, tokens=settings.budget_tokens)


def _metered(roles: dict[str, Model], providers: dict[str, ProviderModel]) -> Models:
    meter = Meter()
    metered = {role: Metered(model, meter, role) for role, model in roles.items()}
    return Models(
        metered.get("maker"), metered.get("user"), metered.get("dispatcher"), metered.get("direct"), meter, providers
    )
