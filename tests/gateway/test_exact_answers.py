"""Exact answers through the gateway: who asks the same again gets what was answered before, where it is so set."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from gateway_double import Body, Upstream, completion_of, gateway_to, metric, on_loop, until

import latm
from latm.errors import StoreError
from latm.gateway.accounts import Accounts
from toy import taste_question

TEXT = taste_question(3, 4)
HIT, MISS = "latm; hit; detail=answer", "latm; fwd=miss"
COLD: Body = {"temperature": 0}
Opened = Any


@pytest.fixture
def numbered(upstream: Upstream) -> Upstream:
    """An upstream that never says the same twice."""
    numbers = count(1)
    upstream.text = lambda _: f"answer {next(numbers)}"
    return upstream


@pytest.fixture
def opened(numbered: Upstream, tmp_path: Path) -> Iterator[Opened]:
    """A gateway that keeps answers to requests at temperature 0."""
    with gateway_to(numbered, tmp_path, exact_answers="cold", maker=None) as both:
        yield both


def ask(opened: Opened, *, text: str = TEXT, headers: dict[str, str] | None = None, **more: Any) -> tuple[str, str]:
    """Where an answer comes from, and what it says; it is on record then."""
    url, gateway = opened
    body = {"model": "m", "messages": [{"role": "user", "content": text}]} | more
    with httpx2.Client(timeout=60) as client:
        answer = client.post(f"{url}/chat/completions", json=body, headers=headers or {})
    on_loop(gateway, gateway.latm.written)
    assert answer.status_code == 200
    return answer.headers["cache-status"], answer.json()["choices"][0]["message"]["content"]


def test_the_same_request_gets_the_same_answer(opened: Opened) -> None:
    url, gateway = opened
    assert ask(opened, **COLD) == (MISS, "answer 1")
    assert ask(opened, **COLD) == (HIT, "answer 1")
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        asked: Any = {"model": "m", "messages": [{"role": "user", "content": TEXT}], "temperature": 0}
        stream = list(client.chat.completions.create(**asked, stream=True))
        whole = client.chat.completions.create(**asked)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "answer 1"
    assert whole.usage
    assert whole.usage.total_tokens == 0
    on_loop(gateway, gateway.latm.written)
    assert metric(url, "latm_answers_total", route="exact") == 3
    assert metric(url, "latm_answers_total", route="tool") == 0
    assert metric(url, "latm_gateway_requests_total", outcome="answer") == 3
    assert metric(url, "latm_gateway_avoided_tokens_total", by="answer") > 0
    [book] = gateway.latm.cache.ledger()
    assert (book.answers, book.by_tool, book.direct_answers) == (4, 0, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"temperature": 0, "max_tokens": 50},
        {"temperature": 0, "model": "n"},
        {"temperature": 0, "response_format": {"type": "text"}, "seed": 1},
        {"temperature": 0, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": TEXT}]},
        {"temperature": 0, "text": taste_question(3, 5)},
        {"temperature": 0.1},
        {},
        {"temperature": 0, "headers": {"cache-control": "no-cache"}},
        {"temperature": 0, "headers": {"cache-control": "no-store"}},
    ],
    ids=str,
)
def test_another_request_gets_an_answer_of_its_own(opened: Opened, other: Body) -> None:
    ask(opened, **COLD)
    found, text = ask(opened, **other)
    assert (found == HIT, text) == (False, "answer 2")


def test_who_asks_the_model_again_renews_what_is_kept(opened: Opened) -> None:
    ask(opened, **COLD)
    ask(opened, **COLD, headers={"cache-control": "no-cache"})
    assert ask(opened, **COLD) == (HIT, "answer 2")
    ask(opened, **COLD, headers={"cache-control": "no-store"})
    assert ask(opened, **COLD) == (HIT, "answer 2")


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, MISS),
        ({"exact_answers": "always"}, HIT),
        ({"exact_answers": "cold"}, MISS),
        ({"exact_answers": "always", "exact_seconds": 0.000_001}, MISS),
    ],
    ids=str,
)
def test_it_is_as_the_settings_say(numbered: Upstream, tmp_path: Path, settings: Body, found: str) -> None:
    with gateway_to(numbered, tmp_path, maker=None, **settings) as both:
        ask(both, temperature=1)
        time.sleep(0.01)  # when an answer was given is kept to the millisecond
        assert ask(both, temperature=1)[0] == found


@pytest.mark.parametrize("end", ["length", "content_filter"])
def test_an_answer_that_is_not_whole_serves_nobody(opened: Opened, upstream: Upstream, end: str) -> None:
    def cut(body: Body) -> tuple[int, dict[str, str], bytes]:
        made = completion_of(body, "half")
        made["choices"][0]["finish_reason"] = end
        return 200, {}, httpx2.Response(200, json=made).content

    upstream.script["/chat/completions"] = cut
    assert ask(opened, **COLD) == (MISS, "half")
    upstream.script.clear()
    assert ask(opened, **COLD) == (MISS, "answer 1")


def test_what_one_project_was_answered_serves_no_other(numbered: Upstream, tmp_path: Path) -> None:
    with Accounts(f"sqlite:///{tmp_path / 'gateway.db'}") as accounts:
        headers = [{"authorization": f"Bearer {accounts.create_key(project=name)[0]}"} for name in ("a", "b")]
    with gateway_to(numbered, tmp_path, exact_answers="cold", maker=None) as both:
        assert [ask(both, **COLD, headers=one) for one in headers] == [(MISS, "answer 1"), (MISS, "answer 2")]
        assert [ask(both, **COLD, headers=one) for one in headers] == [(HIT, "answer 1"), (HIT, "answer 2")]


def test_one_that_a_client_reports_wrong_serves_no_more(opened: Opened) -> None:
    url, gateway = opened
    ask(opened, **COLD)
    body = {"model": "m", "messages": [{"role": "user", "content": TEXT}]} | COLD
    hit = httpx2.post(f"{url}/chat/completions", json=body, timeout=60)
    assert hit.headers["cache-status"] == HIT
    on_loop(gateway, gateway.latm.written)
    wrong = url.removesuffix("/v1") + "/latm/v1/wrong"
    assert httpx2.post(wrong, json={"id": hit.json()["id"]}, timeout=60).json() == {"noted": True, "demoted": False}
    assert ask(opened, **COLD) == (MISS, "answer 2")


def test_they_are_audited_by_the_coin_and_one_that_differs_serves_no_more(numbered: Upstream, tmp_path: Path) -> None:
    with gateway_to(numbered, tmp_path, exact_answers="cold", maker=None, audit=1.0) as both:
        url, gateway = both
        ask(both, **COLD)
        assert ask(both, **COLD) == (HIT, "answer 1")
        until(lambda: metric(url, "latm_audits_total", source="exact", verdict="wrong") == 1)
        found, text = ask(both, **COLD)
        assert (found, text != "answer 1") == (MISS, True)
        [audit] = gateway.latm.cache.audits(verdict="wrong")
        assert (audit.source, audit.text, audit.task) == ("exact", "answer 1", "")


def test_without_the_store_the_model_is_asked(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    _, gateway = opened
    ask(opened, **COLD)

    def away(*_: object) -> None:
        raise StoreError("The disk is gone.")

    monkeypatch.setattr(gateway.latm.cache, "exact", away)
    assert ask(opened, **COLD) == (MISS, "answer 2")


def test_a_wrapped_client_gets_them_too(numbered: Upstream, tmp_path: Path) -> None:
    settings: Any = {"store": f"sqlite:///{tmp_path}/latm.db", "exact_answers": "cold"}
    asked: Any = {"model": "m", "messages": [{"role": "user", "content": TEXT}], "temperature": 0}
    with (
        openai.OpenAI(base_url=numbered.url, api_key="k", max_retries=0) as direct,
        latm.Latm(**settings) as circle,
        latm.wrap(direct, circle) as client,
    ):
        for _ in range(2):
            answer: Any = client.chat.completions.with_raw_response.create(**asked)
            assert answer.parse().choices[0].message.content == "answer 1"
            circle.written()
        assert answer.headers["cache-status"] == HIT
