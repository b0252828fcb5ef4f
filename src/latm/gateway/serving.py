"""Serving: one process, or several on one store, until somebody stops them."""

import gc
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import uvicorn
from uvicorn.supervisors import Multiprocess

from latm.errors import LatmError, SettingsError
from latm.gateway.accounts import Accounts
from latm.gateway.app import Gateway, accounts_beside
from latm.gateway.doors import is_loopback
from latm.gateway.settings import GatewaySettings, load_gateway_settings
from latm.observing import log
from latm.settings import load_settings

_TURN_SECONDS = 0.0005
"""How long learning, on threads of its own, keeps the interpreter from a stream that has a piece to pass on."""
_YOUNG = 5_000
"""New objects from one collection of garbage to the next; Python's own limit is 700."""
_VARIABLE = "LATM_SERVING"
"""Through which worker processes learn what the command line said; it holds no secret."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the settings come from.

    Attributes:
        latm: given by name.
        gateway: given by name.
        file: of the gateway's settings; None for none.
    """

    latm: Mapping[str, Any]
    gateway: Mapping[str, Any]
    file: Path | None = None

    def own(self) -> GatewaySettings:
        """The gateway's settings as they are now.

        Raises:
            SettingsError: one of them cannot be used.
        """
        return load_gateway_settings(self.gateway, self.file)

    def gateway_of(self) -> Gateway:
        """A gateway, not yet running.

        Raises:
            SettingsError: a setting cannot be used.
        """
        settings = load_settings(self.latm, with_file=True)
        return Gateway(settings, self.own(), reload=self.own, watched=self.file, opened=_settle)

    def dump(self) -> str:
        """As text."""
        said = {"latm": dict(self.latm), "gateway": dict(self.gateway), "file": str(self.file) if self.file else None}
        return json.dumps(said, default=str)

    @classmethod
    def load(cls, text: str) -> Self:
        """From its text."""
        said = json.loads(text)
        return cls(said["latm"], said["gateway"], Path(said["file"]) if said["file"] else None)


def _settle() -> None:
    """Have garbage collections, which stop every request, skip what lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


def from_environment() -> Gateway:
    """The gateway of a worker process."""
    sys.setswitchinterval(_TURN_SECONDS)
    return Sources.load(os.environ[_VARIABLE]).gateway_of()


def serve(sources: Sources, ready: Callable[[str, Gateway], object] = print) -> None:
    """Serve until stopped.

    Args:
        sources: of the settings.
        ready: is told the URL, and what is about to be served there.

    Raises:
        SettingsError: a setting cannot be used; or it would listen to others without keys.
        StoreError: a database cannot be used.
    """
    gateway = sources.gateway_of()
    own = gateway.own
    _demand_keys(gateway)
    with _bound(own) as listening:
        host, port = listening.getsockname()[:2]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}", gateway)
        if own.processes == 1:
            sys.setswitchinterval(_TURN_SECONDS)
            uvicorn.Server(_config(gateway, own)).run(sockets=[listening])
            return
        os.environ[_VARIABLE] = sources.dump()
        with tempfile.TemporaryDirectory(prefix="latm-metrics-") as folder:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            _Processes(_config("latm.gateway.serving:from_environment", own), [listening], sources).run()


class _Processes(Multiprocess):
    """Worker processes. One that dies is started again; new settings come in with new processes, one after another."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], sources: Sources) -> None:
        super().__init__(config, sockets)
        self._sources = sources

    def handle_hup(self) -> None:
        """Take over new settings, if they can be used."""
        try:
            self._sources.own()
        except LatmError as error:
            log.error("the settings stay as they were: %s", error)  # a sentence says it
            return
        super().handle_hup()


def _demand_keys(gateway: Gateway) -> None:
    own = gateway.own
    with Accounts(own.accounts or accounts_beside(gateway.settings.store)) as accounts:
        has_keys = bool(accounts.known().keys)
    if not has_keys and not is_loopback(own.host):
        raise SettingsError(
            f"Whoever reaches {own.host} could spend your money: the gateway has no keys.",
            hint="Make one by `latm keys create`, or listen on 127.0.0.1.",
        )


def _bound(own: GatewaySettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in own.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((own.host, own.port))
        listening.listen(2048)
        listening.set_inheritable(True)
    except OSError as error:
        listening.close()
        said = f"{own.host}:{own.port} cannot be listened on: {error.strerror}."
        raise SettingsError(said, hint="Choose another --port, or end what listens there.") from error
    return listening


def _config(app: Gateway | str, own: GatewaySettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        http="httptools",
        loop="auto",
        ws="none",
        lifespan="on",
        workers=own.processes,
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(own.drain_seconds),
    )
