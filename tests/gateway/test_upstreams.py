"""How requests reach an upstream."""

import asyncio
import io
from typing import Any

import pytest
from gateway_double import listening

from latm.errors import SettingsError
from latm.gateway.settings import GatewaySettings
from latm.gateway.settings import Upstream as To
from latm.gateway.upstream import Call, Upstreams


async def asked(url: str, call: Call) -> tuple[int, bytes]:
    upstreams = Upstreams(GatewaySettings(upstreams=(To(url=url),)))
    try:
        async with upstreams.asked(call) as reply:
            return reply.status, b"".join([chunk async for chunk in reply.chunks])
    finally:
        await upstreams.close()


@pytest.mark.parametrize("size", [0, 10, 3 * 2**20])
def test_a_request_goes_on_as_it_came(size: int) -> None:
    heard: dict[str, Any] = {}

    async def upstream(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = io.BytesIO()
        while True:
            message = await receive()
            body.write(message.get("body", b""))
            if not message.get("more_body"):
                break
        heard.update(scope, body=body.getvalue())
        headers = [(b"x-one", b"1"), (b"X-One", b"2"), (b"content-encoding", b"gzip")]
        await send({"type": "http.response.start", "status": 203, "headers": headers})
        await send({"type": "http.response.body", "body": b"not unpacked"})

    headers = [(b"x-name", "Zoë".encode()), (b"x-name", b"again"), (b"content-type", b"text/odd")]
    call = Call("POST", "/files/a%20b?x=a+b%2Fc&y", headers, b"x" * size)
    with listening(upstream) as url:
        assert asyncio.run(asked(f"{url}/v1", call)) == (203, b"not unpacked")
    added = {b"host", b"content-length"}
    assert [pair for pair in heard["headers"] if pair[0] not in added] == headers
    assert heard["raw_path"] == b"/v1/files/a%20b"
    assert heard["query_string"] == b"x=a+b%2Fc&y"
    assert heard["body"] == call.body


def test_a_proxy_that_cannot_be_used_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="of the kind socks5"):
        asyncio.run(asked("http://example.com/v1", Call("GET", "/models", [], b"")))
