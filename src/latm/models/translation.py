"""Between latm's terms and pydantic-ai's: clients, messages and errors."""

import os
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from json import JSONDecodeError
from typing import TYPE_CHECKING

from latm.errors import ModelError, PassingModelError, ProviderError
from latm.models.port import Message

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import Model as Client

ENVIRONMENT_VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`")
EXTRA = re.compile(r"pydantic-ai-slim\[([\w-]+)\]")
PASSING_STATUS = frozenset({408, 409, 425, 429})
LONGEST_DETAIL = 300
MALFORMED = (JSONDecodeError, AttributeError, TypeError)
"""What the providers' libraries raise where a body is JSON of another shape, or is no JSON at all."""


def build_client(name: str, *, url: str, model: str) -> "Client":
    """Build pydantic-ai's client for `provider:model`, or for `model` at an OpenAI-compatible `url`.

    Nothing is sent. An endpoint of one's own gets `OPENAI_API_KEY` where it is set, since hosted ones want a key, and
    a placeholder otherwise, since local ones want none.

    Raises:
        ProviderError: unknown provider, missing key, or the provider's package is not installed.
    """
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    try:
        return _build_compatible(url, model) if url else infer_model(name)
    except ImportError as error:
        raise _not_installed(error, name) from error
    except UserError as error:
        raise _not_set_up(error, name) from error


def _build_compatible(url: str, model: str) -> "Client":
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    key = os.environ.get("OPENAI_API_KEY") or "no-key"
    return OpenAIChatModel(model, provider=OpenAICompatibleProvider("openai-compatible", base_url=url, api_key=key))


def takes_temperature(client: "Client") -> bool:
    """Whether a temperature may be sent; false for models that pydantic-ai knows to take none, and would warn of."""
    profile: Mapping[str, object] = client.profile
    reasons = profile.get("openai_supports_reasoning") and profile.get("thinking_enabled_by_default")
    return not (reasons or profile.get("anthropic_disallows_sampling_settings"))


def _not_installed(error: ImportError, name: str) -> ProviderError:
    extra = EXTRA.search(str(error))
    package = f"pydantic-ai-slim[{extra[1]}]" if extra else "the provider's package"
    return ProviderError(f"The package that reaches {name!r} is not installed.", hint=f'Run: pip install "{package}".')


def _not_set_up(error: Exception, name: str) -> ProviderError:
    said = str(error)
    if said.startswith("Unknown model"):
        return ProviderError(
            f"The provider of {name!r} is unknown.",
            hint="Providers are openai, anthropic, google and the others of pydantic-ai; "
            "for an endpoint of your own write model@URL.",
        )
    if variables := ENVIRONMENT_VARIABLE.findall(said):
        wanted = " or ".join(dict.fromkeys(variables))
        return ProviderError(f"No key or address is set for {name!r}.", hint=f"Set {wanted} in the environment.")
    return ProviderError(f"The provider of {name!r} is not set up: {_shortened(said)}")


def translated_messages(messages: Sequence[Message]) -> list["ModelMessage"]:
    """The conversation in pydantic-ai's form."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, UserPromptPart

    translated: list[ModelMessage] = []
    for is_answer, turns in groupby(messages, key=lambda message: message.role == "assistant"):
        if is_answer:
            translated.extend(ModelResponse([TextPart(turn.content)]) for turn in turns)
            continue
        parts = [(SystemPromptPart if turn.role == "system" else UserPromptPart)(turn.content) for turn in turns]
        translated.append(ModelRequest(parts))
    return translated


def translated_error(error: Exception, name: str) -> ModelError:
    """What a failed request means: worth another try, or what has to be mended first."""
    from pydantic_ai import exceptions as theirs

    said = f"{_said(error).rstrip('.')}."
    if _may_pass(error):
        wait = error.retry_after if isinstance(error, theirs.ModelAPIError) else None
        return PassingModelError(f"{name!r} could not answer: {said}", retry_after=wait)
    match error:
        case theirs.ModelQuotaExceededError():
            hint = "Top up the account behind the key."
        case theirs.ModelAuthenticationError():
            hint = "Set a valid key in the environment; OPENAI_API_KEY for an endpoint of your own."
        case theirs.ModelNotFoundError():
            hint = "Check the model's name and the URL."
        case _:
            hint = ""
    return ProviderError(f"{name!r} refused the request: {said}", hint=hint)


def _may_pass(error: Exception) -> bool:
    from pydantic_ai import exceptions as theirs

    if isinstance(error, theirs.ModelQuotaExceededError):
        return False
    if isinstance(error, theirs.ModelHTTPError):
        return error.status_code in PASSING_STATUS or error.status_code >= 500  # noqa: PLR2004  # HTTP's server errors
    # What is left are lost connections, and bodies that are no completion, such as a proxy's error page.
    return not isinstance(error, theirs.UserError | theirs.ContentFilterError | theirs.ModelRequestRejectedError)


def _said(error: Exception) -> str:
    """The provider's own words where it sent some, as APIs in OpenAI's manner do."""
    from pydantic_ai.exceptions import ModelHTTPError

    if isinstance(error, MALFORMED):
        return f"it sent what is no completion ({_shortened(str(error))})"
    if not isinstance(error, ModelHTTPError):
        return _shortened(str(error))
    message = error.body.get("message") if isinstance(error.body, dict) else error.body
    return _shortened(f"HTTP {error.status_code}, {message}" if message else f"HTTP {error.status_code}")


def _shortened(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= LONGEST_DETAIL else f"{line[:LONGEST_DETAIL]}…"
