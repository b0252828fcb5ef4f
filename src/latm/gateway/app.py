"""The gateway as an ASGI application: what is open while it runs, and which path leads where."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from latm.errors import InputError, LatmError, SettingsError
from latm.gateway.access import Access
from latm.gateway.accounts import Accounts
from latm.gateway.asgi import Receive, RefusedError, Scope, Send, route_of
from latm.gateway.doors import Doors
from latm.gateway.exchange import Exchanges
from latm.gateway.gate import Gate
from latm.gateway.metrics import Metrics
from latm.gateway.page.app import page_of
from latm.gateway.page.keys import keys_table
from latm.gateway.reference import Reference
from latm.gateway.settings import GatewaySettings
from latm.gateway.tracing import Tracing
from latm.gateway.upstream import Upstreams
from latm.gateway.wire import Shapes
from latm.gateway.wrong import take_report
from latm.latm import AsyncLatm
from latm.observing import log
from latm.settings import Settings
from latm.store.dialects import parse_url
from latm.telemetry.prometheus import PrometheusObserver

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

_FIXED = ("host", "port", "processes", "accounts", "traces")
"""What a running gateway cannot change."""
_LOOK_SECONDS = 1.0


def careful(settings: Settings) -> Settings:
    """Settings that a gateway has by default.

    Tools are compared before they serve, scopes share no program and so no worker, and bodies are kept for 30 days.
    """
    usual: dict[str, object] = {"reuse_across_scopes": False, "retention_days": 30.0}
    if settings.policy == "auto" and settings.max_error is None:
        usual["policy"] = "shadow"
    given = settings.model_fields_set
    changed = {name: value for name, value in usual.items() if name not in given or name == "policy"}
    return Settings(**(settings.model_dump() | changed | {"answer_style": "plain", "tool_user": False}))


class Gateway:
    """Everything that a gateway is, between its start and its end; an ASGI application.

    Args:
        settings: of latm.
        own: of the gateway.
        reload: reads the gateway's settings again; None if they stay.
        watched: a file whose change has them read again; None for none.
        tracer_provider: of OpenTelemetry, if `traces` is set; None: the process's own.
        opened: is called once it can answer.
    """

    def __init__(  # noqa: PLR0913  # each is one way to say what it is
        self,
        settings: Settings,
        own: GatewaySettings,
        *,
        reload: Callable[[], GatewaySettings] | None = None,
        watched: Path | None = None,
        tracer_provider: "TracerProvider | None" = None,
        opened: Callable[[], object] = lambda: None,
    ) -> None:
        self.settings = careful(settings)
        self.own = own
        self._reload = reload
        self._watched = watched
        self._tell_opened = opened
        self.metrics = Metrics(CollectorRegistry())
        self._tracing = Tracing(tracer_provider) if own.traces else None
        self._shapes = Shapes()
        self._router = Router(
            [
                Route("/livez", _live),
                Route("/readyz", self._ready),
                Route("/metrics", self._measured),
                Route("/openapi.json", _described),
                Route("/latm/v1/wrong", self._wrong, methods=["POST"]),
                Mount("/latm", app=page_of(lambda: self.latm, keys=lambda: keys_table(self.accounts))),
            ],
            lifespan=self._lifespan,
        )
        self._doors = Doors(self._behind, own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request, or the start and end of the application."""
        await self._doors(scope, receive, send)

    async def _behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        # What is asked again and again goes by no table of routes.
        is_asked = scope["type"] == "http" and route_of(scope).startswith("/v1/")
        await (self.gate if is_asked else self._router)(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: object) -> AsyncIterator[None]:
        self.loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            accounts = await asyncio.to_thread(Accounts, self.own.accounts or accounts_beside(self.settings.store))
            self.accounts = stack.enter_context(accounts)
            self.access = Access(accounts, self.own, self.metrics)
            self.access.start()
            stack.callback(self.access.stop)
            upstreams = Upstreams(self.own, self.metrics.retried)
            stack.push_async_callback(self._close_upstreams)
            self._opened = [upstreams]
            self.reference = Reference(upstreams)
            observer = PrometheusObserver(self.metrics.registry)
            self.latm = await AsyncLatm(self.settings, direct=self.reference, observer=observer).open()
            stack.push_async_callback(self.latm.close, wait=False)
            self._assemble(upstreams, self.own)
            following = asyncio.create_task(self._follow(), name="latm settings")
            stack.callback(following.cancel)
            with _hangups(self.reload):
                self._tell_opened()
                yield

    def _assemble(self, upstreams: Upstreams, own: GatewaySettings) -> None:
        parts = (self.access, own, self.metrics, self._shapes)
        exchanges = Exchanges(self.latm, upstreams, self.reference, *parts)
        self.gate = Gate(self.latm, self.access, exchanges, own, self.metrics, self._shapes, self._tracing)

    def reload(self) -> None:
        """Take over the settings as they are now, as a whole or not at all; what is under way ends by the old ones."""
        if self._reload is None:
            return
        try:
            own = self._reload()
            if fixed := [name for name in _FIXED if getattr(own, name) != getattr(self.own, name)]:
                raise SettingsError(f"{' and '.join(fixed)} cannot change while the gateway runs.", hint="Restart it.")
            upstreams = Upstreams(own, self.metrics.retried)
        except LatmError as error:
            log.error("the settings stay as they were: %s", error)  # a sentence says it
            self.metrics.degraded("settings")
            return
        # The old connections go on carrying what is under way; they are closed with the gateway.
        self._opened.append(upstreams)
        self.own, self.reference.upstreams = own, upstreams
        self._doors = Doors(self._behind, own)
        self._assemble(upstreams, own)
        log.warning("the settings were read again")

    async def _close_upstreams(self) -> None:
        for upstreams in self._opened:
            await upstreams.close()

    async def _follow(self) -> None:
        """Read the settings again when their file changes."""
        seen = _changed_at(self._watched)
        while self._watched is not None:
            await asyncio.sleep(_LOOK_SECONDS)
            if (changed := _changed_at(self._watched)) != seen:
                seen = changed
                self.reload()

    async def _ready(self, _request: Request) -> Response:
        health = self.latm.health()
        missing = [
            name
            for name, is_there in (
                ("latm", health.ok),
                ("store", health.store_ok),
                ("accounts", not self.access.is_away),
            )
            if not is_there
        ]
        if self.latm.models.maker is None:
            missing.append("maker")
        compared = sum(known.shadow is not None for known in self.latm.snapshot.known)
        body = {"ready": health.ok, "missing": missing, "tools": health.tools, "kinds": health.tasks}
        body |= {"compared": compared}
        return JSONResponse(body, HTTPStatus.OK if health.ok else HTTPStatus.SERVICE_UNAVAILABLE)

    async def _measured(self, _request: Request) -> Response:
        registry = self.metrics.registry
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def _wrong(self, request: Request) -> Response:
        try:
            caller = self.access.caller(request.scope["headers"])
            body = await request.body()
            said = await take_report(self.latm, caller, body, demotes=self.own.demote_on_report)
        except RefusedError as error:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in error.headers}
            return Response(error.body, error.status, headers, "application/json")
        except InputError as error:
            refused = RefusedError(HTTPStatus.BAD_REQUEST, error.message, "invalid_report")
            return Response(refused.body, refused.status, media_type="application/json")
        return JSONResponse(said)


def accounts_beside(store: str) -> str:
    """The database of keys and spending: a file beside that of a store, or the store itself if it is on a server."""
    url, dialect = parse_url(store)
    if dialect.shared:
        return store
    file = dialect.file(url)
    return f"sqlite:///{file.with_name('gateway.db')}" if file else "sqlite://"


def _changed_at(file: Path | None) -> int:
    try:
        return file.stat().st_mtime_ns if file else 0
    except OSError:
        return 0


@contextlib.contextmanager
def _hangups(reload: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGHUP"):
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _live(_request: Request) -> Response:
    return JSONResponse({"live": True})


async def _described(_request: Request) -> Response:
    text = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
    return Response(text, media_type="application/json")
