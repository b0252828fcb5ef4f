"""Whatever is away, slow or full: what the upstream would have answered is answered, and counters say what happened."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from gateway_double import Body, Upstream, chat_events, gateway_to, health, listening, metric, until

from latm.gateway.settings import Upstream as To
from latm.models.edge import trusted
from openai_endpoint import error_body, serving
from toy import sum_question, taste_question


def body_of(text: str, **more: Any) -> Body:
    return {"model": "m", "messages": [{"role": "user", "content": text}]} | more


def asked(url: str, text: str, **more: Any) -> httpx2.Response:
    return httpx2.post(f"{url}/chat/completions", json=body_of(text, **more), timeout=60)


async def _load(
    url: str, count: int, text: Callable[[int], str], at_once: int = 20, first: int = 0
) -> list[httpx2.Response]:
    gate = asyncio.Semaphore(at_once)
    async with httpx2.AsyncClient(timeout=60) as client:

        async def one(number: int) -> httpx2.Response:
            async with gate:
                return await client.post(f"{url}/chat/completions", json=body_of(text(number), stream=number % 2 == 0))

        return await asyncio.gather(*map(one, range(first, first + count)))


def load(url: str, count: int, text: Callable[[int], str] = lambda number: taste_question(number, 1)) -> None:
    """Send so many requests, twenty at a time; every one is answered."""
    for response in asyncio.run(_load(url, count, text)):
        assert response.status_code == 200, response.text
        assert (
            "herons" in response.text
            or response.headers["cache-status"].endswith("detail=tool")
            or "sum" not in response.text
        )


def with_tool(url: str, gateway: Any) -> None:
    for number in range(10, 20):
        asked(url, sum_question(number, number))
    until(lambda: any(known.tool for known in gateway.latm._circle.watcher.snapshot.known))


def test_a_store_that_is_away_and_back(upstream: Upstream, tmp_path: Path) -> None:
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0, inbox=30) as (url, gateway):
        with_tool(url, gateway)
        other = sqlite3.connect(tmp_path / "latm.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        load(url, 80)
        assert asked(url, sum_question(444, 1)).headers["cache-status"] == "latm; hit; detail=tool"
        until(
            lambda: asked(url, "Which?").is_success and metric(url, "latm_gateway_unlearnt_total", reason="inbox") > 0
        )
        other.execute("ROLLBACK")
        other.close()
        until(lambda: health(gateway).unwritten == 0)
        load(url, 4)


def test_a_sandbox_that_is_killed_is_done_without_and_comes_back(upstream: Upstream, tmp_path: Path) -> None:
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0) as (url, gateway):
        with_tool(url, gateway)
        for round_ in range(3):
            for child in children():
                os.kill(child, signal.SIGKILL)
            start = 1000 * round_
            for response in asyncio.run(_load(url, 20, lambda number: sum_question(number, 7), first=start)):
                assert response.status_code == 200
        until(lambda: asked(url, sum_question(445, 1)).headers["cache-status"] == "latm; hit; detail=tool")


def children() -> list[int]:
    """Processes of this one's, and theirs."""
    found, left = [], [os.getpid()]
    while left:
        listed = subprocess.run(["pgrep", "-P", str(left.pop())], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607
        found += (more := [int(word) for word in listed.split()])
        left += more
    return [one for one in found if one != os.getpid()]


def test_a_tool_that_takes_too_long_is_not_waited_for(upstream: Upstream, tmp_path: Path) -> None:
    own = {"tool_seconds": 0.000001}
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0, own=own) as (url, gateway):
        with_tool(url, gateway)
        assert asked(url, sum_question(446, 1)).json()["choices"][0]["message"]["content"] == "447"
        assert metric(url, "latm_gateway_degraded_total", what="deadline") >= 1


