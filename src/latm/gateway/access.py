"""Who may ask what, and how much of it: keys, rates, and budgets that are reserved first and settled later."""

import asyncio
import math
import queue
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from latm.errors import StoreError
from latm.gateway.accounts import Accounts
from latm.gateway.asgi import RefusedError
from latm.gateway.books import Draw, Hold, Spent
from latm.gateway.headers import Raw, first
from latm.gateway.limits import Key, Limit, digest, nano
from latm.gateway.metrics import Metrics
from latm.gateway.settings import GatewaySettings
from latm.gateway.wire import Tokens, money
from latm.ledger import Usage
from latm.observing import log

if TYPE_CHECKING:
    from latm.gateway.gate import Request

REVOKED_WITHIN = 2.0
"""Seconds after which a key that was revoked is refused everywhere."""
_LOOK_SECONDS = 1.0
_WAITING = 100_000
"""How many settlements may wait while the database is away; beyond that the oldest are lost, and counted."""
_UNLIMITED_ANSWER = 4096
"""Tokens reserved for an answer that the request does not limit."""
_BYTES_A_TOKEN = 3
_LEASE = 3600.0
_AT_ONCE = 1000
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is.

    Attributes:
        key: the gateway's key that came with it; None if the gateway has no keys.
    """

    key: Key | None = None

    @property
    def is_known(self) -> bool:
        """Whether it came with a key of the gateway."""
        return self.key is not None

    @property
    def id(self) -> str:
        """Of the key; empty without one."""
        return self.key.id if self.key else ""

    @property
    def project(self) -> str:
        """Whose it is; empty without a key."""
        return self.key.project if self.key else ""


ANYBODY = Caller()
_Entry = Spent | tuple[Hold | Draw, Future[int]]


@dataclass(slots=True)
class _Rate:
    """How many of a key's requests one process may let through before it draws again.

    Attributes:
        left: requests.
        alone_at: when it last let some through without having drawn them.
        drawing: held by whoever draws.
    """

    left: int = 0
    alone_at: float = -math.inf
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Access:
    """Decides who may ask what, by keys in memory; a thread of its own keeps them up to date, and keeps the books.

    Args:
        accounts: the database.
        settings: how long is waited for it.
        metrics: count what had to be done without.
    """

    def __init__(self, accounts: Accounts, settings: GatewaySettings, metrics: Metrics) -> None:
        self._accounts = accounts
        self._metrics = metrics
        self._deadline = settings.tool_seconds
        self._providers = {upstream.provider for upstream in settings.upstreams}
        self._known = accounts.known()
        self._rates: dict[str, _Rate] = {}
        self._waiting: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._keep_books, name="latm accounts", daemon=True)
        self.is_away = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Settle what waits, and end."""
        self._waiting.put(None)
        self._thread.join()

    @property
    def takes_keys(self) -> bool:
        """Whether a key is needed. A revoked key does not count."""
        return bool(self._known.keys)

    def caller(self, headers: Raw) -> Caller:
        """Whose request these headers are of.

        Raises:
            RefusedError: it needs a key, and has none, or one that is not valid.
        """
        if not self.takes_keys:
            return ANYBODY
        said = first(headers, b"authorization")
        token = said[len(_BEARER) :].strip() if said[: len(_BEARER)].lower() == _BEARER else ""
        token = token or first(headers, b"api-key") or first(headers, b"x-api-key")
        key = self._known.keys.get(digest(token)) if token else None
        if key is None or not key.is_good(time.time()):
            told = "This gateway takes a key of its own: `Authorization: Bearer latm-…`."
            raise RefusedError(HTTPStatus.UNAUTHORIZED, told, "invalid_api_key", [(b"www-authenticate", b"Bearer")])
        return Caller(key)

    def check_model(self, caller: Caller, model: str, *, is_asked: bool) -> None:
        """Refuse what a key is not for.

        Args:
            caller: whose it is.
            model: that the request names; empty if it does not name one that can be read.
            is_asked: whether the request has a body, and so asks a model.

        Raises:
            RefusedError: the key may not ask this model.
        """
        allowed = caller.key.models if caller.key else ()
        if allowed and is_asked and model not in allowed:
            said = (
                f"This key may not ask the model {model[:100]!r}." if model else "This key may ask named models only."
            )
            raise RefusedError(HTTPStatus.FORBIDDEN, said, "model_not_allowed")

    async def admit(self, caller: Caller) -> None:
        """Count a request against its key's rate, which all gateways on one database share.

        Each process draws what comes in about a second, so that few requests wait for the database.

        Raises:
            RefusedError: there were too many.
        """
        key = caller.key
        if key is None or key.per_minute is None:
            return
        rate = self._rates.setdefault(key.id, _Rate())
        if not rate.left:
            async with rate.drawing:
                rate.left = rate.left or await self._drawn(Draw(key, max(1, key.per_minute // 60)), rate)
                if not rate.left:
                    pause = str(max(1, 60 // key.per_minute)).encode()
                    said = f"This key may ask {key.per_minute} times a minute."
                    headers = [(b"retry-after", pause)]
                    raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, said, "rate_limit_exceeded", headers)
                rate.left -= 1
                return
        rate.left -= 1

    async def _drawn(self, draw: Draw, rate: _Rate) -> int:
        """How many requests may be let through; if the database is away, what comes in a second, each second."""
        try:
            return await self._written_soon(draw)
        except (TimeoutError, StoreError):
            self._metrics.degraded("accounts")
        if time.monotonic() - rate.alone_at < 1.0:
            return 0
        rate.alone_at = time.monotonic()
        return draw.count

    async def _written_soon(self, entry: Hold | Draw) -> int:
        """What the books say of an entry.

        Raises:
            TimeoutError: they did not answer in time.
            StoreError: they are away.
        """
        done: Future[int] = Future()
        self._waiting.put((entry, done))
        async with asyncio.timeout(self._deadline):
            return await asyncio.wrap_future(done)

    @asynccontextmanager
    async def reserved(self, request: "Request") -> AsyncIterator[Callable[[Usage], None]]:
        """Reserve what a request may spend at most, until what it spent settles it.

        Yields:
            Settles it; if that is not called, nothing was spent.

        Raises:
            RefusedError: the key or its project may not spend that.
        """
        key = request.caller.key
        of_project = self._known.limits.get(key.project, Limit()) if key else Limit()
        hold = self._hold(request, key, of_project) if key and (key.limit.is_set or of_project.is_set) else None
        spent = Usage()

        def settle(usage: Usage) -> None:
            nonlocal spent
            spent = usage

        try:
            if hold is not None:
                await self._keep(hold)
            yield settle
        finally:
            if key is not None and (hold is not None or spent.calls):
                usd = nano(spent.cost)
                named = (key.id, key.project, request.model, spent.input_tokens, spent.output_tokens, usd)
                self._put(Spent(*named, hold.id if hold else ""))

    def _put(self, spent: Spent) -> None:
        if self._waiting.qsize() > _WAITING:
            self._metrics.degraded("spending")
            return
        self._waiting.put(spent)

    def _hold(self, request: "Request", key: Key, of_project: Limit) -> Hold:
        """What a request may take at most."""
        tokens = _most(request)
        prices = [money(provider, request.model, tokens) for provider in self._providers]
        known = [price for price in prices if price is not None]
        if len(known) < len(prices) and (key.limit.usd is not None or of_project.usd is not None):
            said = f"The budget is in money, and {request.model[:100]!r} has no known price."
            raise RefusedError(HTTPStatus.FORBIDDEN, said, "no_price")
        usd = nano(max(known, default=None)) or 0
        return Hold(secrets.token_hex(8), key, request.model, usd, tokens.sent + tokens.received, _LEASE)

    async def _keep(self, hold: Hold) -> None:
        try:
            is_held = await self._written_soon(hold)
        except (TimeoutError, StoreError) as error:
            self._metrics.degraded("accounts")
            said = "Nobody can say now what is left of the budget of this key, or of its project."
            pause = [(b"retry-after", b"1")]
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, said, "budget_unknown", pause) from error
        if not is_held:
            said = "The budget of this key or of its project is spent."
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, said, "insufficient_quota")

    def _keep_books(self) -> None:
        """Settle, hold and look for news, one transaction for all that waits."""
        later: list[Spent] = []
        next_look = 0.0
        while True:
            batch, is_last = self._gathered()
            try:
                if later or batch:
                    self._written([*later, *batch])
                later = []
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + _LOOK_SECONDS
                    self._known = self._accounts.known()
                self.is_away = False
            except StoreError as error:
                later = [*later, *(one for one in batch if isinstance(one, Spent))][-_WAITING:]
                for one in batch:
                    if isinstance(one, tuple):
                        _fail(one[1], error)
                if not self.is_away:
                    log.error("keys and budgets stay as they are, their database is away: %s", error)  # a sentence
                self.is_away = True
            if is_last:
                return

    def _written(self, batch: Sequence[_Entry]) -> None:
        entries = [one if isinstance(one, Spent) else one[0] for one in batch]
        for one, came_to in zip(batch, self._accounts.write(entries, self._known.limits), strict=True):
            if isinstance(one, tuple):
                _tell(one[1], came_to)

    def _gathered(self) -> tuple[list[_Entry], bool]:
        """What waits, after waiting for it a moment; and whether that is all there will be."""
        batch: list[_Entry] = []
        try:
            one = self._waiting.get(timeout=_LOOK_SECONDS)
            while one is not None and len(batch) < _AT_ONCE:
                batch.append(one)
                one = self._waiting.get_nowait()
        except queue.Empty:
            return batch, False
        if one is not None:
            batch.append(one)
        return batch, one is None


def _tell(done: "Future[int]", came_to: int) -> None:
    if done.set_running_or_notify_cancel():
        done.set_result(came_to)


def _fail(done: "Future[int]", error: Exception) -> None:
    if done.set_running_or_notify_cancel():
        done.set_exception(error)


def _most(request: "Request") -> Tokens:
    """What a request may take at most, as far as it says."""
    fields = request.fields or {}
    limits = [fields.get(name) for name in ("max_tokens", "max_completion_tokens", "max_output_tokens")]
    said = [limit for limit in limits if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0]
    times = fields.get("n")
    times = times if isinstance(times, int) and times > 0 else 1
    return Tokens(
        len(request.call.body) // _BYTES_A_TOKEN + 1, min(min(said, default=_UNLIMITED_ANSWER) * times, 10**8)
    )
