"""The circle without a server: a client of the `openai` library whose requests go by way of tools."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from latm.answer import Route
from latm.answering.answerer import Attempt
from latm.errors import LatmError, SettingsError
from latm.exact import named
from latm.gateway.chat import Chat
from latm.gateway.formats import keeps
from latm.gateway.headers import cache_status, directives
from latm.gateway.responses import Responses
from latm.gateway.wire import Dialect, Heard, Listener, NotEligibleError, Shapes, Wanted, estimated, strict_json
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.observing import log
from latm.sync import Latm

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

Client = TypeVar("Client", bound="OpenAI | AsyncOpenAI")
_DIALECTS: tuple[tuple[str, Dialect], ...] = (("/chat/completions", Chat()), ("/responses", Responses()))
_OK = 200


def wrap(client: Client, latm: Latm | AsyncLatm, *, project: str = "") -> Client:
    """A client like this one, whose recurring requests become tools, as through the gateway.

    A request of one turn is answered by a tool if one serves; all else goes on to the client's own endpoint, and
    what comes back whole is learnt from. Nothing else about the client changes.

    Args:
        client: `openai.OpenAI` with a `Latm`, or `openai.AsyncOpenAI` with an `AsyncLatm`.
        latm: open, for as long as the client is used.
        project: whose requests these are; others share nothing with them.

    Raises:
        SettingsError: the two do not fit together.
    """
    is_sync = isinstance(latm, Latm)
    inner = getattr(client, "_client", None)
    if not isinstance(inner, httpx2.Client if is_sync else httpx2.AsyncClient):
        said = f"{type(client).__name__} and {type(latm).__name__} do not go together."
        raise SettingsError(said, hint="Wrap OpenAI with a Latm, AsyncOpenAI with an AsyncLatm.")
    circle = _Circle(latm, project)
    if isinstance(inner, httpx2.Client):
        http_client: Any = httpx2.Client(transport=_Transport(circle, inner))
    else:
        http_client = httpx2.AsyncClient(transport=_AsyncTransport(circle, inner))
    return client.copy(http_client=http_client)  # type: ignore[return-value]  # of the client's own kind


class _Asked:
    """A request that a tool may answer, and what the tools made of it."""

    def __init__(self, dialect: Dialect, wanted: Wanted, said: frozenset[str]) -> None:
        self.dialect = dialect
        self.wanted = wanted
        self.may_serve = not said & {"no-cache", "no-store"}
        self.attempt = Attempt(wanted.question)
        self.started = time.perf_counter()

    def accepts(self, text: str) -> bool:
        """Whether a tool's answer will do."""
        return self.wanted.fits(text) and keeps(self.wanted.question.scope.form, text)


class _Circle:
    """What is the same with and without an event loop."""

    def __init__(self, latm: Latm | AsyncLatm, project: str) -> None:
        self.latm = latm
        self._project = project
        self._shapes = Shapes()

    def asked(self, request: httpx2.Request) -> _Asked | None:
        """What is asked; None if no tool may answer."""
        dialect = next((one for path, one in _DIALECTS if request.url.path.endswith(path)), None)
        said = directives([(name.lower(), value) for name, value in request.headers.raw])
        if dialect is None or request.method != "POST" or "no-store" in said:
            return None
        try:
            body = strict_json(request.content)
            if not isinstance(body, dict):
                return None
            wanted = dialect.read(body, self._project)
            question = named(wanted.question, self.latm.settings, wanted.parameters, is_cold=wanted.is_cold)
            return _Asked(dialect, replace(wanted, question=question), said)
        except (ValueError, NotEligibleError):
            return None

    def served(self, asked: _Asked, request: httpx2.Request) -> httpx2.Response | None:
        """A tool's answer as a response; None without one."""
        answer, wanted = asked.attempt.answer, asked.wanted
        if answer is None:
            return None
        content = asked.dialect.answer(wanted, answer.text, answer.serial, self._shapes.like(wanted))
        kind = b"text/event-stream" if wanted.stream else b"application/json"
        headers = [(b"content-type", kind), cache_status("hit", "answer" if answer.route is Route.EXACT else "tool")]
        return httpx2.Response(_OK, headers=headers, content=content, request=request)

    def reading(self, asked: _Asked, response: httpx2.Response) -> "_Reading | None":
        """Reads an answer along; None if there is nothing to learn from it."""
        is_stream = "event-stream" in response.headers.get("content-type", "")
        is_plain = response.status_code == _OK and "content-encoding" not in response.headers
        if not is_plain or is_stream != asked.wanted.stream:
            return None
        return _Reading(self, asked, asked.dialect.listener(stream=is_stream))

    def learn(self, asked: _Asked, heard: Heard) -> None:
        """Learn from an answer if it is whole."""
        if heard.text is None or not heard.text.strip() or self.latm.is_behind:
            return
        self._shapes.keep(asked.wanted, heard.shape)
        tokens = heard.tokens or estimated(len(asked.wanted.question.text), heard)
        usage = Usage(1, tokens.sent, tokens.received, None)
        seconds = time.perf_counter() - asked.started
        self.latm.learn_answer(asked.attempt, heard.text, usage=usage, seconds=seconds)


