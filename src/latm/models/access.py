"""Access to one language model through pydantic-ai, which is imported when a model is first needed."""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm.errors import SettingsError
from latm.ledger import Usage
from latm.models.metering import has_price, price
from latm.models.port import Completion, Request
from latm.models.translation import MALFORMED, build_client, takes_temperature, translated_error, translated_messages

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model as Client
    from pydantic_ai.settings import ModelSettings

AT_URL = re.compile(r"(?P<model>[^@\s]+)@(?P<url>https?://[^\s/]\S*)")
AT_PROVIDER = re.compile(r"(?P<provider>[\w/-]+):(?P<model>\S+)")
GRACE = 30.0
"""Seconds by which the HTTP client outwaits the deadline of the whole call, so that the deadline is what ends it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is reached.

    Attributes:
        provider: a provider that pydantic-ai knows; empty for an endpoint of one's own.
        model: the provider's name for the model.
        url: base URL of an OpenAI-compatible endpoint; empty for a provider.
    """

    provider: str
    model: str
    url: str = ""


def parse_name(name: str) -> Address:
    """Read `provider:model` or `model@URL`.

    Raises:
        SettingsError: it is neither.
    """
    if at_url := AT_URL.fullmatch(name):
        return Address("", at_url["model"], at_url["url"])
    if at_provider := AT_PROVIDER.fullmatch(name):
        return Address(at_provider["provider"], at_provider["model"])
    raise SettingsError(
        f"{name!r} is no name of a model.",
        hint="Write provider:model, as in openai:gpt-5, or model@URL for an OpenAI-compatible endpoint.",
    )


class ProviderModel:
    """One model of one provider; every request is one try.

    Args:
        name: `provider:model` or `model@URL`.
        timeout: seconds for the whole call; the HTTP client waits a little longer.

    Raises:
        SettingsError: the name cannot be read.
    """

    def __init__(self, name: str, *, timeout: float) -> None:
        self._name = name
        self._address = parse_name(name)
        self._timeout = timeout
        self._client: Client | None = None
        self._is_entered = False
        self._takes_temperature = True

    @property
    def name(self) -> str:
        """`provider:model` or `model@URL`, as set."""
        return self._name

    def has_price(self) -> bool:
        """Whether its tokens can be priced; an endpoint of one's own has no known price."""
        return has_price(self._address.provider, self._address.model)

    def connect(self) -> "Client":
        """Build the client without sending anything.

        Raises:
            ProviderError: unknown provider, missing key, or the provider's package is not installed.
        """
        if self._client is None:
            self._client = build_client(self._name, url=self._address.url, model=self._address.model)
            self._takes_temperature = takes_temperature(self._client)
        return self._client

    async def complete(self, request: Request) -> Completion:
        """Ask once.

        The text is as the model gave it, and may be empty.

        Raises:
            ProviderError: the provider refused in a way that a retry cannot mend.
            PassingModelError: it failed in a way that may pass.
        """
        client = self.connect()
        if not self._is_entered:
            self._is_entered = True
            await client.__aenter__()
        started = time.monotonic()
        response = await self._send(client, request)
        return Completion(response.text or "", self._name, self._usage(response), seconds=time.monotonic() - started)

    async def close(self) -> None:
        """Close the connections; safe to call again."""
        client, self._client = self._client, None
        if client is not None and self._is_entered:
            self._is_entered = False
            await client.__aexit__(None, None, None)

    async def _send(self, client: "Client", request: Request) -> "ModelResponse":
        from pydantic_ai.direct import model_request
        from pydantic_ai.exceptions import AgentRunError, UserError

        sampling = self._takes_temperature and request.temperature is not None
        try:
            return await model_request(
                client,
                translated_messages(request.messages),
                model_settings=self._settings(request, sampling=sampling),
            )
        except (AgentRunError, UserError, *MALFORMED) as error:
            if sampling and "temperature" in str(error):
                # A model that takes no sampling parameters, which its provider says only when asked.
                self._takes_temperature = False
                return await self._send(client, request)
            raise translated_error(error, self._name) from error

    def _settings(self, request: Request, *, sampling: bool) -> "ModelSettings":
        settings: ModelSettings = {"timeout": self._timeout + GRACE, "max_retries": 0}
        if sampling and request.temperature is not None:
            settings["temperature"] = request.temperature
        if request.max_tokens is not None:
            settings["max_tokens"] = request.max_tokens
        return settings

    def _usage(self, response: "ModelResponse") -> Usage:
        counted = response.usage
        cost = None if counted.unmeasured_requests else price(self._address.provider, self._address.model, counted)
        return Usage(1, counted.input_tokens, counted.output_tokens, cost)
