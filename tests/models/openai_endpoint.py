"""An OpenAI-compatible endpoint on loopback that does what a test tells it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, str]


def completion_body(text: str, *, usage: bool = True) -> str:
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
    }
    if usage:
        body["usage"] = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return json.dumps(body)


def error_body(message: str, code: str = "some_error") -> str:
    return json.dumps({"error": {"message": message, "type": code, "code": code}})


class Endpoint:
    """Replies in order, the last one again and again; keeps the bodies and keys that were sent."""

    def __init__(self, url: str) -> None:
        self.url = url
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
def serving() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = served.reply(body, self.headers.get("Authorization"))
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that has given up is no error here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        served = Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield served
        served.hang.set()
        server.shutdown()
        thread.join()
