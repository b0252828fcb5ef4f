"""Other clients before the gateway: pydantic-ai, and those that `scripts/other_clients.py` has installed."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from gateway_double import Upstream, as_chat, gateway_to, listening, until
from other_clients import INTERPRETER, NODE, PYTHON, why_missing
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from test_clients import said

from toy import sum_question, taste_question

HERE = Path(__file__).parent / "clients"
HIT = sum_question(812, 9)


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A gateway with a tool for sums, and the upstream behind it."""
    upstream = Upstream()
    upstream.text = lambda body: said(body | as_chat(body))
    with listening(upstream) as url:
        upstream.url = f"{url}/v1"
        with gateway_to(upstream, tmp_path_factory.mktemp("gateway"), policy="verified", making_tokens=0) as (
            through,
            gateway,
        ):
            for number in range(10, 20):
                body = {"model": "m", "messages": [{"role": "user", "content": sum_question(number, number)}]}
                httpx2.post(f"{through}/chat/completions", json=body)
            until(lambda: any(known.tool for known in gateway.latm._circle.watcher.snapshot.known))
            yield through, upstream.url
        until(lambda: not upstream.under_way)  # streams that were left have ended upstream, long before their time


@pytest.mark.parametrize("kind", [OpenAIChatModel, OpenAIResponsesModel])
@pytest.mark.anyio
async def test_pydantic_ai(urls: tuple[str, str], kind: type) -> None:
    found = []
    for url in urls:
        async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
            agent = Agent(kind("m", provider=OpenAIProvider(openai_client=client)))
            for text in (taste_question(1, 2), HIT):  # what an upstream's answers look like is seen before a tool's
                whole = await agent.run(text)
                async with agent.run_stream(text) as stream:
                    streamed = await stream.get_output()
                found.append((whole.output, whole.response.model_name, whole.response.finish_reason, streamed))
    assert found[:2] == found[2:]


@pytest.mark.parametrize("kind", [OpenAIChatModel, OpenAIResponsesModel])
@pytest.mark.anyio
async def test_pydantic_ai_with_functions_a_schema_an_error_and_a_stream_that_is_left(
    urls: tuple[str, str], kind: type
) -> None:
    found = []
    for url in urls:
        async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
            provider = OpenAIProvider(openai_client=client)
            outputs: list[Any] = [NativeOutput(Sum), Sum] if kind is OpenAIChatModel else [NativeOutput(Sum)]
            formed = [(await Agent(kind("m", provider=provider), output_type=one).run(HIT)).output for one in outputs]
            with pytest.raises(ModelHTTPError) as caught:
                await Agent(kind("missing", provider=provider)).run(HIT)
            async with Agent(kind("slow", provider=provider)).run_stream(HIT) as stream:
                await anext(stream.stream_text(delta=True, debounce_by=None))
                await stream.cancel()
            found.append((formed, caught.value.status_code, caught.value.body))
    assert found[0] == found[1]


class Sum(BaseModel):
    sum: int


def run(*command: str | Path, **options: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, **options)  # type: ignore[call-overload]  # noqa: S603  # our own scripts
    assert done.returncode == 0, done.stderr[-2000:]
    return str(done.stdout).strip().splitlines()[-1]


@pytest.mark.skipif(bool(why := why_missing(NODE)), reason=why)
def test_npm_openai_and_the_vercel_sdk(urls: tuple[str, str], tmp_path: Path) -> None:
    script = Path(shutil.copy(HERE / "node.mjs", tmp_path))
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    assert run("node", script, *urls, HIT, cwd=str(tmp_path)) == "same"


@pytest.mark.long
@pytest.mark.skipif(bool(why := why_missing(PYTHON)), reason=why)
@pytest.mark.parametrize("script", ["litellm_client.py", "langchain_client.py"])
def test_litellm_and_langchain(urls: tuple[str, str], script: str) -> None:
    assert run(INTERPRETER, HERE / script, *urls, HIT) == "same"
