"""Settings as options: one flag per field of `Settings`, and one frozen `Settings` from all sources."""

import json
import types
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import EnumType
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import click

from latm.cli.failing import AS_JSON, DEBUG
from latm.errors import SettingsError
from latm.settings import Settings, load_settings

SECTIONS = {
    "Models": ("maker", "user", "direct", "dispatcher", "record", "replay"),
    "Limits": ("budget_usd", "budget_tokens", "timeout", "retries", "concurrency"),
    "Answering": (
        "making",
        "answer_style",
        "answer_form",
        "exact_answers",
        "exact_seconds",
        "shortlist",
        "absences",
        "tool_user",
        "partial",
        "block",
        "grouping",
        "buffer",
        "inbox",
    ),
    "Making": (
        *(
            "examples_shown",
            "examples_held_out",
            "examples_of_text",
            "tries_propose",
            "tries_verify",
            "temperature",
            "gold_is_strict",
        ),
        *("answered_share", "approval", "reuse", "reuse_across_scopes", "making_tokens", "versions"),
    ),
    "Errors": ("max_error", "confidence", "audit", "policy", "policy_of", "judge", "repairs"),
    "Sandbox": ("sandbox", "isolation", "workers", "tool_seconds", "tool_memory_mb", "tool_output_kb"),
    "Tool cache": ("store", "retention_days", "retention_days_of", "dormant_days"),
}
"""Under which heading `--help` shows each setting."""

HOW_TO_SET = """Name the model that makes tools and answers directly, in any of these ways:
  latm … --maker openai:gpt-5                   for one command; its key is in OPENAI_API_KEY
  export LATM_MAKER=anthropic:claude-opus-4-5   for this shell; its key is in ANTHROPIC_API_KEY
  maker = "llama@http://localhost:8080/v1"      in latm.toml, for this folder; any OpenAI-compatible endpoint
`latm demo` needs no model."""

_METAVARS = {int: "N", float: "X", Decimal: "USD", Path: "FILE", str: "TEXT", dict: "JSON"}

Verb = TypeVar("Verb", bound=Callable[..., Any])


class SettingOption(click.Option):
    """A flag for one setting; not given, it leaves the setting to the other sources."""

    def __init__(self, field: str) -> None:
        info = Settings.model_fields[field]
        flag = field.replace("_", "-")
        description = (info.description or "").replace("None: ", "Not set: ")
        # A default that is made at each start depends on the machine; its description names it.
        shown = None if info.default_factory else info.get_default()
        notes = "" if shown is None else f"  [default: {str(shown).lower() if isinstance(shown, bool) else shown}]"
        kind = _without_none(info.annotation)
        declared = [f"--{flag}/--no-{flag}"] if kind is bool else [f"--{flag}"]
        extra: dict[str, Any] = {}
        if isinstance(kind, EnumType):
            extra["type"] = click.Choice(list(map(str, kind.__members__.values())))
        elif get_origin(kind) is Literal:
            extra["type"] = click.Choice(get_args(kind))
        elif kind is not bool:
            extra["metavar"] = (
                "MODEL" if field in SECTIONS["Models"] and kind is str else _METAVARS[get_origin(kind) or kind]
            )
        super().__init__(declared, default=None, expose_value=True, help=f"{description}{notes}", **extra)


def _without_none(annotation: Any) -> Any:
    if isinstance(annotation, types.UnionType):
        return next(part for part in get_args(annotation) if part is not types.NoneType)
    return annotation


class SettingsCommand(click.Command):
    """A verb whose `--help` lists settings under headings of their own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verb's own options first."""
        records = [(option, record) for option in self.get_params(ctx) if (record := option.get_help_record(ctx))]
        own = [
            record
            for option, record in records
            if isinstance(option, click.Option) and not isinstance(option, SettingOption)
        ]
        with formatter.section("Options"):
            formatter.write_dl(own)
        for heading, fields in SECTIONS.items():
            shown = [
                record for option, record in records if isinstance(option, SettingOption) and option.name in fields
            ]
            if shown:
                with formatter.section(heading):
                    formatter.write_dl(shown)


def settings_options(*fields: str) -> Callable[[Verb], Verb]:
    """Add flags for these settings, and `--debug`; `settings_from` reads them.

    Args:
        *fields: names of settings; none of them means all.
    """
    wanted = fields or [field for section in SECTIONS.values() for field in section]

    def add(verb: Verb) -> Verb:
        params: list[click.Parameter] = verb.__dict__.setdefault("__click_params__", [])
        params[:0] = [*(SettingOption(field) for field in reversed(wanted))]
        return _remembered("--debug", DEBUG, "Show tracebacks of errors.")(verb)

    return add


def scope_options(verb: Verb) -> Verb:
    """Add `--scope` and `--instructions`."""
    for flag, meta, told in (
        ("--instructions", "TEXT", "The system text that comes with every question; other instructions share nothing."),
        (
            "--scope",
            "PROJECT",
            "Whose questions they are: a customer, a team. Projects share no example and no answer.",
        ),
    ):
        verb = click.option(flag, metavar=meta, help=told)(verb)
    return verb


def json_option(keys: type) -> Callable[[Verb], Verb]:
    """Add `--json`.

    Args:
        keys: the shape of the object that it prints.
    """
    return _remembered("--json", AS_JSON, f"Print one object instead: {', '.join(keys.__annotations__)}.")


def wants_json(context: click.Context) -> bool:
    """Whether `--json` was given."""
    return bool(context.meta.get(AS_JSON))


def told_as_json(context: click.Context, shown: Mapping[str, object]) -> bool:
    """Print an object if `--json` was given; whether it was."""
    if wants_json(context):
        click.echo(json.dumps(shown))
    return wants_json(context)


def _remembered(flag: str, key: str, text: str) -> Callable[[Verb], Verb]:
    """An option that is kept in the context's `meta`, where whatever ends the program finds it."""

    def remember(context: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            context.meta[key] = True

    return click.option(flag, is_flag=True, expose_value=False, is_eager=True, callback=remember, help=text)


def settings_from(context: click.Context) -> Settings:
    """The settings: flags of this verb and of its group, then the environment, then `latm.toml`, then the defaults.

    Raises:
        SettingsError: one of them cannot be used; says which, its value, and where it came from.
    """
    return load_settings(given_flags(context), given_as=lambda name: f"--{name.replace('_', '-')}", with_file=True)


def given_flags(context: click.Context) -> dict[str, Any]:
    """The settings that flags of this verb and of its group set, by name."""
    given: dict[str, Any] = {}
    at: click.Context | None = context
    while at is not None:
        flags = {option.name for option in at.command.params if isinstance(option, SettingOption)}
        given = {name: value for name, value in at.params.items() if name in flags and value is not None} | given
        at = at.parent
    return given


def require_model(settings: Settings, otherwise: str = "No model is set.") -> None:
    """Say how to set a model, if none is.

    Raises:
        SettingsError: no role has a model.
    """
    if not (settings.maker or settings.direct or settings.user or settings.replay):
        raise SettingsError(otherwise, hint=HOW_TO_SET)
