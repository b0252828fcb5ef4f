"""A stand-in for a model, behind an endpoint that speaks OpenAI's protocol. It needs no key, and costs nothing.

    python3 docs/help-desk/endpoint.py

It answers each ticket of `tickets.py` rightly, because it makes the same tickets; what it says as a tool maker is in
`replies/`, one completion for each kind. As hosted models do, it refuses one request for a second (429), and cuts one
answer off in the midst.
"""

import json
import re
import sys
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from tickets import tickets

REPLIES = Path(__file__).parent / "replies"
BUSY = 5
"""Which request is refused, counted from 1."""
CUT = "HD-10017"
"""The ticket whose first answer is cut off."""
_SHOWN = re.compile(r"^Request:\n(.*?)\nAnswer: ", re.DOTALL | re.MULTILINE)


class StandIn:
    """What the model says.

    Args:
        known: how many tickets it knows.
    """

    def __init__(self, known: int = 2_000) -> None:
        self._known = {ticket.question: ticket for ticket in tickets(known) if ticket.kind}
        self._count = count(1)
        self._cut = {ticket.question for ticket in self._known.values() if ticket.ticket_id == CUT}

    def reply(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and the body of a response."""
        number = next(self._count)
        if number == BUSY:
            return 429, {"error": {"message": "Too many requests.", "code": "rate_limit_exceeded"}}
        text, reason = self.said(body["messages"]), "stop"
        if (asked := body["messages"][-1]["content"]) in self._cut:
            self._cut.remove(asked)
            text, reason = text[: len(text) // 2], "length"
        sent = sum(len(message["content"]) for message in body["messages"])
        return 200, {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": sent // 4, "completion_tokens": len(text) // 4 + 1},
        }

    def said(self, messages: list[dict[str, str]]) -> str:
        """A completion: an answer to a ticket, or what a tool maker says of several."""
        asked = messages[-1]["content"]
        if asked in self._known:
            return self._known[asked].answer
        if "You are a tool maker" in messages[0]["content"]:
            return self._made(messages[1]["content"])
        return "yes" if "yes" in asked else "null"

    def _made(self, prompt: str) -> str:
        kinds: defaultdict[str, list[str]] = defaultdict(list)
        for number, question in enumerate(_SHOWN.findall(prompt), start=1):
            kinds[self._known[question].kind].append(str(number))
        if len(kinds) > 1:
            return "\n".join(["SEVERAL KINDS", *(f"{', '.join(those)}: {kind}" for kind, those in kinds.items())])
        return (REPLIES / f"{next(iter(kinds))}.txt").read_text(encoding="utf-8")


def server(port: int = 0) -> ThreadingHTTPServer:
    """The endpoint, on loopback; `serve_forever` serves."""
    model = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = model.reply(body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == 429:  # too many requests
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing of each request."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    return Server(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    with server(int(sys.argv[1]) if len(sys.argv) > 1 else 8791) as serving:
        print(f"A stand-in for a model answers at http://127.0.0.1:{serving.server_port}/v1; Ctrl-C ends it.")
        serving.serve_forever()
