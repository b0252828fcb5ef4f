"""`latm mcp` with real client sessions, in both ages of the protocol and over both transports."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.subscriptions import ToolsListChanged
from other_clients import INTERPRETER, PYTHON, why_missing

from latm.errors import SettingsError
from latm.mcp.catalogue import name_of
from latm.mcp.schemas import input_schema, output_schema
from latm.mcp.serving import check_loopback, opened
from latm.settings import Settings
from latm.task import Example, scoped
from latm.tool import Demonstration, Program, ToolVersion
from served import promote, url_of
from toy import sum_question

HOSTILE = '''"""Reads what it is not to read."""
def parse(question):
    return None
def solve(path: str):
    return open(path).read()
def answer(value, question):
    return value
'''
LIAR = HOSTILE.replace("def solve(path: str):", "def solve(path: str) -> int:").replace("open(path).read()", "path")


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = url_of(tmp_path)
    promote(url, "sums")
    return url


@dataclass
class Server:
    """How clients reach a server of a store, over one transport."""

    store: str
    transport: str
    url: str = ""

    @property
    def command(self) -> list[str]:
        return ["-m", "latm", "mcp", "--store", self.store]


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    if server.transport == "stdio":
        yield server
        return
    words = [sys.executable, *server.command, "--http", "--port", "0"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own interpreter
    try:
        assert process.stderr
        said = process.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        server.url = found[0]
        yield server
    finally:
        process.terminate()
        process.communicate()


@asynccontextmanager
async def connected(server: Server, mode: str) -> AsyncIterator[tuple[Client, asyncio.Event]]:
    """A client session, and what is set once it hears that the list changed."""
    heard = asyncio.Event()

    async def hear(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            heard.set()

    program = StdioServerParameters(command=sys.executable, args=server.command, env=dict(os.environ))
    async with Client(server.url or program, mode=mode, message_handler=hear) as client:
        yield client, heard


async def named(client: Client) -> dict[str, Any]:
    return {tool.name: tool for tool in (await client.list_tools(cache_mode="refresh")).tools}


async def told_of_a_promotion(store: str, client: Client, heard: asyncio.Event, *, listens: bool) -> None:
    """Another process promotes a tool, and the client is told: where it listens, or on the connection itself."""
    if listens:
        async with client.listen(tools_list_changed=True) as news:
            await asyncio.to_thread(promote, store, "more sums")
            assert await asyncio.wait_for(anext(aiter(news)), 20) == ToolsListChanged()
    else:
        await asyncio.to_thread(promote, store, "more sums")
        await asyncio.wait_for(heard.wait(), 20)


def foreign_requests(url: str) -> list[int]:
    """How requests end that name another host, or come from another site."""
    forged = ({"host": "evil.example:80"}, {"origin": "http://evil.example"})
    return [httpx2.post(url, json={}, headers=headers).status_code for headers in forged]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_client_lists_calls_and_sees_a_newly_promoted_tool(transport: str, mode: str, store: str) -> None:
    async def session(server: Server) -> None:
        async with connected(server, mode) as (client, heard):
            before = await named(client)
            assert list(before) == ["search_tools", "run_tool", "sums"]
            assert before["sums"].input_schema["properties"] == {"a": {"type": "integer"}, "b": {"type": "integer"}}
            called = await client.call_tool("sums", {"a": 2, "b": 40})
            assert (called.is_error, called.structured_content) == (False, {"result": 42})
            await told_of_a_promotion(server.store, client, heard, listens=mode == "auto")
            assert (await named(client)).keys() - before.keys() == {name_of("more sums")}
            again = await client.call_tool(name_of("more sums"), {"a": 1, "b": 1})
            assert again.structured_content == {"result": 2}

    with serving(Server(store, transport)) as server:
        asyncio.run(session(server))
        if server.url:
            assert foreign_requests(server.url) == [421, 403]


@pytest.mark.skipif(bool(why := why_missing(PYTHON)), reason=why)
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_client_of_the_librarys_first_age_does_too(transport: str, store: str) -> None:
    script = Path(__file__).parent / "clients" / "first_age.py"
    with serving(Server(store, transport)) as server:
        reached = [server.url] if server.url else [sys.executable, *server.command]
        command = [str(INTERPRETER), str(script), name_of("more sums"), *reached]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:  # noqa: S603  # our own script
            assert client.stdout
            if client.stdout.readline() == "ready\n":
                promote(store, "more sums")
            said, failed = client.communicate(timeout=600)
    assert said == "same\n", failed[-2000:]


def calls(store: str, *asked: tuple[str, dict[str, Any]], project: str = "") -> list[Any]:
    """What a client in this process hears to some calls, one session for all of them."""

    async def session() -> list[Any]:
        async with opened(Settings(store=store), project) as tools, Client(tools.server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in asked]

    return asyncio.run(session())


def test_tools_are_found_by_words_and_run_on_arguments_or_on_a_whole_question(store: str) -> None:
    found, nothing, on_arguments, on_question = calls(
        store,
        ("search_tools", {"query": "add up two numbers"}),
        ("search_tools", {"query": "poetry"}),
        ("run_tool", {"name": "sums", "arguments": {"a": 1, "b": 2}}),
        ("run_tool", {"name": "sums", "question": sum_question(3, 4)}),
    )
    [tool] = found.structured_content["tools"]
    assert (tool["name"], tool["description"]) == ("sums", "Sums of two numbers.")
    assert sum_question(0, 2) not in str(found)
    assert nothing.structured_content == {"tools": []}
    assert on_arguments.structured_content["result"] == 3
    assert on_question.structured_content["answer"] == "7"


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "an unknown tool": ("poems", {}, "No tool 'poems' serves."),
    "a wrong kind": ("sums", {"a": "one", "b": 2}, "'one' is not of type 'integer' at ['a']"),
    "a missing argument": ("sums", {"a": 1}, "'b' is a required property"),
    "one too many": ("sums", {"a": 1, "b": 2, "c": 3}, "'c' was unexpected"),
    "a foreign question": ("run_tool", {"name": "sums", "question": "Write a poem."}, "does not take this question"),
    "neither": ("run_tool", {"name": "sums"}, "either arguments or a question"),
    "a file": ("reader", {"path": "/etc/hostname"}, "failed (denied)"),
    "a lie": ("liar", {"path": "x"}, "not annotated with: 'x' is not of type 'integer'"),
}


def test_what_cannot_be_done_is_an_error_in_words_and_tool_code_stays_in_the_sandbox(store: str) -> None:
    for name, source in (("reader", HOSTILE), ("liar", LIAR)):
        promote(store, name, source, [Example(f"Read {name} {n}", "x") for n in range(6)], ())
    heard = calls(store, *((name, arguments) for name, arguments, _ in REFUSED.values()))
    for (what, (_, _, said)), result in zip(REFUSED.items(), heard, strict=True):
        assert result.is_error, what
        assert said in result.content[0].text, what


def test_a_project_is_offered_its_own_tools_alone(store: str) -> None:
    own = scoped([Example(sum_question(n, n + 2), str(2 * n + 2)) for n in range(6)], scope="north")
    promote(store, "northern", examples=own)
    unnamed, northern = (
        calls(store, ("search_tools", {"query": "sums numbers"}), project=project) for project in ("", "north")
    )
    assert [tool["name"] for tool in unnamed[0].structured_content["tools"]] == ["sums"]
    assert [tool["name"] for tool in northern[0].structured_content["tools"]] == ["northern"]


SIGNATURES = {
    "a: int, b: float = 1.5": {"a": {"type": "integer"}, "b": {"type": "number", "default": 1.5}},
    "words: list[str], *, upper: bool = False": {
        "words": {"type": "array", "items": {"type": "string"}},
        "upper": {"type": "boolean", "default": False},
    },
    "limit: int | None": {"limit": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
    "prices: dict[str, float]": {"prices": {"type": "object", "additionalProperties": {"type": "number"}}},
    "pairs": {"pairs": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}},
    "anything: Decimal": {"anything": {}},
}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_schema_is_read_from_the_signature_and_the_demonstrations(signature: str) -> None:
    shown = (Demonstration("?", {"pairs": [[1, 2], [3]]}),)
    version = ToolVersion("t", Program(f"def solve({signature}) -> str:\n    return ''\n"), demonstrations=shown)
    schema = input_schema(version)
    assert schema["properties"] == SIGNATURES[signature]
    assert schema["required"] == [name for name, one in schema["properties"].items() if "default" not in one]
    assert output_schema(version)["properties"] == {"result": {"type": "string"}}


@pytest.mark.parametrize("task", ["Über – Preise", "run_tool", "a/../../b", "x" * 300, "…"])
def test_every_task_has_a_name_that_the_protocol_allows_and_that_is_its_own(task: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", name_of(task))
    assert name_of(task) != name_of(task + "!")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com"])  # noqa: S104  # that is the point
def test_it_listens_on_this_machine_alone(host: str) -> None:
    with pytest.raises(SettingsError, match="can be reached from elsewhere"):
        check_loopback(host)
