"""Access to one language model through pydantic-ai, which is imported when a model is first needed."""

import logging
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from latm.errors import MalformedError
from latm.ledger import Usage
from latm.models.address import parse_name
from latm.models.clients import build_client, limit_name, not_installed, takes_temperature
from latm.models.counting import estimated_tokens
from latm.models.metering import has_price, price
from latm.models.parameters import Parameters, refused_parameter
from latm.models.port import Completion, Request
from latm.models.translation import error_body, is_missing_page, translated_error, translated_messages
from latm.models.usable import Reader, Said

if TYPE_CHECKING:
    import httpx2
    from genai_prices import Usage as Counts
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model as Client
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.usage import RequestUsage

LOG = logging.getLogger("latm.models")

GRACE = 30.0
"""Seconds by which the HTTP client outwaits the deadline of the whole call, so that the deadline is what ends it."""


class ProviderModel:
    """One model of one provider; every request is one try.

    Args:
        name: `provider:model` or `model@URL`.
        timeout: seconds for the whole call; the HTTP client waits a little longer.

    Raises:
        SettingsError: the name cannot be read.
    """

    def __init__(self, name: str, *, timeout: float) -> None:
        self.name = name
        self._address = parse_name(name)
        self._urls = self._address.urls()
        self._is_settled = False
        self._was_reached = False
        self._timeout = timeout
        self._http: httpx2.AsyncClient | None = None
        self._clients: dict[str, Client] = {}
        self._entered: list[Client] = []
        self._parameters = Parameters(name)
        self._reader = Reader(name)
        self._counts = True

    def has_price(self) -> bool:
        """Whether its tokens can be priced; an endpoint of one's own has no known price."""
        return has_price(self._address.provider, self._address.model)

    def cost_of(self, sent: int, received: int) -> Decimal | None:
        """What so many tokens would cost, in US dollars; None if the price is not known."""
        from genai_prices import Usage as Counts

        return self._priced(Counts(input_tokens=sent, output_tokens=received)).cost

    def connect(self) -> "Client":
        """Build the client without sending anything.

        Raises:
            ProviderError: unknown provider, missing key, or the provider's package is not installed.
        """
        return self._client(self._urls[0])

    async def complete(self, request: Request) -> Completion:
        """Ask once.

        Raises:
            ProviderError: something has to be put right before any question can be answered.
            RequestError: this request cannot be answered, or there is no completion; says what it has cost.
            PassingModelError: it failed in a way that may pass.
        """
        started = time.monotonic()
        response = await self._send(request)
        usage, is_estimate = self._usage(request, response)
        text = self._reader.answer(_said(response), usage)
        seconds = time.monotonic() - started
        return Completion(text, self.name, usage, seconds=seconds, estimated=is_estimate)

    async def close(self) -> None:
        """Close the connections; safe to call again."""
        entered, self._entered, self._clients = self._entered, [], {}
        for client in entered:
            await client.__aexit__(None, None, None)
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    def _client(self, url: str) -> "Client":
        if url not in self._clients:
            client = build_client(self.name, url=url, model=self._address.model, http=self._open())
            if not takes_temperature(client):
                self._parameters.forbid("temperature")
            self._clients[url] = client
        return self._clients[url]

    def _open(self) -> "httpx2.AsyncClient":
        if self._http is None:
            from latm.models.edge import open_client

            try:
                self._http = open_client(self._timeout + GRACE)
            except ImportError as error:
                raise not_installed(error, self.name) from error
        return self._http

    async def _send(self, request: Request) -> "ModelResponse":
        """Ask at the first URL at which an endpoint answers, and keep to it."""
        from pydantic_ai.exceptions import AgentRunError, ModelHTTPError, UserError

        failure: Exception | None = None
        for url in tuple(self._urls):
            try:
                response = await self._asked(self._client(url), request)
            except MalformedError as error:
                failure = failure or self._malformed(error)
            except (AgentRunError, UserError) as error:
                self._was_reached = self._was_reached or isinstance(error, ModelHTTPError)
                told = translated_error(error, self.name, was_reached=self._was_reached)
                failure = failure or told
                if not is_missing_page(error):
                    raise told from error
            else:
                self._settle(url)
                return response
        assert failure is not None  # noqa: S101  # there is always a URL to try
        raise failure

    def _settle(self, url: str) -> None:
        self._was_reached = True
        if self._is_settled:
            return
        self._is_settled, self._urls = True, [url]
        if url != self._address.url:
            LOG.warning("%s is reached at %s.", self.name, url)

    async def _asked(self, client: "Client", request: Request) -> "ModelResponse":
        """Ask, without what the endpoint says that it does not know."""
        from pydantic_ai.exceptions import AgentRunError

        if client not in self._entered:
            self._entered.append(client)
            await client.__aenter__()
        while True:
            sent = self._parameters.sent(request, limit_name(client))
            try:
                return await self._sent(client, request)
            except AgentRunError as error:
                if not self._parameters.learn(refused_parameter(error_body(error)), sent):
                    raise

    async def _sent(self, client: "Client", request: Request) -> "ModelResponse":
        from pydantic_ai.direct import model_request

        messages = translated_messages(self._parameters.messages(request))
        return await model_request(client, messages, model_settings=self._settings(client, request))

    def _settings(self, client: "Client", request: Request) -> "ModelSettings":
        settings: ModelSettings = {"timeout": self._timeout + GRACE, "max_retries": 0}
        if request.temperature is not None and self._parameters.takes("temperature"):
            settings["temperature"] = request.temperature
        if request.max_tokens is not None:
            usual = limit_name(client)
            name = self._parameters.limit_name(usual)
            if name == usual:
                settings["max_tokens"] = request.max_tokens
            elif name is not None:
                settings["extra_body"] = {name: request.max_tokens}
        return settings

    def _malformed(self, error: MalformedError) -> MalformedError:
        from genai_prices import Usage as Counts

        spent = error.usage
        if spent.calls:
            spent = self._priced(Counts(input_tokens=spent.input_tokens, output_tokens=spent.output_tokens))
        return MalformedError(f"{self.name!r} could not answer: {error.message}", usage=spent)

    def _usage(self, request: Request, response: "ModelResponse") -> tuple[Usage, bool]:
        """What a call has cost, and whether its tokens are an estimate: some were not counted."""
        from genai_prices import Usage as Counts

        counted = response.usage
        text = response.text or ""
        if counted.input_tokens > 0 and (counted.output_tokens > 0 or not text):
            return self._priced(counted), False
        if self._counts:
            self._counts = False
            LOG.warning("%s does not count tokens; they are estimated at four characters each.", self.name)
        sent, received = estimated_tokens(request, text)
        counts = Counts(input_tokens=counted.input_tokens or sent, output_tokens=counted.output_tokens or received)
        return self._priced(counts), True

    def _priced(self, counts: "Counts | RequestUsage") -> Usage:
        cost = price(self._address.provider, self._address.model, counts)
        return Usage(1, int(counts.input_tokens or 0), int(counts.output_tokens or 0), cost)


def _said(response: "ModelResponse") -> Said:
    """What the endpoint said. The library takes a missing reason for a stop, and keeps the provider's own apart."""
    from pydantic_ai.messages import ThinkingPart

    details = response.provider_details or {}
    known = response.finish_reason if response.finish_reason != "stop" else None
    return Said(
        text=response.text or "",
        finish=str(details.get("finish_reason") or known or ""),
        refusal=str(details.get("refusal") or ""),
        reasoned=any(isinstance(part, ThinkingPart) for part in response.parts),
    )
