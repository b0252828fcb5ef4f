"""Language models: the port, access to providers, and the wrappers that meter, limit, record and replay."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from latm.errors import BudgetError, SettingsError
from latm.models.access import ProviderModel
from latm.models.budget import Budget, Budgeted
from latm.models.limiting import Limited, Slots
from latm.models.metering import Meter, Metered
from latm.models.own import Own, OwnModel
from latm.models.payments import Noted, Payments
from latm.models.port import Completion, Message, Model, Request
from latm.models.recording import Recorder, RecordingFile, load_recording
from latm.models.replay import Replay
from latm.models.retrying import Retrying
from latm.settings import Settings

__all__ = [
    "Completion",
    "Message",
    "Meter",
    "Model",
    "Models",
    "Noted",
    "Own",
    "OwnModel",
    "Payments",
    "Request",
    "open_models",
]

Source = ProviderModel | OwnModel
"""The providers' models, without wrappers."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of the roles, and the totals of what they were asked.

    Attributes:
        maker: the tool maker; None if no model is set.
        user: the tool user.
        dispatcher: the model dispatcher; None unless it is set.
        direct: the model of direct answers.
        meter: running totals by role and purpose. Completions from a recording are counted apart: they have the usage
            recorded, but nothing was spent now.
        judge: the model of direct answers, for a making that waits for it: its calls pass before those of `direct`.
        payments: what all tries have cost, noted so that a kill forgets none.
        is_light: whether the tool user has a model of its own.
    """

    maker: Model | None
    user: Model | None
    dispatcher: Model | None
    direct: Model | None
    meter: Meter
    judge: Model | None = None
    payments: Payments = field(default_factory=Payments)
    _sources: tuple[Source, ...] = ()
    is_light: bool = False

    def check(self) -> None:
        """Check that every model that is set can be asked; this sends nothing, but imports the provider libraries.

        Raises:
            ProviderError: unknown provider, missing key, or the provider's package is not installed.
        """
        for source in self._sources:
            source.connect()

    async def close(self) -> None:
        """Close connections and recordings; safe to call again."""
        for model in (self.maker, self.user, self.dispatcher, self.direct, self.judge):
            if model is not None:
                await model.close()


def open_models(settings: Settings, own: Mapping[str, Own] | None = None) -> Models:
    """Make the models of all roles; nothing is sent and no provider library is imported.

    The tool user and the direct answers have the tool maker's model unless they have their own.

    Args:
        settings: names of models, and how they are asked.
        own: functions or objects of one's own, by role (`maker`, `user`, `dispatcher`, `direct`); they go before names.

    Raises:
        SettingsError: a model's name cannot be read, a role or model of one's own is none, or the settings contradict
            each other.
        BudgetError: the budget is in money and a model has no known price.
        InputError: the recording is not there or is damaged.
        StoreFullError: the recording cannot be written.
    """
    given = {role: getattr(settings, role) for role in ("maker", "user", "dispatcher", "direct")}
    if unknown := (own or {}).keys() - given.keys():
        raise SettingsError(f"{min(unknown)!r} is not a role of a model.", hint=f"Roles are {', '.join(given)}.")
    given |= own or {}
    is_light = bool(given["user"])
    given["user"] = given["user"] or given["maker"]
    given["judge"] = given["direct"] = given["direct"] or given["maker"]
    given = {role: model for role, model in given.items() if model}
    if settings.replay is not None:
        return replace(_replayed(settings.replay, given, settings), is_light=is_light)
    if settings.record is not None and not given:
        raise SettingsError("There is nothing to record: no model is set.", hint="Set maker, or drop record.")
    return replace(_asked(_sources(given, settings.timeout), settings), is_light=is_light)


def _sources(given: Mapping[str, str | Own], timeout: float) -> dict[str, Source]:
    """What is asked in each role; roles of the same name, or of the same function, share one."""
    opened: dict[str | int, Source] = {}
    sources: dict[str, Source] = {}
    for role, model in given.items():
        key = model if isinstance(model, str) else id(model)
        if key not in opened:
            opened[key] = ProviderModel(model, timeout=timeout) if isinstance(model, str) else OwnModel(model)
        sources[role] = opened[key]
    return sources


def _replayed(recording_at: Path, given: Mapping[str, str | Own], settings: Settings) -> Models:
    """Every role from one recording; a dispatcher only if one is set, since having one changes what is asked.

    With `record` as well, what is replayed is copied there.
    """
    recording = load_recording(recording_at)
    file = RecordingFile(settings.record) if settings.record is not None else None
    names = dict.fromkeys(("maker", "user", "direct", "judge"), "replay")
    names |= {role: model if isinstance(model, str) else OwnModel(model).name for role, model in given.items()}
    replays = {role: Replay(recording, name=name) for role, name in names.items()}
    return _metered({role: Recorder(replay, file) if file else replay for role, replay in replays.items()})


def _asked(sources: Mapping[str, Source], settings: Settings) -> Models:
    """Every role's model inside its wrappers.

    From the inside out: one try → the note of what it cost → tries within the deadline → the budget → a slot → the
    recording. The deadline starts when a slot is had; the budget looks again after the wait for it; what is recorded
    takes neither slot nor budget.
    """
    distinct = tuple(dict.fromkeys(sources.values()))
    budget = _budget(distinct, settings)
    slots = Slots(settings.concurrency)
    file = RecordingFile(settings.record) if settings.record is not None else None
    payments = Payments()
    tried = {
        source: Retrying(Noted(source, payments), retries=settings.retries, timeout=settings.timeout)
        for source in distinct
    }

    def wrapped(role: str, source: Source) -> Model:
        model: Model = Budgeted(tried[source], budget) if budget is not None else tried[source]
        model = Limited(model, slots, urgent=role in URGENT)
        return Recorder(model, file) if file is not None else model

    return _metered({role: wrapped(role, source) for role, source in sources.items()}, payments, distinct)


URGENT = frozenset({"maker", "judge"})
"""Roles whose few calls never wait behind those of the others."""


def _budget(sources: tuple[Source, ...], settings: Settings) -> Budget | None:
    if settings.budget_usd is None and settings.budget_tokens is None:
        return None
    for source in sources:
        if settings.budget_usd is not None and not source.has_price():
            raise BudgetError(
                f"A budget of ${settings.budget_usd} cannot be kept with {source.name!r}, which has no known price.",
                hint="Set budget_tokens instead.",
            )
    return Budget(usd=settings.budget_usd, tokens=settings.budget_tokens)


def _metered(roles: Mapping[str, Model], payments: Payments | None = None, sources: tuple[Source, ...] = ()) -> Models:
    meter = Meter()
    metered = {role: Metered(model, meter, role) for role, model in roles.items()}
    return Models(
        metered.get("maker"),
        metered.get("user"),
        metered.get("dispatcher"),
        metered.get("direct"),
        meter,
        metered.get("judge"),
        payments or Payments(),
        sources,
    )
