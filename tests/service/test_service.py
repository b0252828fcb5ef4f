"""The library inside programs of others: a web service, a notebook, a script that is stopped."""

import ast
import asyncio
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pages import HOW_TO, python_of
from serving import PROGRAMS, program

from latm.store import ToolCache
from openai_endpoint import Reply, completion_body, error_body, request_of, serving_replies
from toy import MAKER_STAGES, sum_question, toy_reply

TIMEOUT = 30.0
"""Seconds for a model call; the endpoint lets some calls of the maker hang for longer."""
AT_ONCE = 60
"""Requests; enough for makings to begin in both processes."""


class Outage:
    """A model whose direct answers are right, and whose tool maker fails in every way in turn."""

    def __init__(self) -> None:
        self.failures = 0
        self.over = threading.Event()
        self._ways = itertools.cycle([self._overloaded, self._nonsense, self._page, self._hanging])

    def reply(self, body: dict[str, Any], _key: str | None) -> Reply:
        request = request_of(body)
        if request.purpose not in MAKER_STAGES:
            return 200, completion_body(toy_reply(request))
        self.failures += 1
        return next(self._ways)()

    def _overloaded(self) -> Reply:
        return 503, error_body("overloaded")

    def _nonsense(self) -> Reply:
        return 200, completion_body("I would rather write you a poem.")

    def _page(self) -> Reply:
        return 200, "<html>a proxy's page</html>"

    def _hanging(self) -> Reply:
        self.over.wait(TIMEOUT + 1)
        return 200, completion_body("too late")


@contextmanager
def uvicorn(folder: Path, maker: str) -> Iterator[str]:
    """The application of the how-to page under two workers; its URL. Ends it in order, and checks that it went so."""
    (folder / "app.py").write_text(python_of("web-service.md")[0])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"MAKER": maker, "STORE": "sqlite:///latm.db", "TIMEOUT": str(TIMEOUT), "RETRIES": "0"}
    settings |= {"MAKING_TOKENS": "50"}
    command = [sys.executable, "-m", "uvicorn", "app:app", "--workers", "2", "--port", str(port)]
    environment = os.environ | {f"LATM_{name}": value for name, value in settings.items()}
    with (
        (folder / "log").open("w") as file,
        subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, env=environment) as server,  # noqa: S603  # ours
    ):
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
    log = (folder / "log").read_text()
    assert code in {0, -signal.SIGTERM}, log
    assert "Traceback" not in log, log
    assert log.count("Application shutdown complete") == 2, log


async def healthy(client: httpx2.AsyncClient) -> None:
    """Wait until the service answers."""
    while True:
        try:
            assert (await client.get("/health")).json()["ok"]
        except httpx2.TransportError:
            await asyncio.sleep(0.1)
        else:
            return


async def crowd(url: str, questions: list[str]) -> list[httpx2.Response]:
    limits = httpx2.Limits(max_connections=len(questions))
    async with httpx2.AsyncClient(base_url=url, timeout=600, limits=limits) as client:
        await asyncio.wait_for(healthy(client), 60)
        return await asyncio.gather(*(client.post("/ask", content=question) for question in questions))


def test_no_request_of_a_service_fails_for_a_maker_that_is_out(tmp_path: Path) -> None:
    outage = Outage()
    with serving_replies(outage.reply) as url, uvicorn(tmp_path, f"toy@{url}") as service:
        for round_ in range(2):
            numbers = range(AT_ONCE * round_, AT_ONCE * round_ + AT_ONCE)
            responses = asyncio.run(crowd(service, [sum_question(n, 1) for n in numbers]))
            assert [(one.status_code, one.json()["text"]) for one in responses] == [(200, str(n + 1)) for n in numbers]
        assert httpx2.post(f"{service}/ask", content="  ").status_code == 400
        outage.over.set()
    assert outage.failures > 0
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        assert len(cache.answers(limit=None)) == 2 * AT_ONCE


def test_the_cells_of_the_page_run_in_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for file in HOW_TO.parent.glob("tutorial-*.jsonl"):
        shutil.copy(file, tmp_path / "docs")
    outside = {"LATM_REPLAY": "docs/tutorial-recording.jsonl", "LATM_STORE": "sqlite:///tutorial.db"}
    making = python_of("python.md")[0]
    cells = [making, *python_of("notebook.md")]
    assert any(isinstance(node, ast.Await) for cell in cells for node in ast.walk(_parsed(cell)))
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, str(PROGRAMS / "notebook.py")],
        input=json.dumps(cells),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | outside,
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert "'7 h 55 min'" in shown[2]
    assert shown[4] == "['14 h 0 min', '13 h 0 min', '12 h 0 min']"
    assert "answer" in shown[5]  # the table
    assert "is closed" in shown[6]


def _parsed(cell: str) -> ast.AST:
    tree: ast.AST = compile(cell, "cell", "exec", flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return tree


@pytest.mark.parametrize("seconds", ["0.05", "0.2"], ids=["quick", "slow"])
def test_ctrl_c_in_a_run_ends_it_without_a_storm_and_it_goes_on_later(tmp_path: Path, seconds: str) -> None:
    running = program("interrupted.py", seconds, folder=tmp_path)
    assert running.stdout is not None
    said = [running.stdout.readline() for _ in range(5)]
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=60)
    said += output.splitlines()
    assert running.returncode in {1, 130, -signal.SIGINT}, errors
    assert errors.rstrip().endswith("KeyboardInterrupt"), errors
    assert len(errors.splitlines()) <= 30, errors
    assert not re.search(r"ExceptionGroup|CancelledError|During handling|never retrieved", errors), errors
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        assert len(cache.answers(limit=None)) >= len(said) - 1
    again = program("interrupted.py", "0", folder=tmp_path)
    output, errors = again.communicate(timeout=60)
    assert output.splitlines()[-2:] == ["40 tool", "done"], errors
