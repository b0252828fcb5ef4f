"""A client of `mcp` 1.x: python first_age.py NEW URL, or NEW PYTHON WORDS… to start the server itself.

It lists, calls, says `ready`, and hears of a tool named NEW that is promoted then, which it calls; and says `same`.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import ClientSession, StdioServerParameters, stdio_client  # type: ignore[attr-defined,unused-ignore]  # 1.x
from mcp.client.streamable_http import streamable_http_client

SECONDS = 60


@asynccontextmanager
async def streams(words: list[str]) -> AsyncIterator[tuple[Any, ...]]:
    """To and from the server."""
    if len(words) == 1:
        async with streamable_http_client(words[0]) as both:
            yield tuple(both)[:2]
    else:
        program = StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ))
        async with stdio_client(program) as both:
            yield tuple(both)


async def main(new: str, words: list[str]) -> None:
    """The session."""
    heard = asyncio.Event()

    async def hear(message: Any) -> None:
        if "list_changed" in str(getattr(getattr(message, "root", None), "method", "")):
            heard.set()

    async with streams(words) as (read, write), ClientSession(read, write, message_handler=hear) as session:
        await session.initialize()
        before = [tool.name for tool in (await session.list_tools()).tools]
        assert before == ["search_tools", "run_tool", "sums"], before
        called: Any = await session.call_tool("sums", {"a": 2, "b": 40})
        assert called.structuredContent == {"result": 42}, called
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.wait_for(heard.wait(), SECONDS)
        after = [tool.name for tool in (await session.list_tools()).tools]
        assert set(after) - set(before) == {new}, after
        again: Any = await session.call_tool(new, {"a": 1, "b": 1})
        assert again.structuredContent == {"result": 2}, again
    sys.stdout.write("same\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
