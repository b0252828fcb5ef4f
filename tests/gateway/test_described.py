"""The shipped description holds, and nothing that fits it, or nearly does, is an error of the gateway's own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
from gateway_double import (
    Body,
    Upstream,
    chat_events,
    completion_of,
    gateway_to,
    listening,
    response_events,
    response_of,
    until,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import latm.gateway
from toy import sum_question

DOCUMENT = json.loads((Path(latm.gateway.__file__).parent / "openapi.json").read_text())


class Tolerant(Upstream):
    """Answers whatever it is asked, or says 400."""

    async def _answer(self, path: str, body: Body, send: Any) -> None:
        if path.endswith(("/completions", "/responses")) and not (isinstance(body.get("model"), str) and body["model"]):
            self.script[path.removeprefix("/v1")] = lambda _: (400, {}, b'{"error": {"message": "no model"}}')
        elif path.endswith(("/completions", "/responses")):
            self.script.pop(path.removeprefix("/v1"), None)
        else:
            self.script[path.removeprefix("/v1")] = lambda _: (200, {}, b"{}")
        await super()._answer(path, body, send)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    upstream = Tolerant()
    scripted = upstream.text

    def said(body: Body) -> str:
        try:
            return scripted(body)
        except (KeyError, TypeError, AttributeError, IndexError):
            return "what?"

    upstream.text = said
    with listening(upstream) as base:
        upstream.url = f"{base}/v1"
        folder = tmp_path_factory.mktemp("gateway")
        with gateway_to(upstream, folder, policy="verified", making_tokens=0) as (through, gateway):
            for number in range(10, 20):
                body = {"model": "m", "messages": [{"role": "user", "content": sum_question(number, number)}]}
                httpx2.post(f"{through}/chat/completions", json=body, timeout=60)
            until(lambda: any(known.tool for known in gateway.latm._circle.watcher.snapshot.known))
            yield through.removesuffix("/v1")


def resolved(schema: Any) -> Any:
    return schema | {"components": DOCUMENT["components"]}


@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if "get" in DOCUMENT["paths"][path]])
def test_what_is_read_is_as_described(url: str, path: str) -> None:
    answer = httpx2.get(url + path, timeout=60)
    assert answer.status_code == 200
    [(kind, content)] = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"].items()
    assert answer.headers["content-type"].startswith(kind)
    if kind == "application/json":
        jsonschema.validate(answer.json(), resolved(content["schema"]))


@pytest.mark.parametrize("text", ["Which?", sum_question(81, 1)], ids=["miss", "hit"])
@pytest.mark.parametrize(("path", "field"), [("/v1/chat/completions", "messages"), ("/v1/responses", "input")])
def test_what_is_answered_is_as_described(url: str, path: str, field: str, text: str) -> None:
    asked = {"model": "m", field: [{"role": "user", "content": text}]}
    operation = DOCUMENT["paths"][path]["post"]
    jsonschema.validate(asked, operation["requestBody"]["content"]["application/json"]["schema"])
    answer = httpx2.post(url + path, json=asked, timeout=60)
    jsonschema.validate(answer.json(), operation["responses"]["200"]["content"]["application/json"]["schema"])
    assert answer.headers["cache-status"] == ("latm; hit; detail=tool" if "Add" in text else "latm; fwd=miss")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("model", "messages", "input", "stream", "stop", "max_tokens", "response_format", "text", "n", "id")
BODIES = (
    st.binary(max_size=60)
    | PLAIN.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, PLAIN)).map(
        lambda value: json.dumps({"model": "m"} | value).encode()
    )
)
HEADERS = st.dictionaries(
    st.sampled_from(["cache-control", "x-latm-max-error", "authorization", "content-type", "accept", "x-odd"]),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12).map(str.strip),
    max_size=3,
)
PATHS = st.sampled_from(
    [*DOCUMENT["paths"], "/v1/", "/v1", "/v1/%2e%2e/x", "/v1//chat/completions", "/v1/models/é", "/nothing"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]), PATHS, HEADERS, BODIES)
def test_nothing_that_comes_is_an_error_of_ours(
    url: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    answer = httpx2.request(method, url + path, headers=headers, content=body, timeout=60)
    assert answer.status_code < 500, answer.text


def test_the_doubles_are_as_described() -> None:
    for made, path in ((completion_of, "/v1/chat/completions"), (response_of, "/v1/responses")):
        schema = DOCUMENT["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(made({"model": "m"}, "x"), schema)
    assert chat_events({"model": "m"}, "x")[-1] == b"data: [DONE]\n\n"
    assert b"response.completed" in response_events({"model": "m"}, "x")[-1]
