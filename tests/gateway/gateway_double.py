"""An upstream that does what its script says, as OpenAI's endpoints do it; and servers on loopback."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from latm.gateway.app import Gateway
from latm.gateway.settings import GatewaySettings
from latm.gateway.settings import Upstream as To
from latm.health import Health
from latm.models.edge import trusted
from latm.settings import Settings
from openai_endpoint import error_body, request_of
from toy import toy_reply

Body = dict[str, Any]

_TEXT = re.compile(rb'output_text\.delta|"content": ?"[^"]')
"""In an event that brings a piece of the text."""


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free port, for as long as the block runs."""
    config = uvicorn.Config(
        app, port=0, log_level="critical", lifespan="auto", http="httptools", ws="none", server_header=False,
        date_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def gateway_to(
    upstream: "Upstream", folder: Path, *, own: Mapping[str, Any] | None = None, **settings: Any
) -> Iterator[tuple[str, Gateway]]:
    """A gateway in front of an upstream, with a jail where tools are to be made; its base URL, and itself."""
    usual: dict[str, Any] = {"store": f"sqlite:///{folder}/latm.db", "maker": f"tiny@{upstream.url}", "workers": 1}
    usual["sandbox"] = "jail" if "making_tokens" in settings else "unsafe-in-process"
    given: dict[str, Any] = {"upstreams": (To(url=upstream.url),), "retries": 1, "port": 0} | dict(own or {})
    tracer = settings.pop("tracer_provider", None)
    gateway = Gateway(Settings(**usual | {"retries": 0} | settings), GatewaySettings(**given), tracer_provider=tracer)
    with listening(gateway) as url:
        yield f"{url}/v1", gateway


def health(gateway: Gateway) -> Health:
    """What the gateway's latm can do now."""

    async def asked() -> Health:
        return gateway.latm.health()

    return asyncio.run_coroutine_threadsafe(asked(), gateway.loop).result(60)


def on_loop(gateway: Gateway, work: Callable[[], Any], seconds: float = 60) -> Any:
    """What an awaitable that is made on the gateway's loop comes to."""

    async def done() -> Any:
        return await work()

    return asyncio.run_coroutine_threadsafe(done(), gateway.loop).result(seconds)


class Upstream:
    """`/v1/chat/completions` and `/v1/responses`, plain and in events, and whatever else a test scripts.

    A request with functions gets a call of the first; the model `missing` is not there, and `slow` takes ten seconds
    after each piece of its text.

    Attributes:
        url: its base URL.
        asked: path, headers and body of each request, in order.
        text: what it answers a user message with.
        script: what it does instead, by path; a status with a body, or an ASGI-like function.
        under_way: how many requests have no end yet.
        left: how many clients went away before the end.
        pause: seconds between two chunks of a stream.
        hold: while cleared, nothing is answered.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.text: Callable[[Body], str] = lambda body: toy_reply(request_of(as_chat(body)))
        self.script: dict[str, Callable[[Body], tuple[int, dict[str, str], bytes]]] = {}
        self.stream: Callable[[Body], AsyncIterator[bytes]] | None = None
        self.left = 0
        self.under_way = 0
        self.pause = 0.0
        self.hold = threading.Event()
        self.hold.set()

    @property
    def questions(self) -> list[str]:
        """What was asked by clients, not by makers and audits."""
        return [
            body["messages"][-1]["content"]
            for _, _, content in self.asked
            if "messages" in (body := json.loads(content))
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.asked.append((scope["path"], headers, content))
        await asyncio.to_thread(self.hold.wait, 30)
        body = _object(content)
        self.under_way += 1
        work = asyncio.ensure_future(self._answer(scope["path"], body, send))
        gone = asyncio.ensure_future(receive())
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        self.under_way -= 1
        if not work.done():
            self.left += 1
            work.cancel()
        gone.cancel()

    async def _answer(self, path: str, body: Body, send: Any) -> None:
        name = path.removeprefix("/v1")
        if body.get("model") == "missing":
            await send_whole(send, 404, {}, [error_body("no such model", "model_not_found", "model").encode()])
            return
        if name in self.script:
            status, headers, content = self.script[name](body)
            await send_whole(send, status, headers, [content])
            return
        if body.get("stream"):
            events = self.stream(body) if self.stream else _aiter(_events(name, body, self.text(body)))
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": _raw({"content-type": "text/event-stream", "x-request-id": "req-1"}),
                }
            )
            async for event in events:
                await send({"type": "http.response.body", "body": event, "more_body": True})
                await asyncio.sleep(10 if body.get("model") == "slow" and _TEXT.search(event) else self.pause)
            await send({"type": "http.response.body", "body": b""})
            return
        made = response_of(body, self.text(body)) if name == "/responses" else completion_of(body, self.text(body))
        await send_whole(send, 200, {"x-request-id": "req-1"}, [json.dumps(made, indent=1).encode()])


def _object(content: bytes) -> Body:
    """The JSON object that was sent; an empty one if it is anything else."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def send_whole(send: Any, status: int, headers: Mapping[str, str], chunks: list[bytes]) -> None:
    """Answer with these pieces."""
    said = {"content-type": "application/json", "content-length": str(sum(map(len, chunks)))} | dict(headers)
    await send({"type": "http.response.start", "status": status, "headers": _raw(said)})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _aiter(events: list[bytes]) -> AsyncIterator[bytes]:
    for event in events:
        yield event


def as_chat(body: Body) -> Body:
    """What either endpoint is asked, as the messages of one."""
    if "messages" in body:
        return body
    given = body["input"]
    text = given if isinstance(given, str) else given[-1]["content"]
    return {"messages": [{"role": "user", "content": text if isinstance(text, str) else text[0]["text"]}]}


def _sse(event: Body, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(event)}\n\n".encode()


USAGE = {
    "prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
}  # fmt: skip


def calls_of(body: Body) -> list[Body]:
    """Of the first function that a chat completion may call; none where there is none that can be read."""
    match body.get("tools"):
        case [{"function": {"name": str(name)}}, *_]:
            called = {"name": name, "arguments": '{"sum": 1}'}
            return [{"id": "call_1", "type": "function", "function": called}]
    return []


def completion_of(body: Body, text: str) -> Body:
    """A chat completion with the fields that OpenAI's have today."""
    calls = calls_of(body)
    said: Body = {"content": None, "tool_calls": calls} if calls else {"content": text}
    return {
        "id": "chatcmpl-up1",
        "object": "chat.completion",
        "created": 1,
        "model": f"{body['model']}-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", **said, "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "tool_calls" if calls else "stop",
            }
        ],
        "usage": USAGE,
        "service_tier": "default",
        "system_fingerprint": "fp_1",
    }


