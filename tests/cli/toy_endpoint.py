"""The toy model behind an OpenAI-compatible endpoint on loopback, which a test can hold up or break."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from latm.models.port import Message, Request
from toy import toy_reply


@dataclass
class ToyEndpoint:
    """What a test looks at and changes.

    Attributes:
        url: the base URL.
        status: other than 200, every request fails with it.
        calls: requests that were answered, by purpose.
        direct_at_most: so many direct answers are given; later ones hang until `released`.
        hanging: set once a request hangs.
        released: lets hanging requests go on.
    """

    url: str = ""
    status: int = 200
    calls: Counter[str] = field(default_factory=Counter)
    direct_at_most: int | None = None
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def model(self) -> str:
        """The model's name, as settings have it."""
        return f"toy@{self.url}"

    def complete(self, asked: dict[str, Any]) -> str:
        """What the model says to a request's body."""
        messages = [Message(message["role"], message["content"]) for message in asked["messages"]]
        purpose = _purpose(messages)
        if purpose == "direct" and self.direct_at_most is not None and self.calls["direct"] >= self.direct_at_most:
            self.hanging.set()
            self.released.wait(60)
        self.calls[purpose] += 1
        return toy_reply(Request(messages, purpose))


def _purpose(messages: list[Message]) -> str:
    """Purposes do not travel: only the tool maker has a system prompt, only a direct answer ends in `Answer:`."""
    if messages[0].role == "system":
        return "propose"
    return "direct" if "Answer the request below" in messages[0].content else "tool-user"


@contextmanager
def serving() -> Iterator[ToyEndpoint]:
    """Serve for as long as the block runs."""
    endpoint = ToyEndpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            text = endpoint.complete(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            refused = {"error": {"message": "as the test wants it", "type": "test"}}
            body = json.dumps(_completion(text) if endpoint.status == 200 else refused).encode()
            self.send_response(endpoint.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the output of tests clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed is no error here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.released.set()
            server.shutdown()
            thread.join()


def _completion(text: str) -> dict[str, Any]:
    return {
        "id": "toy-1",
        "object": "chat.completion",
        "created": 1,
        "model": "toy",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
