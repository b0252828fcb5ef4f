"""A wrapped client of the official library: the same objects, by way of tools, without a server."""

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest
from gateway_double import Upstream, until
from test_clients import FORMAT, plain, said

import latm
from latm.errors import SettingsError
from toy import sum_question, taste_question


def messages(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def ask(client: Any, text: str, **more: Any) -> Any:
    return client.chat.completions.create(model="m", messages=messages(text), **more)


def kept(upstream: Upstream, folder: Path) -> dict[str, Any]:
    upstream.text = said
    settings = {"store": f"sqlite:///{folder}/latm.db", "maker": f"tiny@{upstream.url}", "workers": 1}
    return settings | {"policy": "verified", "making_tokens": 0, "user": None, "tool_user": False}


def test_a_wrapped_client_gives_the_same_objects(upstream: Upstream, tmp_path: Path) -> None:
    with (
        openai.OpenAI(base_url=upstream.url, api_key="k", max_retries=0) as direct,
        latm.Latm(**kept(upstream, tmp_path)) as circle,
        latm.wrap(direct, circle, project="north") as client,
    ):
        for number in range(10, 20):
            ask(client, sum_question(number, number))
        until(lambda: circle.health().tools)  # the store knows of it a moment before
        for more in ({}, {"temperature": 0}):
            assert ask(client, taste_question(1, 2), **more) == ask(direct, taste_question(1, 2), **more)
            hit = ask(client, sum_question(500, 7), **more)
            assert hit.id.startswith("chatcmpl-latm-")
            assert plain(hit) == plain(ask(direct, sum_question(500, 7), **more))
        stream = list(ask(client, sum_question(500, 8), stream=True))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "508"
        assert list(ask(client, taste_question(1, 3), stream=True)) == list(
            ask(direct, taste_question(1, 3), stream=True)
        )
        assert client.responses.create(model="m", input=sum_question(500, 9)).output_text == "509"
        assert ask(client, sum_question(500, 10), response_format=FORMAT).id == "chatcmpl-up1"
        tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
        assert ask(client, sum_question(500, 11), tools=tools).id == "chatcmpl-up1"


@pytest.mark.anyio
async def test_an_async_client_does_too(upstream: Upstream, tmp_path: Path) -> None:
    async with (
        openai.AsyncOpenAI(base_url=upstream.url, api_key="k", max_retries=0) as direct,
        latm.AsyncLatm(**kept(upstream, tmp_path)) as circle,
        latm.wrap(direct, circle) as client,
    ):
        for number in range(10, 20):
            assert [chunk async for chunk in await ask(client, sum_question(number, 1), stream=True)]
        await asyncio.to_thread(until, lambda: any(known.tool for known in circle._circle.watcher.snapshot.known))
        hit = await ask(client, sum_question(70, 7))
        assert (hit.id[:14], hit.choices[0].message.content) == ("chatcmpl-latm-", "77")


def test_an_error_is_the_clients_own(upstream: Upstream, tmp_path: Path) -> None:
    upstream.script["/chat/completions"] = lambda _: (429, {"retry-after": "1"}, b'{"error": {"message": "slow down"}}')
    settings = kept(upstream, tmp_path) | {"maker": None, "direct": None}
    with (
        openai.OpenAI(base_url=upstream.url, api_key="k", max_retries=0) as direct,
        latm.Latm(**settings) as circle,
        latm.wrap(direct, circle) as client,
        pytest.raises(openai.RateLimitError, match="slow down"),
    ):
        ask(client, "Which?")


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    circle = latm.AsyncLatm(store=f"sqlite:///{tmp_path}/latm.db")
    with (
        openai.OpenAI(base_url="http://localhost:1", api_key="k") as client,
        pytest.raises(SettingsError, match="go together"),
    ):
        latm.wrap(client, circle)