def _events(name: str, body: Body, text: str) -> list[bytes]:
    return response_events(body, text) if name == "/responses" else chat_events(body, text)


def chat_events(body: Body, text: str) -> list[bytes]:
    """A chat completion in events."""
    base = {
        "id": "chatcmpl-up1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": f"{body['model']}-2026-01-01",
    }
    base |= {"service_tier": "default", "system_fingerprint": "fp_1"}
    with_usage = (body.get("stream_options") or {}).get("include_usage")
    base |= {"usage": None} if with_usage else {}

    def chunk(delta: Body, end: str | None = None) -> bytes:
        return _sse(base | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}]})

    calls = calls_of(body)
    parts = [] if calls else [text[at : at + 3] for at in range(0, len(text), 3)]
    events = [
        chunk({"role": "assistant", "content": "", "refusal": None}),
        *(chunk({"content": part}) for part in parts),
        *(chunk({"tool_calls": [{"index": index, **call}]}) for index, call in enumerate(calls)),
    ]
    events.append(chunk({}, "tool_calls" if calls else "stop"))
    if with_usage:
        events.append(_sse(base | {"choices": [], "usage": USAGE}))
    return [*events, b"data: [DONE]\n\n"]


def response_of(body: Body, text: str) -> Body:
    """A response with the fields that OpenAI's have today."""
    return {
        "id": "resp_up1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "background": False,
        "completed_at": 2,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": None,
        "model": f"{body['model']}-2026-01-01",
        "output": [
            {
                "id": "msg_up1",
                "type": "message",
                "status": "completed",
                "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}],
                "role": "assistant",
            }
        ],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text", {"format": {"type": "text"}, "verbosity": "medium"}),
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": 20, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 4,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 24,
        },
        "user": None,
        "metadata": body.get("metadata", {}),
    }  # fmt: skip


def response_events(body: Body, text: str) -> list[bytes]:
    """A response in events."""
    whole = response_of(body, text)
    item = whole["output"][0]
    part = item["content"][0]
    begun = whole | {"status": "in_progress", "output": [], "usage": None, "completed_at": None}
    at = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    parts = [text[start : start + 3] for start in range(0, len(text), 3)]
    events: list[tuple[str, Body]] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": item | {"status": "in_progress", "content": []}}),
        ("response.content_part.added", at | {"part": part | {"text": ""}}),
        *(("response.output_text.delta", at | {"delta": each, "logprobs": []}) for each in parts),
        ("response.output_text.done", at | {"text": text, "logprobs": []}),
        ("response.content_part.done", at | {"part": part}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": whole}),
    ]
    return [_sse({"type": kind, "sequence_number": number} | data, kind) for number, (kind, data) in enumerate(events)]


def metric(url: str, name: str, **labels: str) -> float:
    """A metric's value, summed over the series that have these labels."""
    text = httpx2.get(url.removesuffix("/v1") + "/metrics", verify=trusted()).text
    total = 0.0
    for line in text.splitlines():
        if line.startswith((name + "{", name + " ")) and all(
            f'{key}="{value}"' in line for key, value in labels.items()
        ):
            total += float(line.rsplit(" ", 1)[1])
    return total


def until(done: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)
    return found
