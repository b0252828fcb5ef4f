"""From first request to tool, untouched by hand: a real model, as it was recorded, behind the base URL."""

import asyncio
import json
from pathlib import Path

import httpx2
import pytest
from gateway_double import metric
from recorded_mix import ANSWERED, COMPARED, FORMAT, KINDS, LEARNT, RECORDING, ROUNDS, in_front_of, send_round

from latm.models.recording import load_recording
from latm.models.replay import Replay
from openai_endpoint import request_of


def test_a_shuffled_mix_becomes_tools_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latm.store.certificates._TWICE", 0.0)  # no second opinion of a reference was recorded
    recording = load_recording(RECORDING)
    with in_front_of(Replay(recording), tmp_path) as parts:
        client, gateway, upstream = parts
        learnt, compared, answered = (send_round(*parts, one) for one in ROUNDS)
        assert upstream.missed == []
        url = str(client.base_url).rstrip("/")
        assert {one.status for one in (*learnt, *compared)} == {"latm; fwd=miss"}
        assert {one.status for one in answered} == {"latm; hit; detail=tool"}
        known = [one for one in gateway.latm._circle.watcher.snapshot.known if one.tool]
        tools = {one.headers["x-latm-tool"] for one in answered}
        assert tools == {f"{one.task.name}@1" for one in known}
        assert len(tools) == len(KINDS)
        for body, one in zip(ROUNDS[-1], answered, strict=True):
            direct = asyncio.run(Replay(load_recording(RECORDING)).complete(request_of(body)))
            assert read(one.text, body) == read(direct.text, body)
            assert one.completion.usage
            assert one.completion.usage.total_tokens == 0
        assert metric(url, "latm_audits_total", source="shadow", verdict="right") == COMPARED * len(KINDS)
        assert metric(url, "latm_answers_total", route="tool") == ANSWERED * len(KINDS)
        books = gateway.latm.cache.ledger()
        assert sum(book.by_tool for book in books) == ANSWERED * len(KINDS)
        assert sum(book.direct_answers for book in books) == (LEARNT + COMPARED) * len(KINDS)
        assert sum(book.avoided_tokens.mean for book in books if book.avoided_tokens) > 0
        page = httpx2.get(url.removesuffix("/v1") + "/latm/kinds", timeout=60).text
        assert all(one.task.name in page for one in known)


def read(text: str | None, body: dict[str, object]) -> object:
    """An answer's meaning: JSON where that was asked for."""
    return json.loads(text or "") if body.get("response_format") == FORMAT else text
