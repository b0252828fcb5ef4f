"""What a caller sets when opening latm: settings by name, and models of one's own."""

from collections.abc import Mapping
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeGuard

from latm.errors import SettingsError
from latm.models import Models, Own
from latm.sandbox import Isolation
from latm.settings import Settings, load_settings

SandboxName = Literal["jail", "wasm", "unsafe-in-process"]
ROLES = ("maker", "user", "dispatcher", "direct")


class Overrides(TypedDict, total=False):
    """Settings by name, for type checkers: `latm.Settings` says what each of them does.

    A model is a name, or one of your own: an async function from messages to text, or an object with `complete`.
    """

    maker: str | Own | None
    user: str | Own | None
    dispatcher: str | Own | None
    direct: str | Own | None
    store: str
    examples_shown: int
    examples_held_out: int
    examples_of_text: int
    answered_share: float
    tries_propose: int
    tries_verify: int
    temperature: float | None
    gold_is_strict: bool
    reuse: bool
    reuse_across_scopes: bool
    approval: bool
    making: Literal["auto", "never"]
    making_tokens: int
    answer_style: Literal["plain", "reasoned"]
    answer_form: str | None
    exact_answers: Literal["never", "cold", "always"]
    exact_seconds: float
    shortlist: int
    absences: int
    tool_user: bool
    partial: bool
    max_error: float | str | None
    confidence: float | str
    audit: float | str | None
    policy: Literal["auto", "certified", "verified", "shadow"]
    policy_of: dict[str, Literal["certified", "verified", "shadow"]]
    repairs: int
    retention_days: float | None
    retention_days_of: dict[str, float]
    dormant_days: float | None
    judge: bool
    versions: Literal[1, 2]
    inbox: int
    grouping: Literal["look-back", "arrival"]
    buffer: int
    block: int
    concurrency: int
    isolation: Isolation | Literal["shared", "batch", "call"]
    workers: int | None
    tool_seconds: float
    tool_memory_mb: int
    tool_output_kb: int
    timeout: float
    retries: int
    budget_usd: Decimal | float | str | None
    budget_tokens: int | None
    record: Path | str | None
    replay: Path | str | None


def own_models(overrides: Mapping[str, object]) -> dict[str, Own]:
    """The models among some settings that are functions or objects of the caller's rather than names."""
    return {role: model for role in ROLES if _is_own(model := overrides.get(role))}


def settled(settings: object, overrides: Mapping[str, object]) -> Settings:
    """All settings: single ones by name, over those given as a whole, over the environment and the defaults.

    Raises:
        SettingsError: one of them cannot be used; says which, and its value.
    """
    if settings is not None and not isinstance(settings, Settings):
        hint = f"Did you mean maker={settings!r}?" if isinstance(settings, str) else "Set single ones by name."
        raise _unusable("settings", settings, "a latm.Settings", hint)
    given: dict[str, Any] = settings.model_dump() if settings else {}
    return settings if settings and not overrides else load_settings(given | dict(overrides))


def check_parts(models: object, sandbox: object, observer: object) -> None:
    """Refuse parts that cannot be used.

    Raises:
        SettingsError: says which, and its value.
    """
    if models is not None and not isinstance(models, Models):
        raise _unusable("models", models, "what latm.models.open_models gives", "Set a role's model by name: maker=…")
    if sandbox is not None and not isinstance(sandbox, str) and not hasattr(sandbox, "batch"):
        raise _unusable("sandbox", sandbox, "a name or a latm.sandbox.Sandbox", _hint_of("sandbox"))
    if observer is not None and not callable(getattr(observer, "on_event", None)):
        raise _unusable("observer", observer, "an object with a method on_event(event)", "")


def _hint_of(name: str) -> str:
    return Settings.model_fields[name].description or ""


def _is_own(model: object) -> TypeGuard[Own]:
    return not isinstance(model, str | bytes | PathLike) and (callable(model) or hasattr(model, "complete"))


def _unusable(name: str, value: object, wanted: str, hint: str) -> SettingsError:
    said = f"The argument {name} is a {type(value).__name__}, {str(value)[:60]!r}, and should be {wanted}."
    return SettingsError(said, hint=hint)
