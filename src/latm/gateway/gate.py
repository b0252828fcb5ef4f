"""The gate: one request from the client to its answer, by a tool or by the upstream."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from latm.answer import Answer, Route
from latm.answering.answerer import Attempt
from latm.errors import LatmError
from latm.exact import named
from latm.gateway import responses
from latm.gateway.access import Access, Caller
from latm.gateway.asgi import GoneError, Receive, RefusedError, Scope, Send, read_body, reply, route_of, unless_gone
from latm.gateway.chat import Chat
from latm.gateway.exchange import Exchanges, Outcome
from latm.gateway.formats import keeps
from latm.gateway.headers import Raw, cache_status, directives, first, told
from latm.gateway.metrics import Metrics
from latm.gateway.settings import GatewaySettings
from latm.gateway.tracing import Tracing
from latm.gateway.upstream import Call
from latm.gateway.wire import Dialect, NotEligibleError, Shapes, Wanted, strict_json
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.observing import log

DIALECTS: Mapping[str, Dialect] = {"/chat/completions": Chat(), "/responses": responses.Responses()}
_OPEN_TO_KEYS = frozenset(
    (
        *DIALECTS,
        *("/completions", "/embeddings", "/moderations", "/models", "/images/generations", "/audio/speech"),
        *("/audio/transcriptions", "/audio/translations"),
    )
)
"""What a gateway's key may ask. Everything else (files, batches, stored responses) belongs to the upstream's one
account, which does not tell projects apart."""

_DETAILS = {Route.TOOL: "tool", Route.EXACT: "answer"}


@dataclass(slots=True)
class Request:
    """One request on its way.

    Attributes:
        call: as it would go on.
        caller: whose it is.
        started: when it came, by the performance counter.
        endpoint: what it is called in metrics.
        model: that it names; empty without one.
        dialect: how it is read and answered; None if only its bytes are passed on.
        wanted: what a tool may answer; None if none may.
        may_serve: whether an answer from here will do.
        may_learn: whether the answer may be kept.
        bypassed: why no tool may answer; empty if one may.
        fields: of its body, if that is a JSON object.
        usage: what an upstream's answer took, once it has ended.
        provider: of the upstream that answered.
        answer: a tool's.
    """

    call: Call
    caller: Caller
    started: float
    endpoint: str = "other"
    model: str = ""
    dialect: Dialect | None = None
    wanted: Wanted | None = None
    may_serve: bool = True
    may_learn: bool = True
    bypassed: str = ""
    fields: Mapping[str, Any] | None = None
    usage: Usage = field(default_factory=Usage)
    provider: str = ""
    answer: Answer | None = None

    @property
    def seconds(self) -> float:
        """Since it came."""
        return time.perf_counter() - self.started


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything under `/v1/`, as an ASGI application.

    Attributes:
        latm: open; makes the tools, and lets them answer.
        access: who may ask what, and how much of it.
        exchanges: with the upstreams.
        settings: how long is waited for what.
        metrics: count what happens.
        shapes: of the upstreams' answers.
        tracing: gives requests spans; None for none.
    """

    latm: AsyncLatm
    access: Access
    exchanges: Exchanges
    settings: GatewaySettings
    metrics: Metrics
    shapes: Shapes
    tracing: Tracing | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        outcome, request = "refused", None
        self.metrics.open.inc()
        try:
            request = await self._read(scope, receive, started)
            outcome = await self._answer(request, receive, send)
        except RefusedError as error:
            await reply(send, error.status, error.body, error.headers)
        except GoneError:
            outcome = "gone"
        finally:
            self.metrics.open.dec()
            endpoint, model = (request.endpoint, request.model) if request else ("other", "")
            seconds = time.perf_counter() - started
            self.metrics.done(endpoint, model, outcome, seconds)
            if request is not None and self.tracing is not None:
                self.tracing.ended(request, outcome, seconds)

    async def _read(self, scope: Scope, receive: Receive, started: float) -> Request:
        """What is asked, by whom, and whether a tool may answer.

        Raises:
            RefusedError: it may not be asked.
            GoneError: the client left.
        """
        headers: Raw = scope["headers"]
        caller = self.access.caller(headers)
        path = _path(scope)
        if caller.is_known and path not in _OPEN_TO_KEYS and not path.startswith("/models/"):
            said = f"Keys of this gateway are not for {path[:100]}."
            raise RefusedError(HTTPStatus.FORBIDDEN, said, "not_allowed")
        await self.access.admit(caller)
        body = await read_body(receive, self.settings.body_mb * 2**20)
        query = scope.get("query_string", b"")
        onward_path = f"{path}?{query.decode('latin-1')}" if query else path
        call = Call(scope["method"], onward_path, headers, body, replaces_key=caller.is_known)
        request = Request(call, caller, started)
        self._understand(request, path)
        await self._continued(request)
        self.access.check_model(caller, request.model, is_asked=bool(body))
        return request

    async def _continued(self, request: Request) -> None:
        """If a request goes on from an answer of ours, which the upstream does not know, write out what was said."""
        fields = request.fields or {}
        before = fields.get("previous_response_id")
        if request.endpoint != "responses" or not isinstance(before, str) or not before.startswith(responses.ID):
            return
        serial = before.removeprefix(responses.ID)
        try:
            async with asyncio.timeout(self.settings.tool_seconds):
                await self.latm.written()
                named = await asyncio.to_thread(self.latm.cache.answered, [serial])
        except (LatmError, TimeoutError):
            self.metrics.degraded("store")
            return
        said = [one.audit for one in named if one.audit.scope.project == request.caller.project]
        if said and said[0].text is not None:
            body = responses.going_on(fields, said[0].question, said[0].text)
            request.call = replace(request.call, body=json.dumps(body).encode())

    def _understand(self, request: Request, path: str) -> None:
        """Read a request as far as it can be read; what cannot be goes on as it is."""
        call = request.call
        said = directives(call.headers)
        request.may_serve = not said & {"no-cache", "no-store"}
        request.may_learn = "no-store" not in said
        request.bypassed = "endpoint"
        dialect = DIALECTS.get(path) if call.method == "POST" else None
        if dialect is not None:
            request.endpoint, request.dialect = dialect.name, dialect
        try:
            body = strict_json(call.body) if call.body else None
        except ValueError:
            request.bypassed = "body"
            return
        if not isinstance(body, dict):
            return
        model = body.get("model")
        request.model = model if isinstance(model, str) else ""
        request.fields = body
        if dialect is None or call.path != path:
            return
        try:
            wanted = dialect.read(body, request.caller.project)
        except NotEligibleError as why:
            request.bypassed = str(why)
            return
        except Exception:  # noqa: BLE001  # a mistake of ours must not stand in the way of an answer
            request.bypassed = "mistake"
            log.exception("a request goes on unread")
            return
        allowed = first(call.headers, b"x-latm-max-error")
        request.wanted = (
            replace(wanted, question=replace(wanted.question, max_error=_share(allowed))) if allowed else wanted
        )
        request.call, request.bypassed = replace(call, readable=True), ""

    async def _answer(self, request: Request, receive: Receive, send: Send) -> str:
        """By a tool, else by the upstream; what became of it, in a word."""
        attempt = None
        if request.wanted is None:
            self.metrics.bypassed(request.bypassed)
        else:
            attempt = await self._attempt(request)
            if attempt is not None and attempt.answer is not None:
                await self._serve(request, attempt, send)
                return _DETAILS[attempt.answer.route]
        done: list[Outcome] = []
        await unless_gone(receive, self.exchanges.relay(request, attempt, send, done.append))
        return done[0].value if done else "error"

    async def _attempt(self, request: Request) -> Attempt | None:
        """What the tools make of it; None if it may neither be served nor learnt, or if they are out of order."""
        wanted = request.wanted
        if wanted is None or not request.may_learn:
            return None
        question = named(wanted.question, self.latm.settings, wanted.parameters, is_cold=wanted.is_cold)
        untried = Attempt(question)
        if not request.may_serve:
            return untried
        try:
            async with asyncio.timeout(self.settings.tool_seconds):
                attempt = await self.latm.attempt(
                    question, accepts=lambda text: wanted.fits(text) and keeps(wanted.question.scope.form, text)
                )
        except TimeoutError:
            self.metrics.degraded("deadline")
        except LatmError as error:
            self.metrics.degraded("sandbox" if "andbox" in type(error).__name__ else "latm")
            log.warning("a request goes on without tools: %s", error.message)
        except Exception:  # noqa: BLE001  # a mistake of ours must not stand in the way of an answer
            self.metrics.degraded("mistake")
            log.exception("a request goes on without tools")
        else:
            return attempt
        return untried

    async def _serve(self, request: Request, attempt: Attempt, send: Send) -> None:
        """An answer from here, as an upstream would have given it."""
        wanted, answer, dialect = request.wanted, attempt.answer, request.dialect
        if wanted is None or answer is None or dialect is None:
            raise AssertionError("only what is wanted and answered is served")
        request.answer = answer
        body = dialect.answer(wanted, answer.text, answer.serial, self.shapes.like(wanted))
        saved = self.exchanges.saved(wanted, answer.text)
        detail = _DETAILS[answer.route]
        self.metrics.avoided(saved, detail)
        says = {
            "tool": f"{answer.tool[0]}@{answer.tool[1]}" if answer.tool else "",
            "error-bound": "" if answer.bound is None else f"{answer.bound:.4g}",
            "saved": f"tokens={saved}",
            "overhead-ms": f"{1000 * request.seconds:.2f}",
        }
        kind = "text/event-stream; charset=utf-8" if wanted.stream else "application/json"
        await reply(send, HTTPStatus.OK, body, [cache_status("hit", detail), *told(says)], kind)


def _path(scope: Scope) -> str:
    """The path behind the version.

    Raises:
        RefusedError: it leads elsewhere.
    """
    path = route_of(scope).removeprefix("/v1")
    if any(part in {"", ".", ".."} for part in path.split("/")[1:]) or not path.isascii() or not path.isprintable():
        raise RefusedError(HTTPStatus.NOT_FOUND, "There is no such path.", "not_found")
    return path


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        said = "x-latm-max-error is a share above 0 and below 1, such as 0.001."
        raise RefusedError(HTTPStatus.BAD_REQUEST, said, "invalid_header")
    return share
