"""The upstream as latm's model of direct answers: audits and makings ask where the client would."""

import json
import time
from http import HTTPStatus
from typing import Any

from latm.errors import CutOffError, PassingModelError, ProviderError, RequestError
from latm.gateway.chat import heard_in
from latm.gateway.formats import as_response_format
from latm.gateway.upstream import Call, Reply, UpstreamError, Upstreams
from latm.gateway.wire import Tokens, Whole, money
from latm.ledger import Usage
from latm.models import Completion, Request

_LASTING = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND))
_SERVER = HTTPStatus.INTERNAL_SERVER_ERROR


class Reference:
    """Asks the upstream for the model that a question's scope names, with the instructions and the form of its scope.

    Args:
        upstreams: where it is asked.
    """

    name = "upstream"

    def __init__(self, upstreams: Upstreams) -> None:
        self.upstreams = upstreams
        self.model = ""
        """The model that was last heard of; asked if a request is of no scope, as that of a judge of wordings is."""

    async def complete(self, request: Request) -> Completion:
        """Ask once.

        Raises:
            ModelError: it could not answer.
        """
        started = time.perf_counter()
        scope = request.scope
        if not (model := scope.model or self.model):
            raise PassingModelError("No request has come yet that names a model.")
        messages = [{"role": one.role, "content": one.content} for one in request.messages]
        if scope.model:
            system = [{"role": "system", "content": scope.instructions}] if scope.instructions else []
            messages = [*system, {"role": "user", "content": request.messages[-1].content}]
        body: dict[str, Any] = {"model": model, "messages": messages}
        if form := as_response_format(scope.form):
            body["response_format"] = form
        call = Call(
            "POST",
            "/chat/completions",
            [(b"content-type", b"application/json")],
            json.dumps(body).encode(),
            replaces_key=True,
            readable=True,
        )
        try:
            async with self.upstreams.asked(call) as reply:
                return await _completion(reply, model, started)
        except UpstreamError as error:
            raise PassingModelError(error.message, reason="connection") from error


async def _completion(reply: Reply, model: str, started: float) -> Completion:
    listener = Whole(heard_in)
    try:
        async for chunk in reply.chunks:
            listener.feed(chunk)
        if reply.status in _LASTING:
            raise ProviderError(f"The upstream refuses {model!r} with status {reply.status}.")
        if reply.status >= _SERVER or reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise PassingModelError(f"The upstream answers {model!r} with status {reply.status}.")
        if reply.status != HTTPStatus.OK:
            raise RequestError(f"The upstream answers {model!r} with status {reply.status}.")
        heard = listener.heard(complete=True)
    except ValueError as error:
        raise PassingModelError(f"What the upstream answers for {model!r} is not a completion.") from error
    tokens = heard.tokens or Tokens()
    usage = Usage(1, tokens.sent, tokens.received, money(reply.upstream.provider, model, tokens))
    if heard.text is None:
        raise CutOffError(f"The answer of {model!r} is not whole, or more than text.", usage=usage)
    return Completion(heard.text, model, usage, time.perf_counter() - started)
