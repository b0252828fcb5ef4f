"""The official client sees through the gateway what it sees without it, field by field; hit and miss."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from gateway_double import Body, Upstream, completion_of, gateway_to, listening, until

from openai_endpoint import error_body, request_of
from toy import MAKER_STAGES, SUM_TOOL, sum_question, taste_question, toy_reply

SCHEMA = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "sum", "strict": True, "schema": SCHEMA}}
JSON_TOOL = SUM_TOOL.replace("return str(value)", "return '{\"sum\": %d}' % value")


def said(body: Body) -> str:
    """What the model says: a sum as JSON where a schema asks for it."""
    asked = request_of(body if "messages" in body else {"messages": [{"role": "user", "content": body["input"]}]})
    if "image_url" in str(asked.messages[-1].content):
        return "a picture"
    reply = toy_reply(asked)
    if asked.purpose in MAKER_STAGES:
        return JSON_TOOL if '{"sum"' in asked.messages[-1].content else reply
    wants_json = "response_format" in body or (body.get("text") or {}).get("format", {}).get("type") == "json_schema"
    return json.dumps({"sum": int(reply)}) if wants_json and reply.isdigit() else reply


class Two:
    """The same client in front of the gateway, and of the upstream itself."""

    def __init__(self, through: str, direct: str, upstream: Upstream) -> None:
        self.through = openai.OpenAI(base_url=through, api_key="k", max_retries=0)
        self.direct = openai.OpenAI(base_url=direct, api_key="k", max_retries=0)
        self.upstream = upstream
        self.url = through


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """A gateway that has a tool for sums, as text and as JSON."""
    upstream = Upstream()
    upstream.text = said
    folder = tmp_path_factory.mktemp("gateway")
    with (
        listening(upstream) as url,
        gateway_to(upstream_at(upstream, url), folder, policy="verified", making_tokens=0) as (through, gateway),
    ):
        clients = Two(through, upstream.url, upstream)
        for n in range(10, 20):
            for more in ({}, {"response_format": FORMAT}):
                chat(clients.through, sum_question(n, n), **more)
        until(lambda: sum(known.tool is not None for known in gateway.latm._circle.watcher.snapshot.known) == 2)
        yield clients


def upstream_at(upstream: Upstream, url: str) -> Upstream:
    upstream.url = f"{url}/v1"
    return upstream


def chat(client: openai.OpenAI, text: str, **more: Any) -> Any:
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}], **more)


def plain(made: Any) -> Any:
    """An object without what differs from one answer to the next."""
    found = json.loads(made.model_dump_json()) if hasattr(made, "model_dump_json") else made
    for name in ("id", "created", "created_at", "completed_at", "usage"):
        if name in found and found[name] is not None:
            found[name] = (
                sorted(found[name])
                if isinstance(found[name], dict)
                else type(found[name]).__name__.replace("float", "int")
            )
    for item in found.get("output", ()):
        item["id"] = "msg"
    return found


MISSES: dict[str, dict[str, Any]] = {
    "plain": {},
    "system": {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which?"}]},
    "several turns": {
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "c"},
        ]
    },
    "tools": {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
    "two choices": {"n": 2},
    "an image": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
    "a field that nobody knows": {"extra_body": {"frobnicate": {"deep": [1, None]}}},
    "a schema": {"response_format": FORMAT},
    "limits": {"max_tokens": 5, "temperature": 0, "stop": ["x"], "seed": 3},
}


@pytest.mark.parametrize("name", MISSES)
def test_what_no_tool_answers_is_as_without_the_gateway(two: Two, name: str) -> None:
    usual: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": taste_question(1, 2)}]}
    asked = usual | MISSES[name]
    two.upstream.asked.clear()
    through, direct = (client.chat.completions.create(**asked) for client in (two.through, two.direct))
    assert through.model_dump() == direct.model_dump()
    [one, other] = [content for _, _, content in two.upstream.asked]
    assert one == other


@pytest.mark.parametrize(
    "more", [{}, {"stream_options": {"include_usage": True}}, {"n": 2}], ids=["plain", "usage", "n"]
)
def test_streams_that_no_tool_answers_come_chunk_by_chunk(two: Two, more: dict[str, Any]) -> None:
    through, direct = (
        list(chat(client, taste_question(1, 2), stream=True, **more)) for client in (two.through, two.direct)
    )
    assert [chunk.model_dump() for chunk in through] == [chunk.model_dump() for chunk in direct]


@pytest.mark.parametrize(
    "more", [{}, {"response_format": FORMAT}, {"temperature": 0, "max_tokens": 99}], ids=["text", "schema", "limits"]
)
def test_a_tools_completion_is_like_a_models(two: Two, more: dict[str, Any]) -> None:
    chat(two.through, taste_question(3, 4), **more)  # the upstream shows how it answers such requests
    two.upstream.asked.clear()
    hit = chat(two.through, sum_question(300, 17), **more)
    assert not two.upstream.asked
    assert plain(hit) == plain(chat(two.direct, sum_question(300, 17), **more))
    assert hit.usage.total_tokens == 0
    assert hit.id.startswith("chatcmpl-")


@pytest.mark.parametrize("usage", [False, True])
def test_a_tools_stream_is_like_a_models(two: Two, usage: bool) -> None:
    more = {"stream_options": {"include_usage": True}} if usage else {}
    list(chat(two.through, taste_question(3, 4), stream=True, **more))
    two.upstream.asked.clear()
    hit = list(chat(two.through, sum_question(300, 21), stream=True, **more))
    assert not two.upstream.asked
    direct = list(chat(two.direct, sum_question(300, 21), stream=True, **more))
    assert len({chunk.id for chunk in hit}) == 1
    assert "".join(chunk.choices[0].delta.content or "" for chunk in hit if chunk.choices) == "321"
    assert [plain(chunk) for chunk in (hit[0], hit[-1])] == [plain(chunk) for chunk in (direct[0], direct[-1])]
    assert plain(hit[1]) | {"choices": []} == plain(direct[1]) | {"choices": []}


def test_a_tools_answer_before_any_was_seen_has_the_usual_fields(two: Two) -> None:
    hit = chat(two.through, sum_question(300, 18), top_p=0.5)
    assert hit.choices[0].message.model_dump(exclude_unset=True) == {
        "role": "assistant",
        "content": "318",
        "refusal": None,
    }
    stream = list(chat(two.through, sum_question(300, 19), stream=True, top_p=0.5))
    assert [chunk.choices[0].finish_reason for chunk in stream] == [None, None, "stop"]
    assert stream[0].choices[0].delta.role == "assistant"


def respond(client: openai.OpenAI, text: str, **more: Any) -> Any:
    return client.responses.create(model="m", input=text, **more)


def test_responses_are_as_without_the_gateway(two: Two) -> None:
    through, direct = (respond(client, taste_question(1, 2)) for client in (two.through, two.direct))
    assert through.model_dump() == direct.model_dump()
    through, direct = (list(respond(client, taste_question(1, 2), stream=True)) for client in (two.through, two.direct))
    assert [event.model_dump() for event in through] == [event.model_dump() for event in direct]


def test_a_tools_response_is_like_a_models(two: Two) -> None:
    respond(two.through, taste_question(1, 2), store=False)
    two.upstream.asked.clear()
    hit = respond(two.through, sum_question(300, 22), store=False)
    assert not two.upstream.asked
    assert hit.output_text == "322"
    assert plain(hit) == plain(respond(two.direct, sum_question(300, 22), store=False))


def test_a_tools_response_comes_in_the_events_of_a_models(two: Two) -> None:
    list(respond(two.through, taste_question(1, 2), store=False, stream=True))
    two.upstream.asked.clear()
    hit = list(respond(two.through, sum_question(300, 23), store=False, stream=True))
    assert not two.upstream.asked
    direct = list(respond(two.direct, sum_question(300, 23), store=False, stream=True))
    assert [event.type for event in hit] == [event.type for event in direct]
    assert [event.sequence_number for event in hit] == list(range(len(hit)))
    for one, other in zip(hit, direct, strict=True):
        assert one.model_dump(exclude_unset=True).keys() == other.model_dump(exclude_unset=True).keys()
    assert plain(hit[-1].response) == plain(direct[-1].response)


ERRORS = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
}


@pytest.mark.parametrize("status", ERRORS)
def test_an_upstreams_error_reaches_the_client_as_it_is(two: Two, status: int) -> None:
    reply = (status, {"retry-after": "7", "x-request-id": "r"}, error_body("no", "some_code", "messages").encode())
    two.upstream.script["/chat/completions"] = lambda _: reply
    found = []
    try:
        for client in (two.through, two.direct):
            with pytest.raises(ERRORS[status]) as caught:
                chat(client, taste_question(7, 7))
            found.append((caught.value.body, caught.value.response.headers["retry-after"], caught.value.request_id))
    finally:
        two.upstream.script.clear()
    assert found[0] == found[1]


def test_a_cancelled_stream_is_cancelled_upstream(two: Two) -> None:
    two.upstream.pause, left = 0.05, two.upstream.left
    try:
        stream = chat(two.through, taste_question(9, 9), stream=True)
        next(iter(stream))
        stream.close()
        until(lambda: two.upstream.left == left + 1)
    finally:
        two.upstream.pause = 0.0


def test_other_endpoints_pass_byte_for_byte(two: Two) -> None:
    body = b'{"object":"list", "data" :[{"id":"m","object":"model","created":1,"owned_by":"x"}]}\n'
    two.upstream.script["/models"] = lambda _: (200, {}, body)
    two.upstream.script["/embeddings"] = lambda _: (
        200,
        {},
        json.dumps(
            {
                "object": "list",
                "data": [{"object": "embedding", "index": 0, "embedding": [0.1]}],
                "model": "e",
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
            }
        ).encode(),
    )
    try:
        assert two.through.models.with_raw_response.list().content == body
        assert two.through.embeddings.create(model="e", input="x") == two.direct.embeddings.create(model="e", input="x")
    finally:
        two.upstream.script.clear()


def test_no_cache_asks_the_model_and_no_store_teaches_nothing(two: Two) -> None:
    for directive in ("no-cache", "no-store"):
        two.upstream.asked.clear()
        chat(two.through, sum_question(301, 1), extra_headers={"cache-control": directive})
        assert len(two.upstream.asked) == 1


def test_an_answer_that_the_schema_refuses_is_the_models(two: Two) -> None:
    narrow = {"name": "sum", "schema": SCHEMA | {"properties": {"sum": {"type": "integer", "maximum": 5}}}}
    assert completion_of({"model": "m"}, "x")
    made = chat(two.through, sum_question(302, 1), response_format={"type": "json_schema", "json_schema": narrow})
    assert made.id == "chatcmpl-up1"
