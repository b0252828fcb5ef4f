"""What the page asks of a request before it answers: our host, this machine, and for an act our own form."""

import secrets
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from latm.gateway.doors import host_name, is_loopback

COOKIE = "latm_page"
FIELD = "token"
_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "img-src 'self' data:"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Refuses what does not come from this machine under a name of ours, and sets the headers of every answer.

    A name that a stranger's server resolves to this machine (DNS rebinding) is not ours; `localhost` and loopback
    addresses are.

    Args:
        app: what is behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if problem := self._problem(scope):
            await PlainTextResponse(problem, HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)

    def _problem(self, scope: Scope) -> str:
        if not is_loopback(host_name(Headers(scope=scope).get("host", ""))):
            return "This host is not served here."
        client = scope.get("client")
        if client is not None and not is_loopback(client[0]):
            return "The page answers this machine alone."
        return ""


def token_of(request: Request) -> str:
    """The browser's own token, a new one if it has none: forms carry it, and no other site can read it."""
    return request.cookies.get(COOKIE) or secrets.token_urlsafe(24)


def is_ours(request: Request, token: str) -> bool:
    """Whether an act comes from a form of ours: from our own origin, with the token that the browser was given."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
        return False
    given = request.cookies.get(COOKIE, "")
    return bool(given) and secrets.compare_digest(given.encode(), token.encode())