def test_a_maker_that_hangs_holds_nobody_up(upstream: Upstream, tmp_path: Path) -> None:
    with serving() as maker:
        maker.hang.clear()
        with gateway_to(upstream, tmp_path, maker=f"tiny@{maker.url}", making_tokens=0, timeout=5) as (url, gateway):
            load(url, 40, lambda number: sum_question(number + 10, number))
            until(lambda: health(gateway).makings)
            load(url, 40)
            maker.hang.set()


def test_a_stream_that_is_cut_is_seen_as_such_and_teaches_nothing(upstream: Upstream, tmp_path: Path) -> None:
    async def cut(body: Body) -> Any:
        for event in chat_events(body, "forty-two")[:3]:
            yield event
        raise ConnectionResetError

    upstream.stream = cut
    with gateway_to(upstream, tmp_path) as (url, gateway):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)
        with pytest.raises(Exception, match=r"(?i)incomplete|closed|peer|connection"):
            list(client.chat.completions.create(**body_of("Which?"), stream=True))
        until(lambda: metric(url, "latm_gateway_requests_total", outcome="broken") == 1)
        assert metric(url, "latm_answers_total") == 0
        assert health(gateway).ok


@pytest.mark.parametrize("status", [429, 500, 400])
def test_an_upstreams_error_is_passed_on_and_teaches_nothing(upstream: Upstream, tmp_path: Path, status: int) -> None:
    upstream.script["/chat/completions"] = lambda _: (status, {"retry-after": "3"}, error_body("no").encode())
    with gateway_to(upstream, tmp_path) as (url, _):
        answer = asked(url, "Which?")
        assert (answer.status_code, answer.headers["retry-after"]) == (status, "3")
        assert answer.content == error_body("no").encode()
        assert len(upstream.asked) == 1
        assert metric(url, "latm_answers_total") == 0


def test_a_passing_failure_is_tried_again_and_then_elsewhere(upstream: Upstream, tmp_path: Path) -> None:
    failing = Upstream()
    failing.script["/chat/completions"] = lambda _: (503, {}, b"busy")
    with listening(failing) as other:
        both = {"upstreams": (To(url=f"{other}/v1"), To(url=upstream.url))}
        with gateway_to(upstream, tmp_path, own=both) as (url, _):
            load(url, 10)
            assert len(failing.asked) == 20
            assert metric(url, "latm_gateway_upstream_retries_total", reason="fall-back") == 10
    down = {"upstreams": (To(url=f"{other}/v1"), To(url=upstream.url))}
    (tmp_path / "down").mkdir()
    with gateway_to(upstream, tmp_path / "down", own=down) as (url, _):
        load(url, 4)


def test_an_upstream_that_stalls_ends_in_time(upstream: Upstream, tmp_path: Path) -> None:
    own = {"first_byte_seconds": 0.3, "idle_seconds": 0.3}
    with gateway_to(upstream, tmp_path, own=own) as (url, _):
        upstream.hold.clear()
        answer = asked(url, "Which?")
        upstream.hold.set()
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "upstream_unreachable")
        upstream.pause = 5.0
        with pytest.raises(httpx2.RemoteProtocolError):
            asked(url, "Which?", stream=True)


def test_equal_requests_under_way_are_asked_once(upstream: Upstream, tmp_path: Path) -> None:
    upstream.pause = 0.02

    async def many(url: str, **more: Any) -> list[httpx2.Response]:
        async with httpx2.AsyncClient(timeout=60) as client:
            body = body_of("Which?", stream=True, **more)
            return await asyncio.gather(*(client.post(f"{url}/chat/completions", json=body) for _ in range(20)))

    with gateway_to(upstream, tmp_path) as (url, _):
        upstream.hold.clear()
        found = asyncio.run(_released(upstream, many(url, temperature=0)))
        assert len(upstream.asked) < 20
        assert len({answer.content for answer in found}) == 1
        assert sum("collapsed" in answer.headers["cache-status"] for answer in found) == 20 - len(upstream.asked)
        upstream.asked.clear()
        asyncio.run(many(url, temperature=1))
        assert len(upstream.asked) == 20


