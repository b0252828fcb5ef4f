"""The one frozen `Settings`: what is given, over the environment, over `latm.toml` (command line), over defaults."""

import json
import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    SettingsConfigDict,
)

from latm.errors import SettingsError
from latm.form.shapes import FORMS
from latm.sandbox.protocol import Isolation
from latm.settings_file import read_files

_PERCENT = re.compile(r"\d+(\.\d+)?\s*%")


def default_store() -> str:
    """The tool cache in the user's data folder, as a database URL."""
    return f"sqlite:///{platformdirs.user_data_path('latm') / 'latm.db'}"


class Settings(BaseSettings):
    """Every setting of latm; built at the edge and passed down, never changed.

    A model is `provider:model` (`openai:gpt-5`), or `model@URL` for any OpenAI-compatible endpoint
    (`llama@http://localhost:8080/v1`).
    """

    model_config = SettingsConfigDict(frozen=True, env_prefix="LATM_", extra="forbid", use_attribute_docstrings=True)

    maker: str | None = None
    """The tool maker's model: strong; it also answers directly unless `direct` is set."""
    user: str | None = None
    """The tool user's model: light. The maker's if not set."""
    dispatcher: str | None = None
    """The model dispatcher's model. None: dispatching needs no model."""
    direct: str | None = None
    """The model of direct answers. The maker's if not set."""

    store: str = Field(default_factory=default_store)
    """Where tools are kept: a database URL. If not set, SQLite in the user's data folder."""

    examples_shown: int = Field(default=3, ge=1)
    """Examples that the proposal shows to the tool maker."""
    examples_held_out: int = Field(default=3, ge=1)
    """Examples, at least, that the proposal does not show and that the tool is checked against; further ones are used
    too. So many must still have a stable answer when a tool is taken into service."""
    examples_of_text: int = Field(default=12, ge=1)
    """Examples, at least, of a kind whose requests carry free text (letters, documents), before a tool may search that
    text. With fewer, a tool must account for every word."""
    answered_share: float = Field(default=2 / 3, gt=0, le=1)
    """Share of the held-out examples that a tool must answer, all of them right, if no version answers all."""
    tries_propose: int = Field(default=3, ge=1)
    """Tries to make a proposal run on the shown examples, each with the error fed back."""
    tries_verify: int = Field(default=3, ge=1)
    """Tries to make it pass the held-out examples and the gates, each with the failure fed back."""
    temperature: float | None = Field(default=0.3, ge=0)
    """Temperature of the tool maker; the other roles run at 0. None leaves all to the provider."""
    gold_is_strict: bool = True
    """A gold example that a tool contradicts fails the tool; otherwise a fresh direct answer decides."""
    reuse: bool = True
    """Give a new task an existing tool that already answers all of its examples."""
    reuse_across_scopes: bool = True
    """Let such a tool come from another scope (another customer, other instructions). It is verified again, with the
    examples of the scope that gets it; only its program is shared. If this is off, no two scopes ever have the same
    program, so that none meets a worker in which another's questions were."""
    approval: bool = False
    """A person approves each tool before it serves: until then it waits, and the model goes on answering."""
    making: Literal["auto", "never"] = "auto"
    """Whether unknown questions lead to new tools."""
    making_tokens: int = Field(default=8000, ge=0)
    """What making a tool is taken to cost, in tokens, until this cache has makings to go by."""

    answer_style: Literal["plain", "reasoned"] = "plain"
    """How a model answers directly. `plain`: the request goes out as it was written, and the whole reply is the answer;
    `reasoned`: the model works it out step by step and the last line of its reply is the answer, as for puzzles. `latm
    bench` and `latm demo` use `reasoned` unless told otherwise."""
    answer_form: str | None = Field(
        default=None, description=f"What answers look like, if the examples are not to decide: one of {FORMS}."
    )
    exact_answers: Literal["never", "cold", "always"] = "never"
    """Whether a request that was asked before in the same words, with the same model and parameters, gets the earlier
    answer if no tool has one. `cold`: where it is asked at temperature 0, as `reasoned` questions are; `always`:
    whatever its temperature. Such answers are counted apart, and audited as those of tools are."""
    exact_seconds: float = Field(default=86_400.0, gt=0)
    """How old an earlier answer may be."""
    shortlist: int = Field(default=5, ge=1)
    """Candidate tasks whose tools are tried on a question."""
    absences: int = Field(default=10, ge=0)
    """A tool that searches free text, and finds nothing (`none`, a field that is null), may have overlooked it. Such
    answers are given once the model has answered so many of those questions, and contradicted at most one in twenty;
    until then it is asked. A new version starts again. 0: they are given at once."""
    tool_user: bool = True
    """Ask the tool user if a question's nearest tool abstains. If `user` is set, tools may also leave arguments
    to it (half tools)."""
    partial: bool = False
    """If the tool user cannot read what a half tool leaves to it, give what the tool is sure of, with the rest null,
    instead of a direct answer; `missing` of the answer names the rest."""

    max_error: float | None = Field(default=None, gt=0, lt=1)
    """How often the answers that tools serve may be wrong, as a share or in percent (0.01, 1%). If it is set, tools
    are `certified` unless `policy` says otherwise. None: 1%, if `policy` or `audit` asks for one."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    """With which confidence that is to hold, as a share or in percent (0.95, 95%)."""
    audit: float | None = Field(default=None, ge=0, le=1)
    """Share of the answers served that are audited: compared with a direct answer of their own, which costs what one
    costs. None: 5% if tools are certified, 10% of those that search free text, else none."""
    policy: Literal["auto", "certified", "verified", "shadow"] = "auto"
    """When a tool serves. `certified`: once audits have shown that it errs no more often than `max_error`; `verified`:
    as soon as it is verified on its examples, its bound shown as it is; `shadow`: never, it is only compared. `auto`:
    certified if `max_error` is set, else verified."""
    policy_of: dict[str, Literal["certified", "verified", "shadow"]] = Field(default_factory=dict)
    """The same for single tasks: an object in JSON, such as {"invoice-totals": "shadow"}."""
    judge: bool = False
    """If an audit's two answers differ by the task's form, ask the model of direct answers whether they say the
    same, in either order; only if it says so both times, they do. How often it contradicts itself is shown."""
    repairs: int = Field(default=3, ge=0)
    """Makings that repair a task's tool, at most: after audits found it wrong, or because it abstains too often. 0: a
    tool that fails is retired."""
    versions: Literal[1, 2] = 1
    """Programs that answer for a task. 2: a second one is made from other examples, without knowing of the first, and
    only answers on which both agree are given; a making costs twice as much."""
    dormant_days: float | None = Field(default=180, ge=0)
    """A task that nobody has asked for in so many days is looked up no more; it stays in the tool cache, and its tool
    is found again when its kind comes back. None: every task is looked up for ever."""

    retention_days: float | None = Field(default=None, ge=0)
    """Questions and answers are forgotten after so many days, wherever the tool cache has them; the tools made from
    them stay. None: they are kept."""
    retention_days_of: dict[str, float] = Field(default_factory=dict)
    """The same for single projects, which go by this alone: an object in JSON, such as {"north": 30}."""

    inbox: int = Field(default=10_000, ge=1)
    """Answers that may wait to be learnt; if more come, a tool's answers are given but not learnt from."""
    grouping: Literal["look-back", "arrival"] = "look-back"
    """How kinds are found among unknown questions: by looking back over all that wait, or each one as it arrives."""
    buffer: int = Field(default=600, ge=0)
    """Questions of no known kind that wait in each scope, to find the kinds among them; the oldest give way."""
    block: int = Field(default=32, ge=1)
    """Questions of a stream that are answered together; tools are made between blocks."""
    concurrency: int = Field(default=64, ge=1)
    """Model calls under way at once; further ones wait for their turn, and `waited` of an answer says how long. Set it
    to what the endpoint takes: a hosted one hundreds, a model on this machine a few."""

    sandbox: Literal["jail", "wasm", "unsafe-in-process"] = "jail"
    """Where tool code runs. The unsafe setting gives tools everything that the user has."""
    isolation: Isolation = Isolation.SHARED
    """How much of a tool's calls one worker serves: all of them, one block, or one call. Choose `batch` or `call` if
    the questions of several people meet; proposed tools are always verified at `batch`."""
    workers: int | None = Field(default=None, ge=1)
    """Sandbox workers at once; None: one per core. Half as many more, one at least, verify tools beside them."""
    tool_seconds: float = Field(default=2.0, gt=0)
    """Time limit of one call into a tool, in seconds."""
    tool_memory_mb: int = Field(default=256, ge=16)
    """Memory limit of a tool, in MiB."""
    tool_output_kb: int = Field(default=1024, ge=1)
    """Limit on the size of one reply of a tool, in KiB."""

    timeout: float = Field(default=120.0, gt=0)
    """Time for one model call, retries included, in seconds."""
    retries: int = Field(default=2, ge=0)
    """Retries of a model call after a passing failure."""
    budget_usd: Decimal | None = Field(default=None, ge=0)
    """Hard stop in US dollars per process; None: no stop."""
    budget_tokens: int | None = Field(default=None, ge=0)
    """Hard stop in tokens per process; None: no stop."""

    record: Path | None = None
    """Append every completion to this recording."""
    replay: Path | None = None
    """Answer every model call from this recording, and nothing from the network."""

    @field_validator("max_error", "confidence", "audit", mode="before")
    @classmethod
    def _from_percent(cls, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else ""
        return float(Decimal(text[:-1].strip()) / 100) if _PERCENT.fullmatch(text) else value

    @field_validator("retention_days_of", "policy_of", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


def load_settings(
    given: Mapping[str, Any], *, given_as: Callable[[str], str] = "the argument {}".format, with_file: bool = False
) -> Settings:
    """The settings from all sources: those given, then the environment, then `latm.toml`, then the defaults.

    Args:
        given: settings by name, which win over all other sources.
        given_as: what an error calls a setting that was given.
        with_file: whether `latm.toml` in the current folder and the user's own are read; a library's caller passes what
            it wants.

    Raises:
        SettingsError: one of them cannot be used; says which, its value, and where it came from.
    """
    variables = {variable.upper() for variable in os.environ}
    found = {
        name: value
        for name, value in (read_files() if with_file else {}).items()
        if f"LATM_{name.upper()}" not in variables
    }
    try:
        return Settings(**(found | dict(given)))
    except ValidationError as error:
        raise _refused(error.errors()[0], given, given_as) from error


def _refused(problem: ErrorDetails, given: Mapping[str, Any], given_as: Callable[[str], str]) -> SettingsError:
    name = str(problem["loc"][0])
    variables = {variable.upper() for variable in os.environ}
    where = f"LATM_{name.upper()}" if f"LATM_{name.upper()}" in variables else "latm.toml"
    where = given_as(name) if name in given else where
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(name, Settings.model_fields)
        hint = f"Did you mean {' or '.join(close)}?" if close else f"Settings are: {', '.join(Settings.model_fields)}."
        return SettingsError(f"{where} sets {name!r}, which is not a setting.", hint=hint)
    said = problem["msg"][0].lower() + problem["msg"][1:]
    return SettingsError(
        f"{where} sets {name} to {problem['input']!r}, but {said}.", hint=Settings.model_fields[name].description or ""
    )
