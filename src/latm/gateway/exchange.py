"""Exchanges with the upstream: its bytes go to the client as they come, and a listener reads along."""

from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from latm.answering.answerer import Attempt
from latm.gateway.access import Access
from latm.gateway.asgi import RefusedError, Send
from latm.gateway.broadcast import Broadcasts
from latm.gateway.chat import heard_in
from latm.gateway.headers import Raw, backward, cache_status, first, told
from latm.gateway.metrics import Metrics
from latm.gateway.reference import Reference
from latm.gateway.settings import GatewaySettings
from latm.gateway.upstream import Reply, UpstreamError, Upstreams
from latm.gateway.wire import Heard, Listener, Shapes, Wanted, Whole, estimated, money
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.models.counting import CHARACTERS_PER_TOKEN
from latm.observing import log

if TYPE_CHECKING:
    from latm.gateway.gate import Request


class Outcome(StrEnum):
    """What became of a request that went on."""

    MISS = "miss"
    BYPASS = "bypass"
    UPSTREAM_ERROR = "upstream-error"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins."""

    status: int
    headers: Raw
    overhead: float


@dataclass(frozen=True, slots=True)
class Exchanges:
    """Sends requests on, and learns from what comes back whole.

    Attributes:
        latm: learns.
        upstreams: answer.
        reference: asks them on latm's behalf.
        access: holds what a caller may spend.
        settings: which equal requests go together.
        metrics: count what happens.
        shapes: get to know what answers look like.
    """

    latm: AsyncLatm
    upstreams: Upstreams
    reference: Reference
    access: Access
    settings: GatewaySettings
    metrics: Metrics
    shapes: Shapes
    _broadcasts: Broadcasts[Head | bytes] = field(default_factory=Broadcasts, init=False)

    async def relay(
        self, request: "Request", attempt: Attempt | None, send: Send, done: Callable[[Outcome], object]
    ) -> None:
        """Pass an answer on, piece by piece.

        Args:
            request: what is asked.
            attempt: what the tools made of it; None if nothing is to be learnt.
            send: to the client.
            done: is told what became of it.

        Raises:
            RefusedError: no upstream has begun to answer, or the caller may not spend what it takes.
        """
        is_ours = request.wanted is not None
        outcome = Outcome.MISS if is_ours else Outcome.BYPASS
        has_begun = False
        try:
            async with aclosing(self._pieces(request, attempt)) as pieces:
                async for piece, is_follower in pieces:
                    if isinstance(piece, Head):
                        has_begun = True
                        outcome = outcome if piece.status < HTTPStatus.BAD_REQUEST else Outcome.UPSTREAM_ERROR
                        start = {"status": piece.status, "headers": _said(request, piece, is_follower=is_follower)}
                        await send({"type": "http.response.start", **start})
                    else:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except UpstreamError as error:
            if not has_begun:
                done(Outcome.UPSTREAM_ERROR)
                raise RefusedError(error.status, error.message, "upstream_unreachable") from error
            # Without the last piece the server closes the connection, so that the client sees what happened.
            outcome = Outcome.BROKEN
        done(outcome)

    async def _pieces(self, request: "Request", attempt: Attempt | None) -> AsyncGenerator[tuple[Head | bytes, bool]]:
        begin = partial(self._exchange, request, attempt)
        key = self._flight(request)
        if key is not None:
            async with aclosing(self._broadcasts.join(key, begin)) as shared:
                async for piece in shared:
                    yield piece
            return
        async with aclosing(begin()) as alone:
            async for one in alone:
                yield one, False

    def _flight(self, request: "Request") -> Hashable | None:
        """What makes two requests under way the same; None for one that goes alone."""
        wanted, mode = request.wanted, self.settings.single_flight
        if wanted is None or mode == "never" or not (wanted.is_deterministic or mode == "always"):
            return None
        if not request.may_learn or not request.may_serve:
            return None
        headers = tuple(sorted(pair for pair in request.call.headers if pair[0] not in _OWN))
        return request.caller.id, request.call.path, request.call.body, headers

    async def _exchange(self, request: "Request", attempt: Attempt | None) -> AsyncGenerator[Head | bytes]:
        """The answer's head, then its pieces; what was heard of it is settled and learnt, however it ends."""
        async with self.access.reserved(request) as settle, self.upstreams.asked(request.call) as reply:
            listening = Listening(request, reply, self.metrics)
            try:
                yield Head(reply.status, reply.headers, request.seconds)
                async for chunk in reply.chunks:
                    listening.feed(chunk)
                    yield chunk
                listening.is_complete = True
            finally:
                heard, usage = listening.ended()
                request.usage, request.provider = usage, reply.upstream.provider
                settle(usage)
                if attempt is not None:
                    self._learn(request, attempt, heard, usage)

    def _learn(self, request: "Request", attempt: Attempt, heard: Heard, usage: Usage) -> None:
        wanted = request.wanted
        if wanted is None:
            return
        if heard.text is None or not heard.text.strip():
            self.metrics.unlearnt("not whole")
        elif self.latm.is_behind:
            self.metrics.unlearnt("inbox")
        else:
            self.metrics.knows(wanted.model)
            self.reference.model = wanted.model
            self.shapes.keep(wanted, heard.shape)
            try:
                self.latm.learn_answer(attempt, heard.text, usage=usage, seconds=request.seconds)
            except Exception:  # noqa: BLE001  # the answer is with its client already
                self.metrics.unlearnt("mistake")
                log.exception("an answer was not learnt from")

    @staticmethod
    def saved(wanted: Wanted, text: str) -> int:
        """About how many tokens a tool's answer avoided."""
        question = wanted.question
        characters = len(question.text) + len(question.scope.instructions) + len(text)
        return -(-characters // CHARACTERS_PER_TOKEN)


_OWN = frozenset((b"host", b"user-agent", b"content-length", b"accept-encoding", b"connection", b"traceparent"))
"""Headers that do not make a request another one: the client's, and its connection's."""


class Listening:
    """Reads one answer along; whatever goes wrong here, the answer goes on.

    Args:
        request: what was asked.
        reply: the answer that has begun.
        metrics: count what could not be read.
    """

    def __init__(self, request: "Request", reply: Reply, metrics: Metrics) -> None:
        self.is_complete = False
        self._request = request
        self._reply = reply
        self._metrics = metrics
        self._stream = "event-stream" in first(reply.headers, b"content-type")
        self._listener = self._chosen()

    def _chosen(self) -> Listener | None:
        request, reply = self._request, self._reply
        is_wanted = request.wanted is not None or request.caller.is_known
        if not is_wanted or reply.status != HTTPStatus.OK or first(reply.headers, b"content-encoding"):
            return None
        if request.dialect is not None:
            return request.dialect.listener(stream=self._stream)
        return Whole(heard_in)

    def feed(self, chunk: bytes) -> None:
        """The next piece."""
        if self._listener is None:
            return
        try:
            self._listener.feed(chunk)
        except Exception as error:  # noqa: BLE001  # it is only listened to
            self._gave_up(error)

    def _gave_up(self, error: Exception) -> None:
        self._listener = None
        self._metrics.unlearnt("unreadable")
        log.debug("an answer could not be read along: %s", type(error).__name__)

    def ended(self) -> tuple[Heard, Usage]:
        """What was heard, and what it took."""
        heard = Heard()
        if self._listener is not None:
            try:
                heard = self._listener.heard(complete=self.is_complete)
            except Exception as error:  # noqa: BLE001  # it is only listened to
                self._gave_up(error)
        wanted = self._request.wanted
        if wanted is not None and wanted.stream != self._stream:
            heard = Heard(None, heard.tokens, heard.characters)
        return heard, self._usage(heard)

    def _usage(self, heard: Heard) -> Usage:
        if self._reply.status != HTTPStatus.OK:
            return Usage()
        tokens = heard.tokens or estimated(len(self._request.call.body), heard)
        return Usage(1, tokens.sent, tokens.received, money(self._reply.upstream.provider, self._request.model, tokens))


def _said(request: "Request", head: Head, *, is_follower: bool) -> Raw:
    kind = "fwd=miss" if request.wanted is not None else "fwd=bypass"
    status = cache_status(f"{kind}; collapsed" if is_follower else kind)
    return backward(head.headers, [status, *told({"overhead-ms": f"{1000 * head.overhead:.2f}"})])
