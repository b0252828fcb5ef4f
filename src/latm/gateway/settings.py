"""The settings of the gateway, beside those of latm itself."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from latm.errors import SettingsError

OPENAI = "https://api.openai.com/v1"


class Upstream(BaseModel):
    """One endpoint that requests go on to."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: str = OPENAI
    """Its base URL, with the version: `https://api.openai.com/v1`."""
    key_env: str = ""
    """The variable of the environment that holds its key. Empty: the caller's own key goes on to it."""
    provider: str = ""
    """By whose prices its tokens are counted in money, such as `openai`. Empty: they have no price."""

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("it should be a URL such as https://api.openai.com/v1")
        return url.rstrip("/")

    @property
    def key(self) -> SecretStr | None:
        """The key from the environment; None if the caller's goes on.

        Raises:
            SettingsError: the variable is not set.
        """
        if not self.key_env:
            return None
        if not (key := os.environ.get(self.key_env, "")):
            raise SettingsError(f"{self.key_env} is not set, and {self.url} needs its key.", hint="Export it.")
        return SecretStr(key)


class GatewaySettings(BaseSettings):
    """Every setting of the gateway; built at the edge, passed down, never changed."""

    model_config = SettingsConfigDict(
        frozen=True, env_prefix="LATM_GATEWAY_", extra="forbid", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Where it listens. Anything but loopback takes keys: `latm keys create`."""
    port: int = Field(default=8080, ge=0, le=65535)
    """On which port; 0 lets the system choose."""
    processes: int = Field(default=1, ge=1, le=64)
    """Worker processes, all on one store."""
    hosts: tuple[str, ...] = ()
    """Names under which it may be asked, beside loopback's and addresses; any other `Host` is refused."""

    upstreams: tuple[Upstream, ...] = (Upstream(),)
    """Where requests go on to: the first, and if that cannot be reached, the next."""
    connect_seconds: float = Field(default=5.0, gt=0)
    """Time to connect to an upstream."""
    first_byte_seconds: float = Field(default=600.0, gt=0)
    """Time until an upstream's answer begins."""
    idle_seconds: float = Field(default=300.0, gt=0)
    """Time between two pieces of an upstream's answer."""
    retries: int = Field(default=2, ge=0, le=10)
    """Further tries at one upstream, as long as no part of an answer has come."""
    connections: int = Field(default=1000, ge=1)
    """Connections to one upstream at most."""
    body_mb: int = Field(default=64, ge=1)
    """Largest request, in MiB."""

    tool_seconds: float = Field(default=2.0, gt=0)
    """Time for everything that is done before a request goes on; a slower tool, sandbox or store is done without."""
    single_flight: Literal["deterministic", "always", "never"] = "deterministic"
    """Which equal requests of one key, under way at once, become one: those with temperature 0 or a seed, all, or
    none."""
    demote_on_report: bool = False
    """Retire a tool at once when one of its answers is reported wrong."""
    traces: bool = False
    """Give each request a span of OpenTelemetry; takes `latm[opentelemetry]`, and a provider that the process has."""
    accounts: str = ""
    """Database URL of keys and spending. Empty: SQLite beside the store."""
    drain_seconds: float = Field(default=30.0, ge=0)
    """Time for streams to finish when the gateway is stopped."""

    @field_validator("upstreams")
    @classmethod
    def _some(cls, upstreams: tuple[Upstream, ...]) -> tuple[Upstream, ...]:
        if not upstreams:
            raise ValueError("there should be at least one")
        return upstreams

    @model_validator(mode="after")
    def _keys_are_there(self) -> "GatewaySettings":
        for upstream in self.upstreams:
            _ = upstream.key
        return self


def load_gateway_settings(given: Mapping[str, Any], file: Path | None = None) -> GatewaySettings:
    """The settings: those given, then the environment, then a file, then the defaults.

    Args:
        given: settings by name.
        file: a TOML file; None for none.

    Raises:
        SettingsError: one of them cannot be used; says which, and its value.
    """
    found = _read(file) if file else {}
    found = {name: value for name, value in found.items() if f"LATM_GATEWAY_{name.upper()}" not in os.environ}
    try:
        return GatewaySettings(**(found | dict(given)))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        hint = f"Settings are: {', '.join(GatewaySettings.model_fields)}."
        raise SettingsError(f"The gateway's {where} is {problem['input']!r}: {said}.", hint=hint) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{file} cannot be read: {error}.", hint="Correct it, or name another by --config."
        ) from error
