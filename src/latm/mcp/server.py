"""The server: lists and calls the tools that serve, and says when there are others."""

import asyncio
import json
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged

from latm import __version__
from latm.errors import InputError, LatmError
from latm.mcp.catalogue import Catalogue, Entry
from latm.mcp.running import check_arguments, run_arguments, run_question
from latm.mcp.schemas import Schema
from latm.sandbox import Sandbox

if TYPE_CHECKING:
    from mcp.server.connection import Connection

INSTRUCTIONS = (
    "Small verified programs, one for each kind of request that came often. Each is a tool of its own; where there are"
    " many, search_tools finds the right one and run_tool runs it. They are exact for what they take, and fail on"
    " anything else: then answer by yourself."
)
_PAGE = 500
_FRESH_MS = 60_000
"""How long a client may keep the list that does not listen for changes."""
_FOUND = 10

_SEARCH: Schema = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "What is to be done, or a question of that kind."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": _FOUND},
    },
    "required": ["query"],
    "additionalProperties": False,
}
_FOUND_TOOLS: Schema = {
    "type": "object",
    "properties": {
        "tools": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                    "arguments": {"type": "object", "description": "The schema of what it takes."},
                },
                "required": ["name", "description", "arguments"],
            },
        }
    },
    "required": ["tools"],
}
_RUN: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The tool's name, as search_tools gives it."},
        "arguments": {"type": "object", "description": "What it takes, by name."},
        "question": {"type": "string", "description": "Instead of arguments: a whole request, which it reads itself."},
    },
    "required": ["name"],
    "additionalProperties": False,
}
_RAN: Schema = {
    "type": "object",
    "properties": {
        "tool": {"type": "string", "description": "The id of the program that ran."},
        "result": {"description": "What it gave for arguments."},
        "answer": {"type": "string", "description": "What it answered to a question."},
    },
    "required": ["tool"],
}

Context = ServerRequestContext[Any, Any]


class _Server(Server[Any]):
    """Announces that its list of tools changes, on every transport."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        options = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(options, experimental_capabilities, extensions)


class ToolServer:
    """A server of the protocol over what a catalogue holds at each moment.

    Args:
        sandbox: where tools run; started.
        catalogue: what serves now.
    """

    def __init__(self, sandbox: Sandbox, catalogue: Callable[[], Catalogue]) -> None:
        self._sandbox = sandbox
        self._catalogue = catalogue
        self._bus = InMemorySubscriptionBus()
        self._listening = ListenHandler(self._bus)
        self._listed = catalogue().programs
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self.server = _Server(
            "latm",
            version=__version__,
            instructions=INSTRUCTIONS,
            cache_hints={"tools/list": CacheHint(ttl_ms=_FRESH_MS)},
            on_list_tools=self._list,
            on_call_tool=self._call,
            on_subscriptions_listen=self._listening,
        )
        self.server.add_notification_handler("notifications/initialized", types.NotificationParams, self._connected)

    async def look_again(self) -> None:
        """Tell every client where the list of tools is another one than when this was last called."""
        seen, self._listed = self._listed, self._catalogue().programs
        if seen == self._listed:
            return
        await self._bus.publish(ToolsListChanged())
        for connection in list(self._connections):
            await connection.send_tool_list_changed()

    def close(self) -> None:
        """End the streams of clients that listen for changes."""
        self._listening.close()

    async def _connected(self, context: Context, _params: types.NotificationParams) -> None:
        # Before the protocol of 2026-07-28, changes go out on the connection itself, which no public name gives.
        self._connections.add(context.session._connection)  # noqa: SLF001

    async def _list(self, _context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        cursor = params.cursor if params and params.cursor else ""
        return await asyncio.to_thread(_page, self._catalogue(), cursor)

    async def _call(self, _context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            given = await self._ran(params.name, params.arguments or {})
        except LatmError as error:
            return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)
        text = types.TextContent(text=json.dumps(given, ensure_ascii=False))
        return types.CallToolResult(content=[text], structured_content=given)

    async def _ran(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        match name:
            case "search_tools":
                check_arguments(arguments, _SEARCH, name)
                return await asyncio.to_thread(_search, self._catalogue(), arguments)
            case "run_tool":
                check_arguments(arguments, _RUN, name)
                return await self._run(arguments)
            case _:
                return await run_arguments(self._sandbox, self._catalogue().entry(name), arguments)

    async def _run(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        entry = self._catalogue().entry(arguments["name"])
        if ("arguments" in arguments) == ("question" in arguments):
            raise InputError("run_tool takes either arguments or a question.")
        if "question" in arguments:
            given = await run_question(self._sandbox, entry, arguments["question"])
        else:
            given = await run_arguments(self._sandbox, entry, arguments["arguments"])
        return {"tool": entry.version.id, **given}


def _own_tools() -> list[types.Tool]:
    """The two that are always there, whatever serves."""
    calm = types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
    return [
        types.Tool(
            name="search_tools",
            description="Find tools by what they do.",
            input_schema=_SEARCH,
            output_schema=_FOUND_TOOLS,
            annotations=calm,
        ),
        types.Tool(
            name="run_tool",
            description="Run a tool by its name, on arguments or on a whole question.",
            input_schema=_RUN,
            output_schema=_RAN,
            annotations=calm,
        ),
    ]


def _page(catalogue: Catalogue, cursor: str) -> types.ListToolsResult:
    """The tools after a cursor, the two that are always there before all; reading many sources takes its time."""
    page = catalogue.after(cursor, _PAGE)
    own = [] if cursor else _own_tools()
    more = page[-1].name if len(page) == _PAGE else None
    return types.ListToolsResult(tools=[*own, *map(_tool, page)], next_cursor=more)


def _search(catalogue: Catalogue, arguments: Mapping[str, Any]) -> dict[str, Any]:
    found = catalogue.search(arguments["query"], arguments.get("limit", _FOUND))
    return {"tools": [{"name": one.name, "description": one.description, "arguments": one.takes} for one in found]}


def _tool(entry: Entry) -> types.Tool:
    return types.Tool(
        name=entry.name,
        title=entry.task,
        description=entry.description,
        input_schema=entry.takes,
        output_schema=entry.gives,
        annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        _meta={"latm/tool": entry.version.id, "latm/version": entry.version.number},
    )
