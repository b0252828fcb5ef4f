"""The page on the gateway, followed from the base URL to the first tool."""

import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from doc_pages import ROOT, blocks

from latm.cli import main
from openai_endpoint import completion_body, request_of, serving_replies
from toy import toy_reply

PAGE = ROOT / "docs/how-to/gateway.md"
FOR_TEST = "--making-tokens 0"
"""So that a tool pays after thirty questions instead of four hundred."""


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port


def commands() -> Iterator[str]:
    """What the page has a reader type up to the first tool, line by line, and the application between."""
    text = PAGE.read_text().partition("## What a tool may answer")[0]
    for block in re.finditer(r"^```(sh|python)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from block[2].splitlines() if block[1] == "sh" else [block[2]]


@contextmanager
def serving(words: list[str], folder: Path, environment: dict[str, str], url: str) -> Iterator[None]:
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            for _ in range(600):
                try:
                    httpx2.get(url, timeout=1)
                    break
                except httpx2.TransportError:
                    assert process.poll() is None
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(60)


def test_the_way_to_the_first_tool(tmp_path: Path) -> None:
    port, said = str(free_port()), ""
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "OPENAI_API_KEY": "k"}
    latm = [sys.executable, "-m", "latm"]
    with ExitStack() as stack:
        answer = lambda body, _: (200, completion_body(toy_reply(request_of(body))))  # noqa: E731
        upstream = stack.enter_context(serving_replies(answer))
        for line in commands():
            line = line.replace("410", "40").replace("8080", port).replace("https://api.openai.com/v1", upstream)  # noqa: PLW2901  # as typed here
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                environment[name] = value
            elif line.startswith("latm serve"):
                words = shlex.split(line.replace("$UPSTREAM", upstream) + f" {FOR_TEST}")
                stack.enter_context(
                    serving([*latm, *words[1:]], tmp_path, environment, f"http://127.0.0.1:{port}/livez")
                )
            elif not line.startswith("pip install"):
                line = line.replace("latm ", shlex.join(latm) + " ") if line.startswith("latm ") else line  # noqa: PLW2901  # as typed here
                words = [sys.executable, "-c", line] if "\n" in line else shlex.split(line)
                done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
                assert done.returncode == 0, f"{line}\n{done.stderr}"
                said = said if "/latm/v1/wrong" in line else done.stdout
                if "\n" in line:
                    wait_for_a_tool(f"http://127.0.0.1:{port}/readyz", "compared")
                if "promote" in line:
                    wait_for_a_tool(f"http://127.0.0.1:{port}/readyz", "tools")
    assert re.search(r"cache-status: latm; hit; detail=tool", said), said
    assert '"content":"701"' in said


def wait_for_a_tool(url: str, where: str) -> None:
    """A making takes a moment, and so does a decision of another process until it is seen."""
    deadline = time.monotonic() + 60
    while not httpx2.get(url).json()[where]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_commands_beside_the_way_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATM_STORE", f"sqlite:///{tmp_path}/latm.db")
    text = PAGE.read_text().partition("## What a tool may answer")[2]
    typed = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    assert {line.split()[1] for line in typed} == {"keys", "serve"}
    for line in typed:
        _, *words = shlex.split(line)
        done = CliRunner().invoke(
            main, [*words, "--help"] if words[0] == "serve" else words
        )  # what would go on serving
        assert done.exit_code == 0, f"{line}\n{done.output}"


@pytest.mark.parametrize("block", blocks(PAGE, "toml"))
def test_the_settings_shown_can_be_used(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from latm.gateway.settings import load_gateway_settings

    monkeypatch.setenv("OPENAI_API_KEY", "k")
    file = tmp_path / "gateway.toml"
    file.write_text(block)
    assert len(load_gateway_settings({}, file).upstreams) == 2