async def _released(upstream: Upstream, work: Any) -> Any:
    task = asyncio.ensure_future(work)
    await asyncio.to_thread(until, lambda: upstream.asked)
    await asyncio.sleep(0.5)
    upstream.hold.set()
    return await task


@contextmanager
def process(
    upstream: Upstream, folder: Path, *flags: str, **options: Any
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`latm serve` as a process of its own; its base URL, and itself."""
    command = [sys.executable, "-m", "latm", "serve", "--port", "0", "--upstream", upstream.url, *flags]
    command += ["--store", f"sqlite:///{folder}/latm.db", "--maker", f"tiny@{upstream.url}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, **options) as running:  # noqa: S603
        try:
            assert running.stdout
            url = running.stdout.readline().split()[-1]
            until(lambda: _is_live(url))
            yield url, running
        finally:
            running.terminate()
            running.wait(60)


def _is_live(url: str) -> bool:
    try:
        return httpx2.get(url.removesuffix("/v1") + "/livez", verify=trusted()).status_code == 200
    except httpx2.TransportError:
        return False


def test_streams_finish_when_it_is_stopped(upstream: Upstream, tmp_path: Path) -> None:
    upstream.pause = 0.15
    with process(upstream, tmp_path) as (url, running):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)
        streams = [iter(client.chat.completions.create(**body_of(taste_question(1, 1)), stream=True)) for _ in range(5)]
        for stream in streams:
            next(stream)
        running.send_signal(signal.SIGTERM)
        for stream in streams:
            rest = list(stream)
            assert rest[-1].choices[0].finish_reason == "stop"
        assert running.wait(30) in {0, -signal.SIGTERM}


def test_a_full_disk_stops_learning_alone(upstream: Upstream, tmp_path: Path) -> None:
    def tiny() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    with process(upstream, tmp_path, preexec_fn=tiny) as (url, running):
        load(url, 60, lambda number: taste_question(number, 1) + " " + "x" * 20_000)
        until(lambda: metric(url, "latm_store_up") == 0)
        load(url, 20)
        assert running.poll() is None


def test_settings_are_read_anew_as_a_whole_or_not_at_all(upstream: Upstream, tmp_path: Path) -> None:
    other = Upstream()
    file = tmp_path / "gateway.toml"
    file.write_text(f'retries = 0\n[[upstreams]]\nurl = "{upstream.url}"\n')
    with listening(other) as there, process_of_file(upstream, tmp_path, file) as (url, running):
        asked(url, "Which?")
        file.write_text(f'retries = -1\n[[upstreams]]\nurl = "{there}/v1"\n')
        running.send_signal(signal.SIGHUP)
        until(lambda: metric(url, "latm_gateway_degraded_total", what="settings") >= 1)
        asked(url, "Which?")
        assert (len(upstream.asked), len(other.asked)) == (2, 0)
        file.write_text(f'retries = 0\n[[upstreams]]\nurl = "{there}/v1"\n')
        until(lambda: asked(url, "Which?") and other.asked)


@contextmanager
def process_of_file(upstream: Upstream, folder: Path, file: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "latm", "serve", "--port", "0", "--config", str(file)]
    command += ["--store", f"sqlite:///{folder}/latm.db", "--maker", f"tiny@{upstream.url}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as running:  # noqa: S603
        try:
            assert running.stdout
            url = running.stdout.readline().split()[-1]
            until(lambda: _is_live(url))
            yield url, running
        finally:
            running.terminate()
            running.wait(60)


def test_several_processes_serve_one_store(upstream: Upstream, tmp_path: Path) -> None:
    flags = ("--processes", "2", "--policy", "verified", "--making-tokens", "0")
    with process(upstream, tmp_path, *flags) as (url, _):
        load(url, 30, lambda number: sum_question(number + 10, number))
        found = until(
            lambda: [
                one
                for one in asyncio.run(_load(url, 20, lambda n: sum_question(n + 900, n)))
                if "hit" in one.headers["cache-status"]
            ]
        )
        assert found
        assert metric(url, "latm_gateway_requests_total") >= 50