class _Reading:
    """Reads one answer along until it holds what cannot be read; at its end it is learnt from."""

    def __init__(self, circle: _Circle, asked: _Asked, listener: Listener) -> None:
        self._circle = circle
        self._asked = asked
        self._listener: Listener | None = listener

    def feed(self, chunk: bytes) -> None:
        """The next piece."""
        if self._listener is not None:
            try:
                self._listener.feed(chunk)
            except ValueError:
                self._listener = None

    def ended(self, *, complete: bool) -> None:
        """That was all of it, or all that came."""
        if self._listener is not None:
            try:
                heard = self._listener.heard(complete=complete)
            except ValueError:
                return
            self._circle.learn(self._asked, heard)


class _Transport(httpx2.BaseTransport):
    """The way of a client without an event loop."""

    def __init__(self, circle: _Circle, inner: httpx2.Client) -> None:
        self._circle = circle
        self._inner = inner
        self._latm: Latm = circle.latm  # type: ignore[assignment]  # `wrap` has looked

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """By a tool, or by the client's own endpoint."""
        request.read()
        asked = self._circle.asked(request)
        if asked is not None and asked.may_serve:
            try:
                asked.attempt = self._latm.attempt(asked.wanted.question, accepts=asked.accepts)
            except LatmError as error:
                log.warning("a request goes on without tools: %s", error.message)
            if (served := self._circle.served(asked, request)) is not None:
                return served
        if asked is not None:
            request.headers["accept-encoding"] = "identity"  # so that the answer can be read along
        sent = self._inner.send(request, stream=True)
        reading = self._circle.reading(asked, sent) if asked is not None else None
        if reading is None:
            return sent
        return httpx2.Response(sent.status_code, headers=sent.headers, stream=_Read(sent, reading), request=request)


class _Read(httpx2.SyncByteStream):
    """A response's bytes, read along."""

    def __init__(self, sent: httpx2.Response, reading: _Reading) -> None:
        self._sent = sent
        self._chunks = self._read_along(reading)

    def _read_along(self, reading: _Reading) -> Generator[bytes]:
        complete = False
        try:
            for chunk in self._sent.iter_raw():
                reading.feed(chunk)
                yield chunk
            complete = True
        finally:
            self._sent.close()
            reading.ended(complete=complete)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    def close(self) -> None:
        """End it, wherever it is."""
        self._chunks.close()
        self._sent.close()


class _AsyncTransport(httpx2.AsyncBaseTransport):
    """The way of a client on an event loop."""

    def __init__(self, circle: _Circle, inner: httpx2.AsyncClient) -> None:
        self._circle = circle
        self._inner = inner
        self._latm: AsyncLatm = circle.latm  # type: ignore[assignment]  # `wrap` has looked

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """By a tool, or by the client's own endpoint."""
        await request.aread()
        asked = self._circle.asked(request)
        if asked is not None and asked.may_serve:
            try:
                asked.attempt = await self._latm.attempt(asked.wanted.question, accepts=asked.accepts)
            except LatmError as error:
                log.warning("a request goes on without tools: %s", error.message)
            if (served := self._circle.served(asked, request)) is not None:
                return served
        if asked is not None:
            request.headers["accept-encoding"] = "identity"  # so that the answer can be read along
        sent = await self._inner.send(request, stream=True)
        reading = self._circle.reading(asked, sent) if asked is not None else None
        if reading is None:
            return sent
        return httpx2.Response(
            sent.status_code, headers=sent.headers, stream=_AsyncRead(sent, reading), request=request
        )


class _AsyncRead(httpx2.AsyncByteStream):
    """A response's bytes, read along."""

    def __init__(self, sent: httpx2.Response, reading: _Reading) -> None:
        self._sent = sent
        self._chunks = self._read_along(reading)

    async def _read_along(self, reading: _Reading) -> AsyncGenerator[bytes]:
        complete = False
        try:
            async for chunk in self._sent.aiter_raw():
                reading.feed(chunk)
                yield chunk
            complete = True
        finally:
            await self._sent.aclose()
            reading.ended(complete=complete)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        """End it, wherever it is."""
        await self._chunks.aclose()
        await self._sent.aclose()
