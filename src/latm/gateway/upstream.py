"""The upstreams: where requests go on to, tried again only as long as nothing of an answer has come."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from latm.errors import LatmError
from latm.gateway.headers import Raw, onward
from latm.gateway.settings import GatewaySettings, Upstream

_PASSING = frozenset((HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT))
"""Statuses of something between here and the model, which had not begun to answer."""
_POOLS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class UpstreamError(LatmError):
    """No upstream has begun to answer.

    Args:
        message: what the client is told.
        status: the HTTP status that says it.
    """

    def __init__(self, message: str, status: HTTPStatus) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it goes on.

    Attributes:
        method: of HTTP.
        path: behind the version, with the query: `/chat/completions`.
        headers: as the client sent them.
        body: as the client sent it.
        replaces_key: whether the client's key is the gateway's own business, and goes no further.
        readable: whether the answer must come uncompressed.
    """

    method: str
    path: str
    headers: Raw
    body: bytes
    replaces_key: bool = False
    readable: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that has begun.

    Attributes:
        status: of HTTP.
        headers: as they came, names in lower case.
        chunks: the body as it comes.
        upstream: who answers.
        tries: how many it took.
    """

    status: int
    headers: Raw
    chunks: AsyncIterator[bytes]
    upstream: Upstream
    tries: int = 1


class Upstreams:
    """Sends requests on.

    Args:
        settings: where to, how long to wait, and how often to try.
        on_retry: is told the reason of each further try.
    """

    def __init__(self, settings: GatewaySettings, on_retry: Callable[[str], object] = len) -> None:
        self._settings = settings
        self._on_retry = on_retry
        # Transports, not a client: it would keep cookies, follow redirects and add headers of its own.
        self._transports = [(upstream, _Pools(upstream, settings)) for upstream in settings.upstreams]
        self._timeout = {
            "connect": settings.connect_seconds,
            "write": settings.idle_seconds,
            "pool": settings.first_byte_seconds,
        }

    async def close(self) -> None:
        """Close all connections."""
        for _, transport in self._transports:
            await transport.aclose()

    @asynccontextmanager
    async def asked(self, call: Call) -> AsyncIterator[Reply]:
        """The answer of the first upstream that begins one; leaving ends it, also where it is not at its end.

        Raises:
            UpstreamError: none does.
        """
        response, upstream, tries = await self._begun(call)
        try:
            chunks = self._chunks(response)
            headers = [(name.lower(), value) for name, value in response.headers.raw]
            yield Reply(response.status_code, headers, chunks, upstream, tries)
        finally:
            await response.aclose()

    async def _chunks(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.stream:  # type: ignore[union-attr]  # an asynchronous transport's stream is one
                yield chunk
        except (httpx2.TransportError, OSError) as error:
            raise UpstreamError("The upstream broke off.", HTTPStatus.BAD_GATEWAY) from error

    async def _begun(self, call: Call) -> tuple[httpx2.Response, Upstream, int]:
        last = UpstreamError("No upstream could be reached.", HTTPStatus.BAD_GATEWAY)
        tries = 0
        for place, (upstream, transport) in enumerate(self._transports, start=1):
            has_next = place < len(self._transports)
            for left in reversed(range(self._settings.retries + 1)):
                tries += 1
                try:
                    response = await self._sent(call, upstream, transport)
                except UpstreamError as error:
                    last, why = error, "timeout" if error.status == HTTPStatus.GATEWAY_TIMEOUT else "connection"
                else:
                    why = _why_on(response.status_code, has_next=has_next, left=left)
                    if not why:
                        return response, upstream, tries
                    await response.aclose()
                if why in _ONCE or not left:
                    break
                self._on_retry(why)
                await _pause(self._settings.retries - left)
            if has_next:
                self._on_retry("fall-back")
        raise last

    async def _sent(self, call: Call, upstream: Upstream, transport: "_Pools") -> httpx2.Response:
        key = upstream.key
        authorization = f"Bearer {key.get_secret_value()}".encode() if key else b"" if call.replaces_key else None
        headers = onward(call.headers, authorization, readable=call.readable)
        timeout = self._timeout | {"read": self._settings.first_byte_seconds}
        request = httpx2.Request(
            call.method, upstream.url + call.path, headers=headers, content=call.body, extensions={"timeout": timeout}
        )
        try:
            response = await transport.handle_async_request(request)
        except httpx2.TimeoutException as error:
            kind = "connect" if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout) else "answer"
            status = HTTPStatus.BAD_GATEWAY if kind == "connect" else HTTPStatus.GATEWAY_TIMEOUT
            raise UpstreamError(f"The upstream did not {kind} in time.", status) from error
        except (httpx2.TransportError, OSError) as error:
            raise UpstreamError("The upstream could not be reached.", HTTPStatus.BAD_GATEWAY) from error
        timeout["read"] = self._settings.idle_seconds  # the transport looks here again when the body is read
        return response


_ONCE = frozenset(("timeout", "busy"))
"""After these the same upstream is not tried again: it may be answering, or has said that it will not."""


def _why_on(status: int, *, has_next: bool, left: int) -> str:
    """Why to try further instead of handing this answer to the client; empty where it goes to the client."""
    if status in _PASSING and (left or has_next):
        return "status"
    return "busy" if status == HTTPStatus.TOO_MANY_REQUESTS and has_next else ""


class _Pools:
    """Connections to one upstream, in several pools: a pool looks at each of its connections for each request.

    Args:
        upstream: where they lead.
        settings: how many there may be.
    """

    def __init__(self, upstream: Upstream, settings: GatewaySettings) -> None:
        self._pools = [_transport(upstream, settings) for _ in range(min(_POOLS, settings.connections))]
        self._under_way = [0] * len(self._pools)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it by the pool that has least to do; the first, where nobody has anything."""
        place = min(range(len(self._pools)), key=self._under_way.__getitem__)
        self._under_way[place] += 1
        try:
            response = await self._pools[place].handle_async_request(request)
        except BaseException:
            self._under_way[place] -= 1
            raise
        response.stream = _Counted(response.stream, partial(self._ended, place))  # type: ignore[arg-type]  # asynchronous
        return response

    def _ended(self, place: int) -> None:
        self._under_way[place] -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


class _Counted(httpx2.AsyncByteStream):
    """A response's bytes, and what is to be done when it is closed."""

    def __init__(self, stream: httpx2.AsyncByteStream, ended: Callable[[], object]) -> None:
        self._stream = stream
        self._ended: Callable[[], object] | None = ended

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        """Close it, once."""
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()
        await self._stream.aclose()


def _transport(upstream: Upstream, settings: GatewaySettings) -> httpx2.AsyncHTTPTransport:
    parts = urlsplit(upstream.url)
    proxies = {} if proxy_bypass(parts.hostname or "") else getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    limits = httpx2.Limits(
        max_connections=-(-settings.connections // _POOLS), max_keepalive_connections=None, keepalive_expiry=30.0
    )
    return httpx2.AsyncHTTPTransport(limits=limits, proxy=proxy or None)


async def _pause(tried: int) -> None:
    """Wait before another try, for a time drawn anew each time, so that many who failed at once do not come at once."""
    await asyncio.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**tried)))  # noqa: S311  # no secret
