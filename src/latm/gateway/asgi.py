"""The few things that the gateway needs of ASGI: a request's body, a plain reply, and a client that goes away."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


class RefusedError(Exception):
    """A request that the gateway itself refuses, in the words and the shape of OpenAI's errors.

    Args:
        status: of HTTP.
        message: one sentence.
        code: for programs.
        headers: sent along.
    """

    def __init__(self, status: HTTPStatus, message: str, code: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers

    @property
    def body(self) -> bytes:
        """The error as JSON."""
        kind = "invalid_request_error" if self.status < HTTPStatus.INTERNAL_SERVER_ERROR else "api_error"
        said = {"message": str(self), "type": kind, "param": None, "code": self.code}
        return json.dumps({"error": said}).encode()


class GoneError(Exception):
    """The client has gone away."""


def route_of(scope: Scope) -> str:
    """The path of a request, behind that of an application which this one may be mounted in."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body of a request.

    Raises:
        RefusedError: it is too long.
        GoneError: the client left before its end.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        part: bytes = message.get("body", b"")
        if part:
            parts.append(part)
            size += len(part)
        if size > most:
            said = f"The request is longer than {most // 2**20} MiB."
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, "request_too_large")
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def reply(send: Send, status: int, body: bytes, headers: Headers = (), kind: str = "application/json") -> None:
    """Send a whole answer."""
    own = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})


async def unless_gone(receive: Receive, work: Awaitable[None]) -> None:
    """Do something for a client, and break it off if the client goes away.

    Raises:
        GoneError: it has gone.
        Exception: what the work raises.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            await asyncio.wait((working,))
            if working.cancelled():
                raise GoneError
        working.result()
    finally:
        leaving.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait((working,))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
