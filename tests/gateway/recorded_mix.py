"""An application's mix of recurring kinds, and the real model behind its base URL, as it was recorded.

    python tests/gateway/recorded_mix.py MODEL@URL

records anew what `recorded-mix.jsonl` lacks: the answers to `QUESTIONS` first, all at once, then the makings.
"""

import asyncio
import json
import random
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import openai
from gateway_double import Body, Upstream, completion_of, gateway_to, health, listening, on_loop, send_whole, until

from latm.errors import ReplayMissError
from latm.gateway.app import Gateway
from latm.models.access import ProviderModel
from latm.models.port import Model
from latm.models.recording import Recorder, RecordingFile
from openai_endpoint import request_of

RECORDING = Path(__file__).with_name("recorded-mix.jsonl")
WAIT = 3600.0
"""Seconds that a real model may take."""
SETTINGS: Mapping[str, Any] = {"max_error": 0.5, "confidence": 0.6, "making_tokens": 0}
"""A goal that four audits reach, so that few recorded answers are enough; and makings that pay at once."""
LEARNT, COMPARED, ANSWERED = 6, 4, 2
"""Requests of each kind: until its tool is made, while it is compared, and once it answers."""
SCHEMA = {
    "type": "object",
    "properties": {"article": {"type": "string"}, "quantity": {"type": "integer"}, "cents": {"type": "integer"}},
    "required": ["article", "quantity", "cents"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "line", "strict": True, "schema": SCHEMA}}


def due(draw: random.Random) -> Body:
    """A help desk's template, the instruction and the data in one message."""
    text = (
        "You are the intake of our help desk. Tell by what time this ticket is to be answered: with priority P1 within "
        "2 hours after it was opened, with P2 within 4 hours, with P3 within 8 hours. The desk works around the clock. "
        "Reply with the time alone, as HH:MM.\n\n"
        f"Ticket: {draw.randrange(1000, 99999)}\nPriority: P{draw.randrange(1, 4)}\n"
        f"Opened: {draw.randrange(24):02}:{draw.randrange(60):02}"
    )
    return {"messages": [{"role": "user", "content": text}]}


def code(draw: random.Random) -> Body:
    """Another template of the same desk."""
    text = (
        "Compose a filing code: three capitals that begin the queue, then a hyphen, four digits of the year, another "
        "hyphen, and last six digits, its serial padded on the left by zeros. Output just that code.\n\n"
        f"Queue = {draw.choice(('Billing', 'Delivery', 'Hardware', 'Network', 'Returns'))}\n"
        f"Serial = {draw.randrange(10, 99999)}\nYear = {draw.randrange(2019, 2027)}"
    )
    return {"messages": [{"role": "user", "content": text}]}


def fee(draw: random.Random) -> Body:
    """A system prompt, and the data alone."""
    system = (
        "You get the time that a technician has worked, such as 2h 10m. Every quarter of an hour that was begun costs "
        "25 EUR. Reply with the amount in EUR, as a number alone."
    )
    data = f"{draw.randrange(1, 9)}h {draw.randrange(1, 60)}m"
    return {"messages": [{"role": "system", "content": system}, {"role": "user", "content": data}]}


def order(draw: random.Random) -> Body:
    """An answer in JSON, by a schema."""
    text = (
        "Take this line of an order apart. Reply with a JSON object alone: its article, its quantity, and in cents "
        f'what it costs in all ("article", "quantity", "cents").\n\nLine: {draw.randrange(2, 20)} x '
        f"{draw.choice('ABCDE')}-{draw.randrange(1000, 9999)} "
        f"at {draw.randrange(1, 30)}.{draw.choice((25, 50, 75))} EUR"
    )
    return {"messages": [{"role": "user", "content": text}], "response_format": FORMAT}


KINDS: tuple[Callable[[random.Random], Body], ...] = (due, code, fee, order)


