"""The doors: requests that a web page made a browser send are refused before anything else is done."""

import ipaddress
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

from latm.gateway.asgi import Receive, RefusedError, Scope, Send, reply
from latm.gateway.headers import first
from latm.gateway.settings import GatewaySettings

_LOCAL = frozenset(("localhost",))


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL


@lru_cache(maxsize=256)
def host_name(host: str) -> str:
    """The name in a `Host` header, in lower case; empty if there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class Doors:
    """Lets in requests that name this gateway as their host, and do not come from another site.

    A name that a stranger's server resolves to this machine (DNS rebinding) is not ours; an address is nobody's name. A
    page's requests have an `Origin`.

    Args:
        app: what is behind them.
        settings: the names that are ours.
    """

    def __init__(self, app: object, settings: GatewaySettings) -> None:
        self._app = app
        self._names = _LOCAL | frozenset(name.lower() for name in settings.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or refuse."""
        if scope["type"] == "http" and not self._lets_in(scope):
            refused = RefusedError(
                HTTPStatus.MISDIRECTED_REQUEST, "This host or origin is not served here.", "wrong_host"
            )
            await reply(send, refused.status, refused.body)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)  # type: ignore[operator]  # an ASGI application

    def _lets_in(self, scope: Scope) -> bool:
        headers = scope["headers"]
        host, origin = first(headers, b"host"), first(headers, b"origin")
        if not self._is_ours(host_name(host)):
            return False
        if first(headers, b"sec-fetch-site") in {"cross-site", "same-site"}:
            return False
        return not origin or origin in {f"http://{host}", f"https://{host}"}

    def _is_ours(self, name: str) -> bool:
        return name in self._names or _is_address(name)


@lru_cache(maxsize=256)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
