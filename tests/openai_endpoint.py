"""An OpenAI-compatible endpoint on loopback that does what a test tells it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from latm.models.port import Message, Request

Reply = tuple[int, str | bytes]


def completion_body(text: str, *, usage: tuple[int, int] | None = (7, 3)) -> str:
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
    }
    if usage:
        body["usage"] = dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True), total_tokens=sum(usage))
    return json.dumps(body)


def error_body(message: str, code: str | None = "some_error", param: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": code, "code": code, "param": param}})


def request_of(body: dict[str, Any]) -> Request:
    """What was asked. Purposes do not travel, but the prompts tell them."""
    messages = [Message(message["role"], message["content"]) for message in body["messages"]]
    if messages[0].role == "system" and "solve" in messages[0].content:
        return Request(messages, "propose")
    return Request(messages, "tool-user" if "A tool answers requests" in messages[0].content else "direct")


class Endpoint:
    """Replies in order, the last one again and again; keeps the bodies and keys that were sent."""

    def __init__(self) -> None:
        self.url = ""
        self.replies: list[Reply] = [(200, completion_body("Rome"))]
        self.headers: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.hang = threading.Event()
        self.hang.set()

    def reply(self, body: dict[str, Any], key: str | None) -> Reply:
        self.bodies.append(body)
        self.keys.append(key)
        self.hang.wait(timeout=30)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving(port: int = 0) -> Iterator[Endpoint]:
    """Serve an `Endpoint` for as long as the block runs, at a free port or at this one."""
    endpoint = Endpoint()
    with serving_replies(endpoint.reply, lambda: endpoint.headers, port=port) as endpoint.url:
        yield endpoint
        endpoint.hang.set()


@contextmanager
def serving_replies(
    reply: Callable[[dict[str, Any], str | None], Reply],
    headers: Callable[[], dict[str, str]] = dict,
    paths: frozenset[str] | None = None,
    port: int = 0,
) -> Iterator[str]:
    """Serve what a function replies to a request's body and key, for as long as the block runs; the base URL.

    Where paths are given, any other answers 404.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if paths is not None and self.path not in paths:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_error(404)
                return
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = reply(body, self.headers.get("Authorization"))
            self.send_response(status)
            content = text.encode() if isinstance(text, str) else text
            sized = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            for name, value in (sized | headers()).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256  # hundreds may connect at once

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that has given up, or was killed, is no error here."""

    with Server(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()