def _rounds() -> list[list[Body]]:
    """What comes until tools are made, while they are compared, and once they answer; each shuffled."""
    draw = random.Random(20261127)
    rounds = [[kind(draw) for kind in KINDS for _ in range(n)] for n in (LEARNT, COMPARED, ANSWERED)]
    for one in rounds:
        draw.shuffle(one)
    return rounds


ROUNDS = _rounds()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the application gets.

    Attributes:
        headers: of the answer.
        completion: the client's own object.
    """

    headers: httpx2.Headers
    completion: openai.types.chat.ChatCompletion

    @property
    def status(self) -> str:
        """Where it came from."""
        return self.headers["cache-status"]

    @property
    def text(self) -> str | None:
        """The answer."""
        return self.completion.choices[0].message.content


class Recorded(Upstream):
    """An upstream whose every answer is a real model's: to clients, to the tool maker, to audits.

    Args:
        model: a recorder, or a replay.

    Attributes:
        held: requests of the tool maker that wait for that.
        missed: what was asked and is not recorded.
        makers: while cleared, the tool maker gets no answer: real ones take their time.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.held = 0
        self.missed: list[str] = []
        self.makers = threading.Event()
        self._model = model

    async def _answer(self, path: str, body: Body, send: Any) -> None:  # noqa: ARG002  # it has one
        request = replace(request_of(body), temperature=body.get("temperature"))
        if request.purpose == "propose":
            self.held += 1
            await asyncio.to_thread(self.makers.wait)
            self.held -= 1
        try:
            completion = await self._model.complete(request)
        except ReplayMissError as error:
            self.missed.append(str(error))
            await send_whole(send, 400, {}, [b"{}"])
            return
        usage = completion.usage
        said = completion_of(body, completion.text) | {"usage": {
            "prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens, "total_tokens": usage.tokens,
        }}  # fmt: skip
        await send_whole(send, 200, {}, [json.dumps(said).encode()])


@contextmanager
def in_front_of(model: Model, folder: Path) -> Iterator[tuple[openai.OpenAI, Gateway, Recorded]]:
    """The official client, a gateway with a new store, and the model behind it."""
    upstream = Recorded(model)
    with (
        listening(upstream) as url,
        gateway_to(_at(upstream, f"{url}/v1"), folder, timeout=WAIT, **SETTINGS) as (through, gateway),
        openai.OpenAI(base_url=through, api_key="k", max_retries=0, timeout=WAIT) as client,
    ):
        yield client, gateway, upstream


def _at(upstream: Recorded, url: str) -> Recorded:
    upstream.url = url
    return upstream


def send_round(client: openai.OpenAI, gateway: Gateway, upstream: Recorded, requests: Sequence[Body]) -> list[Answered]:
    """Send requests one after the other; each is learnt, and a making that it leads to has begun, before the next.

    So the tool maker is asked the same in every run, as fast or slow as it goes.
    """
    upstream.makers.clear()
    answered = []
    for body in requests:
        raw: Any = client.chat.completions.with_raw_response.create(model="m", **body)
        answered.append(Answered(raw.headers, raw.parse()))
        on_loop(gateway, gateway.latm.written)
        until(lambda: health(gateway).makings == upstream.held, WAIT)
    upstream.makers.set()
    on_loop(gateway, gateway.latm._circle.finish, WAIT)
    return answered


async def _record_answers(name: str) -> None:
    model = Recorder(ProviderModel(name, timeout=WAIT), RecordingFile(RECORDING))
    await asyncio.gather(*(model.complete(request_of(body)) for one in ROUNDS for body in one))
    await model.close()


def main(name: str) -> None:
    """Record what is missing."""
    asyncio.run(_record_answers(name))
    model = Recorder(ProviderModel(name, timeout=WAIT), RecordingFile(RECORDING))
    with tempfile.TemporaryDirectory() as folder, in_front_of(model, Path(folder)) as parts:
        for one in ROUNDS:
            print(*(answered.status for answered in send_round(*parts, one)), sep="\n")  # noqa: T201  # who records looks on


if __name__ == "__main__":
    main(sys.argv[1])
