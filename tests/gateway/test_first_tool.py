"""From the first request to the first tool, through the official client."""

import json
from pathlib import Path
from typing import Any

import httpx2
import openai
from gateway_double import Upstream, gateway_to, metric, on_loop, until
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from latm.gateway.settings import Upstream as To
from toy import sum_question


def served(gateway: object) -> int:
    return sum(known.tool is not None for known in gateway.latm._circle.watcher.snapshot.known)  # type: ignore[attr-defined]


def test_what_recurs_is_answered_by_a_tool(upstream: Upstream, tmp_path: Path) -> None:
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0) as (url, gateway):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)

        def ask(number: int) -> Any:
            text = sum_question(number, 2 * number)
            chat = client.chat.completions.with_raw_response
            return chat.create(model="m", messages=[{"role": "user", "content": text}])

        for n in range(10, 22):
            assert ask(n).parse().choices[0].message.content == str(3 * n)
        until(lambda: served(gateway))
        before = len(upstream.asked)
        hit = ask(500)
        assert hit.headers["cache-status"] == "latm; hit; detail=tool"
        completion = hit.parse()
        assert completion.choices[0].message.content == "1500"
        assert completion.usage
        assert completion.usage.total_tokens == 0
        assert completion.model == "m-2026-01-01"
        assert len(upstream.asked) == before


def test_a_new_deployment_compares_before_anything_serves(upstream: Upstream, tmp_path: Path) -> None:
    with gateway_to(upstream, tmp_path, making_tokens=0) as (url, gateway):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)

        def ask(number: int) -> Any:
            chat = client.chat.completions.with_raw_response
            return chat.create(model="m", messages=[{"role": "user", "content": sum_question(number, 1)}])

        for number in range(10, 20):
            ask(number)
        until(lambda: gateway.latm._circle.watcher.snapshot.compares)
        for number in range(20, 30):
            assert ask(number).headers["cache-status"] == "latm; fwd=miss"
        until(lambda: metric(url, "latm_audits_total", source="shadow", verdict="right") >= 5)
        assert not served(gateway)
        [promoted] = on_loop(gateway, lambda: gateway.latm.tools.promote())  # noqa: PLW0108  # tools are had on the loop
        hit = ask(900)
        assert hit.headers["x-latm-tool"] == f"{promoted.task}@1"
        assert hit.parse().choices[0].message.content == "901"
        report = {"id": hit.parse().id, "answer": "7"}
        wrong = url.removesuffix("/v1") + "/latm/v1/wrong"
        assert httpx2.post(wrong, json=report).json() == {"noted": True, "demoted": False}
        assert httpx2.post(wrong, json=report).json() == {"noted": False, "demoted": False}
        assert httpx2.post(wrong, json={"id": "chatcmpl-up1"}).status_code == 404


def test_a_conversation_goes_on_from_a_tools_answer(upstream: Upstream, tmp_path: Path) -> None:
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0) as (url, gateway):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)
        for number in range(10, 20):
            client.responses.create(model="m", input=sum_question(number, number))
        until(lambda: served(gateway))
        hit = client.responses.create(model="m", input=sum_question(33, 4))
        assert hit.id.startswith("resp_latm_")
        client.responses.create(model="m", input="And now?", previous_response_id=hit.id)
        said = json.loads(upstream.asked[-1][2])
        assert [turn["content"] for turn in said["input"]] == [sum_question(33, 4), "37", "And now?"]
        assert said["previous_response_id"] is None


def test_a_report_demotes_at_once_if_so_set(upstream: Upstream, tmp_path: Path) -> None:
    own = {"demote_on_report": True}
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0, own=own) as (url, gateway):
        for number in range(10, 20):
            body = {"model": "m", "messages": [{"role": "user", "content": sum_question(number, number)}]}
            httpx2.post(f"{url}/chat/completions", json=body, timeout=60)
        until(lambda: served(gateway))
        hit = httpx2.post(f"{url}/chat/completions", json=body, timeout=60).json()
        wrong = url.removesuffix("/v1") + "/latm/v1/wrong"
        assert httpx2.post(wrong, json={"id": hit["id"]}, timeout=60).json() == {"noted": True, "demoted": True}
        assert not served(gateway)


def test_requests_have_spans_by_the_conventions(upstream: Upstream, tmp_path: Path) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    own = {"traces": True, "upstreams": (To(url=upstream.url, provider="openai"),)}
    settings = {"policy": "verified", "making_tokens": 0, "tracer_provider": provider}
    with gateway_to(upstream, tmp_path, own=own, **settings) as (url, gateway):
        parent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        for number in range(10, 20):
            body = {"model": "m", "messages": [{"role": "user", "content": sum_question(number, number)}]}
            httpx2.post(f"{url}/chat/completions", json=body, headers=parent, timeout=60)
        until(lambda: served(gateway))
        httpx2.post(f"{url}/chat/completions", json=body, headers=parent, timeout=60)
    first, *_, tool, last = exporter.get_finished_spans()
    assert (first.name, last.name, tool.name.split("-")[0]) == ("chat m", "chat m", "execute_tool add")
    assert format(first.context.trace_id, "x") == "af7651916cd43dd8448eb211c80319c"
    assert first.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 4,
        "latm.outcome": "miss",
    }
    assert tool.parent
    assert tool.parent.span_id == last.context.span_id
    assert last.attributes
    assert last.attributes["gen_ai.usage.input_tokens"] == 0
    assert "Add the numbers" not in str([span.to_json() for span in exporter.get_finished_spans()])
