"""Keys, budgets and rates; what one project does is never another's."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from gateway_double import Upstream, gateway_to, metric, until
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.cli import main
from latm.errors import NotFoundError, StoreAwayError
from latm.gateway.access import REVOKED_WITHIN
from latm.gateway.accounts import Accounts
from latm.gateway.app import Gateway
from latm.gateway.books import subjects
from latm.gateway.chat import Chat
from latm.gateway.limits import Limit
from latm.gateway.wire import NotEligibleError
from toy import sum_question, taste_question

CANARY = "canary-7f3a9c"
Opened = Callable[..., AbstractContextManager[tuple[str, Gateway]]]


@pytest.fixture
def opened(upstream: Upstream, tmp_path: Path, books: str) -> Opened:
    """Opens a gateway with these accounts."""

    def opened(own: Mapping[str, Any] | None = None, **settings: Any) -> AbstractContextManager[tuple[str, Gateway]]:
        return gateway_to(upstream, tmp_path, own={"accounts": books} | dict(own or {}), **settings)

    return opened


def asked(url: str, key: str | None, text: str = "Which?", **more: Any) -> httpx2.Response:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    body = {"model": "m", "messages": [{"role": "user", "content": text}]} | more
    return httpx2.post(f"{url}/chat/completions", json=body, headers=headers, timeout=60)


def test_a_key_is_needed_once_there_is_one(upstream: Upstream, accounts: Accounts, opened: Opened) -> None:
    good, _ = accounts.create_key(project="north")
    spent, _ = accounts.create_key(seconds=0)
    narrow, _ = accounts.create_key(models=["n"])
    with opened() as (url, _):
        assert asked(url, good).status_code == 200
        assert {key: asked(url, key).status_code for key in (None, "latm-x", spent)} == {
            None: 401,
            "latm-x": 401,
            spent: 401,
        }
        assert asked(url, narrow).json()["error"]["code"] == "model_not_allowed"
        assert asked(url, narrow, model="n").status_code == 200
        assert httpx2.post(f"{url}/files", headers={"authorization": f"Bearer {good}"}).status_code == 403
        upstream.script["/models"] = lambda _: (200, {}, b"{}")
        assert httpx2.get(f"{url}/models", headers={"api-key": good}).status_code == 200
    assert "authorization" not in upstream.asked[0][1]


def test_a_revoked_key_ends_within_the_stated_time(accounts: Accounts, opened: Opened) -> None:
    secret, key = accounts.create_key()
    with opened() as (url, _):
        assert asked(url, secret).status_code == 200
        accounts.revoke_key(key.id)
        until(lambda: asked(url, secret).status_code == 401, REVOKED_WITHIN + 8)
    with pytest.raises(NotFoundError):
        accounts.revoke_key(key.id)
    assert [what for _, _, what in accounts.acts()][-1] == f"revoked key {key.id}"


def test_a_rate_is_kept(accounts: Accounts, opened: Opened) -> None:
    secret, _ = accounts.create_key(per_minute=3)
    with opened() as (url, _):
        found = [asked(url, secret) for _ in range(6)]
    assert [answer.status_code for answer in found][:3] == [200] * 3
    assert found[-1].status_code == 429
    assert int(found[-1].headers["retry-after"]) > 0


def test_a_rate_is_one_for_all_gateways(accounts: Accounts, opened: Opened) -> None:
    secret, _ = accounts.create_key(per_minute=6)
    with opened() as (one, _), opened() as (other, _):
        found = [asked(url, secret).status_code for _ in range(6) for url in (one, other)]
    assert found[:6] == [200] * 6
    assert 429 in found


def test_a_budget_that_nobody_can_say_anything_of_is_not_spent(
    accounts: Accounts, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor, _ = accounts.create_key(limit=Limit(tokens=100_000))
    free, _ = accounts.create_key()
    slow, _ = accounts.create_key(per_minute=60)
    with opened() as (url, _):

        def away(*_: object) -> list[int]:
            raise StoreAwayError("It is away.")

        monkeypatch.setattr(Accounts, "write", away)
        refused = asked(url, poor)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "budget_unknown")
        assert asked(url, free).status_code == asked(url, slow).status_code == 200


def test_a_hundred_at_once_spend_no_more_than_was_reserved(
    upstream: Upstream, accounts: Accounts, opened: Opened
) -> None:
    secret, key = accounts.create_key(project="north", limit=Limit(tokens=2_000))
    upstream.pause = 0.01

    async def all_at_once(url: str) -> list[int]:
        async with httpx2.AsyncClient(timeout=60) as client:
            body = {
                "model": "m",
                "messages": [{"role": "user", "content": "Which?"}],
                "max_tokens": 100,
                "stream": True,
            }
            headers = {"authorization": f"Bearer {secret}"}
            found = await asyncio.gather(
                *(client.post(f"{url}/chat/completions", json=body, headers=headers) for _ in range(100))
            )
        return [one.status_code for one in found]

    with opened() as (url, _):
        statuses = asyncio.run(all_at_once(url))
    assert set(statuses) == {200, 429}
    reserved = 100 + len(json.dumps({"model": "m"})) // 3  # at least
    assert statuses.count(200) <= 2_000 // reserved + 2_000 // 30  # settled ones make room again
    name, _ = subjects(key.id, "north", "month", time.time())
    assert 0 < accounts.spent(name)[1] <= 2_000


def test_a_budget_in_money_takes_a_price(accounts: Accounts, opened: Opened) -> None:
    secret, _ = accounts.create_key(limit=Limit(usd=1))
    with opened() as (url, _):
        assert asked(url, secret).json()["error"]["code"] == "no_price"


TEXTS = st.sampled_from(["", "a", "b", "a\x00", "ä", "[]", '","'])


@settings(deadline=None)
@given(st.tuples(TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS))
def test_requests_of_unlike_origin_share_no_scope(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    def scope(origin: tuple[str, str, str]) -> Any:
        project, instructions, model = origin
        messages = [{"role": "system", "content": instructions}] if instructions else []
        body = {"model": model or "m", "messages": [*messages, {"role": "user", "content": "the same"}]}
        return Chat().read(body, project).question.scope

    alike = one[:2] == other[:2] and (one[2] or "m") == (other[2] or "m")
    assert (scope(one).digest == scope(other).digest) is alike


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(
        st.text(max_size=12),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        ),
        max_size=5,
    )
)
def test_odd_fields_make_a_request_the_models_and_never_an_error(fields: dict[str, Any]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]} | fields
    try:
        wanted = Chat().read(body, "")
    except NotEligibleError:
        return
    assert wanted.question.text


def test_what_one_project_taught_serves_no_other(accounts: Accounts, opened: Opened) -> None:
    north, south = (accounts.create_key(project=name)[0] for name in ("north", "south"))
    with opened(policy="verified", making_tokens=0) as (url, gateway):
        for number in range(10, 20):
            asked(url, north, sum_question(number, number))
        until(lambda: any(known.tool for known in gateway.latm._circle.watcher.snapshot.known))
        assert asked(url, north, sum_question(70, 1)).headers["cache-status"] == "latm; hit; detail=tool"
        for foreign in (asked(url, south, sum_question(70, 1)), asked(url, north, sum_question(70, 1), model="n")):
            assert foreign.headers["cache-status"] == "latm; fwd=miss"
        for number in range(10, 20):
            asked(url, south, sum_question(number, number))
        until(lambda: sum(known.tool is not None for known in gateway.latm._circle.watcher.snapshot.known) == 2)
        tools = [known.tool for known in gateway.latm._circle.watcher.snapshot.known if known.tool]
    assert len({tool.id for tool in tools}) == 2


def test_canaries_are_found_nowhere(  # noqa: PLR0913, PLR0917  # each is one place to look in, or one fixture
    upstream: Upstream,
    tmp_path: Path,
    accounts: Accounts,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    opened: Opened,
) -> None:
    caplog.set_level(0)
    monkeypatch.setenv("UP_KEY", f"sk-{CANARY}")
    secret, _ = accounts.create_key(project="north")
    from latm.gateway.settings import Upstream as To

    own = {"upstreams": (To(url=upstream.url, key_env="UP_KEY"),)}
    with opened(own=own) as (url, _):
        asked(url, secret, taste_question(1, 2))
        asked(url, secret, f"no-store {CANARY}", tools=[{"type": "function", "function": {"name": "f"}}])
        httpx2.post(
            f"{url}/chat/completions",
            json={"model": CANARY, "messages": []},
            headers={"authorization": f"Bearer {secret}", "cache-control": "no-store"},
        )
        asked(url, f"latm-{CANARY}")
        metrics = httpx2.get(url.removesuffix("/v1") + "/metrics").text
        assert upstream.asked[0][1]["authorization"] == f"Bearer sk-{CANARY}"
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("latm"))
    # The name of a model stands in the spending of its key, where it belongs to.
    for place in (files.replace(f"{CANARY}".encode() + b"\x00", b""), metrics.encode(), ours.encode()):
        assert secret.encode() not in place
        assert f"sk-{CANARY}".encode() not in place
        assert f"no-store {CANARY}".encode() not in place
    assert CANARY not in metrics


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:1"}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example:80"}, 421),
        ({"origin": "http://evil.example"}, 421),
        ({"origin": "null"}, 421),
        ({"sec-fetch-site": "cross-site"}, 421),
        ({"host": "[::1"}, 421),
    ],
)
def test_a_strangers_page_is_refused(upstream: Upstream, tmp_path: Path, headers: dict[str, str], status: int) -> None:
    with gateway_to(upstream, tmp_path) as (url, _):
        body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
        assert httpx2.post(f"{url}/chat/completions", json=body, headers=headers).status_code == status
        assert metric(url, "latm_gateway_requests_total") == (status == 200)


def test_keys_are_made_and_ended_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATM_STORE", f"sqlite:///{tmp_path}/latm.db")

    def said(*words: str) -> str:
        done = CliRunner().invoke(main, ["keys", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    secret = said("create", "--project", "north", "--model", "m", "--usd", "0.5", "--expires", "30d").strip()
    [shown] = map(json.loads, said("list", "--json").splitlines())
    assert (shown["project"], shown["models"], shown["usd"], shown["revoked_at"]) == ("north", ["m"], "0.5", None)
    assert secret.startswith("latm-")
    assert secret not in said("list")
    said("revoke", shown["id"])
    said("limit", "north", "--tokens", "1000")
    assert [json.loads(line)["revoked_at"] is None for line in said("list", "--json").splitlines()] == [False]
    assert said("rebuild") == "0 counters.\n"
    assert said("forget", shown["id"]) == "0 requests.\n"
    assert [line.split("  ")[2].split()[0] for line in said("acts").splitlines()] == ["created", "revoked", "limited"]


def test_it_listens_to_others_only_with_keys(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/latm.db"
    done = CliRunner().invoke(main, ["serve", "--host", "0.0.0.0", "--port", "0", "--store", store])  # noqa: S104  # refused
    assert done.exit_code == 2
    assert "no keys" in done.output
