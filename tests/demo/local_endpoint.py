"""The stand-in behind an OpenAI-compatible endpoint on loopback, for what goes through the real client."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stand_in import reply

from latm.models.port import Message, Request


def purpose_of(messages: list[dict[str, Any]]) -> str:
    """The purpose does not travel with a request; the prompts tell it."""
    if messages[0]["role"] == "system":
        return "propose"
    return "direct" if "Answer the request below" in messages[0]["content"] else "tool-user"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        asked = [Message(message["role"], message["content"]) for message in messages]
        message = {"role": "assistant", "content": reply(Request(asked, purpose_of(messages)))}
        body = json.dumps(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "stand-in",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 400, "total_tokens": 500},
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve for as long as the block runs; yields the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
