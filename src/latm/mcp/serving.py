"""Serving over standard input and output, or over HTTP on this machine."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings

from latm.errors import SettingsError
from latm.learning.watcher import Watcher
from latm.mcp.catalogue import Catalogue, catalogue_of
from latm.mcp.server import ToolServer
from latm.observing import LoggingObserver, Notice, TookOver
from latm.sandbox import open_sandbox
from latm.settings import Settings
from latm.store import ToolCache

_PATIENCE_SECONDS = 2
"""Streams of listening clients never end by themselves."""


class _Changes(LoggingObserver):
    """Hears what the watcher takes over; the first load, which no client has seen anything before, is not a change."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self.server: ToolServer | None = None

    def on_event(self, event: Notice, /) -> None:
        super().on_event(event)
        if isinstance(event, TookOver) and self.server is not None:
            self._loop.call_soon_threadsafe(self._tell, self.server)

    def _tell(self, server: ToolServer) -> None:
        task = self._loop.create_task(server.look_again())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@asynccontextmanager
async def opened(settings: Settings, project: str) -> AsyncIterator[ToolServer]:
    """A server of the tools in the store that the settings name, as they come and go.

    Args:
        settings: the store and the sandbox.
        project: whose tools; empty for those of no project.

    Raises:
        StoreError: the tool cache cannot be used.
        SandboxUnavailableError: no jail is available on this machine.
    """
    changes = _Changes()
    cache = await asyncio.to_thread(ToolCache.open, settings.store)
    watcher = Watcher(cache, changes)
    try:
        async with open_sandbox(settings) as sandbox:
            await asyncio.to_thread(watcher.start)
            server = ToolServer(sandbox, _followed(watcher, project))
            changes.server = server
            try:
                yield server
            finally:
                changes.server = None
                server.close()
                await asyncio.to_thread(watcher.stop)
    finally:
        cache.close()


def _followed(watcher: Watcher, project: str) -> Callable[[], Catalogue]:
    """The catalogue of what the watcher shows, made again only if that has changed."""
    seen = watcher.snapshot
    catalogue = catalogue_of(seen, project)

    def now() -> Catalogue:
        nonlocal seen, catalogue
        if watcher.snapshot is not seen:
            seen = watcher.snapshot
            catalogue = catalogue_of(seen, project, catalogue)
        return catalogue

    return now


async def serve_stdio(settings: Settings, project: str) -> None:
    """Serve the one client at the other end of standard input and output, until it goes."""
    async with opened(settings, project) as tools, stdio_server() as (received, sent):
        await tools.server.run(received, sent, tools.server.create_initialization_options())


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen.

    Attributes:
        host: an address of this machine alone.
        port: 0 for any that is free.
        allowed: host names, beside this machine's own, by which requests may come, such as that of a proxy in front.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    allowed: Sequence[str] = ()


async def serve_http(settings: Settings, project: str, address: Address, told: Callable[[str], None]) -> None:
    """Serve over HTTP at `/mcp`, until the process is told to end.

    Args:
        settings: the store and the sandbox.
        project: whose tools.
        address: where.
        told: is told the URL once it is served.

    Raises:
        SettingsError: the address is not one of this machine alone, or is taken.
    """
    check_loopback(address.host)
    async with opened(settings, project) as tools:
        names = ["127.0.0.1:*", "localhost:*", "[::1]:*", *address.allowed, *(f"{name}:*" for name in address.allowed)]
        origins = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
        security = TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)
        app = tools.server.streamable_http_app(transport_security=security)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_PATIENCE_SECONDS)
        with _listening(address) as listening:
            told(f"http://{_written(address.host)}:{listening.getsockname()[1]}/mcp")
            await uvicorn.Server(config).serve(sockets=[listening])


def _listening(address: Address) -> socket.socket:
    try:
        return socket.create_server(
            (address.host, address.port), family=socket.AF_INET6 if ":" in address.host else socket.AF_INET
        )
    except OSError as error:
        raise SettingsError(
            f"{_written(address.host)}:{address.port} cannot be listened on: {error.strerror}.",
            hint="Give another --port.",
        ) from error


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def check_loopback(host: str) -> None:
    """Refuse to listen if others than this machine can reach it: clients show no key.

    Raises:
        SettingsError: the address is not one of this machine alone.
    """
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise SettingsError(
            f"{host} can be reached from elsewhere, and clients show no key.",
            hint="Listen on 127.0.0.1, behind a proxy that asks for one; name the proxy by --allowed-host.",
        )
