"""Between latm's terms and pydantic-ai's: messages and errors."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from latm.errors import (
    MalformedError,
    ModelError,
    PassingModelError,
    ProviderError,
    QuotaError,
    RefusedError,
    RequestError,
)
from latm.models.port import Message
from latm.models.text import clean_text, one_line

if TYPE_CHECKING:
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.messages import ModelMessage

PASSING_STATUS = frozenset({408, 409, 425, 429})
MISSING = frozenset({404, 405})
FLAGGED = frozenset({"content_filter", "content_policy_violation", "moderation_blocked"})


def translated_messages(messages: Sequence[Message]) -> list["ModelMessage"]:
    """The conversation in pydantic-ai's form, without what has no UTF-8."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, UserPromptPart

    translated: list[ModelMessage] = []
    for is_answer, turns in groupby(messages, key=lambda message: message.role == "assistant"):
        if is_answer:
            translated.extend(ModelResponse([TextPart(clean_text(turn.content))]) for turn in turns)
            continue
        parts = [
            (SystemPromptPart if turn.role == "system" else UserPromptPart)(clean_text(turn.content)) for turn in turns
        ]
        translated.append(ModelRequest(parts))
    return translated


def error_body(error: Exception) -> object:
    """The provider's error object; None if it sent none."""
    from pydantic_ai.exceptions import ModelAPIError

    return error.body if isinstance(error, ModelAPIError) else None


def is_missing_page(error: Exception) -> bool:
    """Whether nothing answers at the address: a 404 or 405 that does not name what was not found."""
    from pydantic_ai.exceptions import ModelHTTPError

    if not isinstance(error, ModelHTTPError) or error.status_code not in MISSING:
        return False
    body = error.body if isinstance(error.body, Mapping) else {}
    return not body.get("code") and "not_found" not in str(body.get("type"))


def nowhere(error: BaseException) -> str:
    """What is wrong with an address at which nobody answers, such as a mistyped URL; empty if somebody may."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
            return "names a host that is not known"
        if isinstance(cause, ConnectionRefusedError):
            return "names an address where nothing listens"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it came from, and so on; a host with several addresses fails at each of them."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__


def translated_error(error: Exception, name: str, *, was_reached: bool = False) -> ModelError:
    """What a failed request means: what must be put right first, a fault of this one request, or what may pass.

    Args:
        error: pydantic-ai's.
        name: of the model.
        was_reached: whether the endpoint has answered before: then it is an outage if nobody is there any more.
    """
    from pydantic_ai import exceptions as theirs

    said = f"{_said(error).rstrip('.')}."
    if not was_reached and (wrong := nowhere(error)):
        hint = "Check the URL; if it is right, start its server, and ask again."
        return ProviderError(f"{name!r} {wrong}.", hint=hint, reason="address")
    if isinstance(error, theirs.UserError):
        return ProviderError(f"{name!r} is not set up: {said}")
    if isinstance(error, theirs.ContentFilterError):
        return RefusedError(f"{name!r} refused the request: {said}")
    if not isinstance(error, theirs.ModelAPIError):
        return MalformedError(f"{name!r} sent what is not a completion: {said}")
    if _may_pass(error):
        reason = _passing_reason(error)
        return PassingModelError(f"{name!r} could not answer: {said}", reason=reason, retry_after=error.retry_after)
    return _refusal(error, f"{name!r} refused the request: {said}")


def _may_pass(error: "ModelAPIError") -> bool:
    from pydantic_ai import exceptions as theirs

    if isinstance(error, theirs.ModelHTTPError) and not isinstance(error, theirs.ModelQuotaExceededError):
        return error.status_code in PASSING_STATUS or error.status_code >= 500  # noqa: PLR2004  # HTTP's server errors
    return not isinstance(error, theirs.ModelRequestRejectedError | theirs.ModelQuotaExceededError)


def _refusal(error: "ModelAPIError", sentence: str) -> ModelError:
    from pydantic_ai import exceptions as theirs

    match error:
        case theirs.ModelQuotaExceededError():
            return QuotaError(sentence, hint="Top up the account behind the key.")
        case theirs.ModelAuthenticationError():
            hint = "Set a valid key in the environment; OPENAI_API_KEY for an endpoint of your own."
            return ProviderError(sentence, hint=hint, reason="key")
        case theirs.ModelNotFoundError() | theirs.ModelHTTPError(status_code=405):
            reason = "address" if is_missing_page(error) else "model"
            return ProviderError(sentence, hint="Check the model's name and the URL.", reason=reason)
        case _:
            return RequestError(sentence, reason=_fault(error))


def _fault(error: "ModelAPIError") -> str:
    """What is wrong with a request that was refused, by the fields of the provider's error."""
    from pydantic_ai import exceptions as theirs

    too_large = isinstance(error, theirs.ModelHTTPError) and error.status_code == 413  # noqa: PLR2004  # HTTP's word for it
    if too_large or isinstance(error, theirs.ModelContextWindowExceededError):
        return "too long"
    is_flagged = FLAGGED & {error.provider_error_code, error.provider_error_type} or _has_moderation(error)
    return "flagged" if is_flagged else "rejected"


def _has_moderation(error: Exception) -> bool:
    """Whether a router says that its moderation flagged the request."""
    body = error_body(error)
    metadata = body.get("metadata") if isinstance(body, Mapping) else None
    return isinstance(metadata, Mapping) and ("flagged_input" in metadata or "reasons" in metadata)


def _passing_reason(error: Exception) -> str:
    from pydantic_ai import exceptions as theirs

    if isinstance(error, theirs.ModelRateLimitError):
        return "rate limit"
    return "connection" if isinstance(error, theirs.ModelConnectionError) else "server"


def _said(error: Exception) -> str:
    """The provider's own words if it sent some, as APIs in OpenAI's manner do."""
    from pydantic_ai.exceptions import ModelHTTPError

    if not isinstance(error, ModelHTTPError):
        return one_line(str(error))
    message = error.body.get("message") if isinstance(error.body, Mapping) else error.body
    return one_line(f"HTTP {error.status_code}, {message}" if message else f"HTTP {error.status_code}")
