"""The upstreams: where requests go on to, tried again only as long as nothing of an answer has come."""

import asyncio
import io
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import yarl
from multidict import CIMultiDict

from latm.errors import LatmError, SettingsError
from latm.gateway.headers import Raw, onward
from latm.gateway.settings import GatewaySettings, Upstream
from latm.models.edge import trusted

_PASSING = frozenset((HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT))
"""Statuses of something between here and the model, which had not begun to answer."""
_LARGE = 2**20
"""Bytes from which a request's body is written in pieces, between which others have their turn."""
_LONGEST_FIELD = 2**16
"""The most bytes in one field of an answer's head."""
_KEPT_IN_URLS = "!$%&'()*+,/:;=?@[]~"
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

    Raises:
        SettingsError: an upstream would be reached through a proxy that cannot be used.
    """

    def __init__(self, settings: GatewaySettings, on_retry: Callable[[str], object] = len) -> None:
        self._settings = settings
        self._on_retry = on_retry
        self._upstreams = [(upstream, _proxy_to(upstream.url)) for upstream in settings.upstreams]
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=settings.connections,
                keepalive_timeout=30.0,
                ssl=trusted(),
            ),
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=settings.first_byte_seconds,
                sock_connect=settings.connect_seconds,
                sock_read=settings.first_byte_seconds,
            ),
            # Nothing is added to a request, or kept or read of an answer.
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_LONGEST_FIELD,
            max_field_size=_LONGEST_FIELD,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    @asynccontextmanager
    async def asked(self, call: Call) -> AsyncIterator[Reply]:
        """The answer of the first upstream that begins one; leaving ends it, also if it is not at its end.

        Raises:
            UpstreamError: none does.
        """
        response, upstream, tries = await self._begun(call)
        try:
            headers = [(name.lower(), value) for name, value in response.raw_headers]
            yield Reply(response.status, headers, _chunks(response), upstream, tries)
        finally:
            response.close()

    async def _begun(self, call: Call) -> tuple[aiohttp.ClientResponse, Upstream, int]:
        last = UpstreamError("No upstream could be reached.", HTTPStatus.BAD_GATEWAY)
        tries = 0
        for place, (upstream, proxy) in enumerate(self._upstreams, start=1):
            has_next = place < len(self._upstreams)
            for left in reversed(range(self._settings.retries + 1)):
                tries += 1
                try:
                    response = await self._sent(call, upstream, proxy)
                except UpstreamError as error:
                    last, why = error, "timeout" if error.status == HTTPStatus.GATEWAY_TIMEOUT else "connection"
                else:
                    why = _why_on(response.status, has_next=has_next, left=left)
                    if not why:
                        return response, upstream, tries
                    response.close()
                if why in _ONCE or not left:
                    break
                self._on_retry(why)
                await _pause(self._settings.retries - left)
            if has_next:
                self._on_retry("fall-back")
        raise last

    async def _sent(self, call: Call, upstream: Upstream, proxy: str | None) -> aiohttp.ClientResponse:
        key = upstream.key
        authorization = f"Bearer {key.get_secret_value()}".encode() if key else b"" if call.replaces_key else None
        headers = onward(call.headers, authorization, readable=call.readable)
        try:
            response = await self._session.request(
                call.method,
                yarl.URL(quote(upstream.url + call.path, safe=_KEPT_IN_URLS), encoded=True),
                headers=CIMultiDict((name.decode("latin-1"), _text(value)) for name, value in headers),
                data=io.BytesIO(call.body) if len(call.body) >= _LARGE else call.body or None,
                allow_redirects=False,
                proxy=proxy,
            )
        except aiohttp.ServerTimeoutError as error:
            kind = "connect" if isinstance(error, aiohttp.ConnectionTimeoutError) else "answer"
            status = HTTPStatus.BAD_GATEWAY if kind == "connect" else HTTPStatus.GATEWAY_TIMEOUT
            raise UpstreamError(f"The upstream did not {kind} in time.", status) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamError("The upstream could not be reached.", HTTPStatus.BAD_GATEWAY) from error
        if response.connection is not None and response.connection.protocol is not None:
            response.connection.protocol.read_timeout = self._settings.idle_seconds
        return response


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.content.iter_any():
            yield chunk
    except (aiohttp.ClientError, OSError) as error:
        raise UpstreamError("The upstream broke off.", HTTPStatus.BAD_GATEWAY) from error


_ONCE = frozenset(("timeout", "busy"))
"""After these the same upstream is not tried again: it may be answering, or has said that it will not."""


def _why_on(status: int, *, has_next: bool, left: int) -> str:
    """Why to try further instead of handing this answer to the client; empty if it goes to the client."""
    if status in _PASSING and (left or has_next):
        return "status"
    return "busy" if status == HTTPStatus.TOO_MANY_REQUESTS and has_next else ""


def _proxy_to(url: str) -> str | None:
    """The proxy through which an address is reached; None if it is reached directly."""
    parts = urlsplit(url)
    proxies = {} if proxy_bypass(parts.hostname or "") else getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and not proxy.lower().startswith(("http://", "https://")):
        hint = "Take an HTTP proxy; or except the upstream by NO_PROXY."
        kind = proxy.partition(":")[0]  # the rest may hold a password
        raise SettingsError(f"{url} would be reached through a proxy of the kind {kind}, and by HTTP only.", hint=hint)
    return proxy or None


def _text(value: bytes) -> str:
    """A header's value, which goes on in the same bytes if it is UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _pause(tried: int) -> None:
    """Wait before another try, for a new random time, so that many who failed at once do not come at once."""
    await asyncio.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**tried)))  # noqa: S311  # no secret
