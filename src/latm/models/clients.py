"""pydantic-ai's clients, built without sending anything."""

import importlib.util
import os
import re
from typing import TYPE_CHECKING

from latm.errors import ProviderError
from latm.garbage import collection_paused
from latm.models.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2
    from pydantic_ai.models import Model as Client
    from pydantic_ai.providers import Provider

ENVIRONMENT_VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`")
EXTRA = re.compile(r"pydantic-ai-slim\[([\w-]+)\]")
AT_THE_EDGE = frozenset(
    {"openai", "openai-chat", "openai-responses", "openrouter", "deepseek", "together", "fireworks"}
)
"""Providers that speak OpenAI's protocol through OpenAI's library, so that `EdgeClient` can stand before it."""
NO_TAGS = ("\0<", "\0>")
"""The library splits reasoning off by tags, and takes reasoning that was cut for the answer; `latm.models.text` does
that here, so the library looks for tags that no text has."""


@collection_paused()  # building one loads the libraries, which stay
def build_client(name: str, *, url: str, model: str, http: "httpx2.AsyncClient") -> "Client":
    """Build pydantic-ai's client for `provider:model`, or for `model` at an OpenAI-compatible `url`.

    Nothing is sent. An endpoint of one's own gets `OPENAI_API_KEY` if it is set, since hosted ones want a key, and
    a placeholder otherwise, since local ones want none.

    Args:
        name: as set.
        url: base URL; empty for a provider.
        model: the provider's name for the model.
        http: what sends, if the provider speaks OpenAI's protocol; the caller closes it.

    Raises:
        ProviderError: unknown provider, missing key, or the provider's package is not installed.
    """
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    try:
        if url:
            return _build_compatible(url, model, http)
        if name.partition(":")[0] in AT_THE_EDGE:
            return _without_tags(infer_model(name, lambda provider: _provider(provider, http)))
        return infer_model(name)
    except ImportError as error:
        raise not_installed(error, name) from error
    except UserError as error:
        raise _not_set_up(error, name) from error


def _provider(name: str, http: "httpx2.AsyncClient") -> "Provider[object]":
    from pydantic_ai.providers import infer_provider_class

    provider: Provider[object] = infer_provider_class(name)(http_client=http)  # type: ignore[call-arg]  # all at the edge do
    return provider


def _build_compatible(url: str, model: str, http: "httpx2.AsyncClient") -> "Client":
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    key = os.environ.get("OPENAI_API_KEY") or "no-key"
    provider = OpenAICompatibleProvider("openai-compatible", base_url=url, api_key=key, http_client=http)
    return _without_tags(OpenAIChatModel(model, provider=provider))


def _without_tags(client: "Client") -> "Client":
    """The same client, which leaves reasoning in the text."""
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles import ModelProfile

    if not isinstance(client, OpenAIChatModel) or client.provider is None:
        return client
    profile = ModelProfile(thinking_tags=NO_TAGS)
    return type(client)(client.model_name, provider=client.provider, profile=profile)


def takes_temperature(client: "Client") -> bool:
    """Whether a temperature may be sent; false for models that pydantic-ai knows to take none, and would warn of."""
    profile: Mapping[str, object] = client.profile
    reasons = profile.get("openai_supports_reasoning") and profile.get("thinking_enabled_by_default")
    return not (reasons or profile.get("anthropic_disallows_sampling_settings"))


def limit_name(client: "Client") -> str:
    """Under which name pydantic-ai sends the limit on tokens."""
    profile: Mapping[str, object] = client.profile
    completion = profile.get("openai_chat_supports_max_completion_tokens", True)
    return "max_completion_tokens" if completion else "max_tokens"


def not_installed(error: ImportError, name: str) -> ProviderError:
    """What to install if a package is missing."""
    from urllib.request import getproxies

    proxies = [url for url in getproxies().values() if url.lower().startswith("socks")]
    if proxies and importlib.util.find_spec("socksio") is None:
        return ProviderError(
            f"{name!r} would be reached through the SOCKS proxy {proxies[0]!r}, whose package is not installed.",
            hint='Run: pip install "httpx2[socks]"; or take ALL_PROXY out of the environment.',
            reason="proxy",
        )
    extra = EXTRA.search(str(error))
    package = f"pydantic-ai-slim[{extra[1]}]" if extra else "the provider's package"
    return ProviderError(
        f"The package that reaches {name!r} is not installed.", hint=f'Run: pip install "{package}".', reason="package"
    )


def _not_set_up(error: Exception, name: str) -> ProviderError:
    said = str(error)
    if said.startswith("Unknown model"):
        return ProviderError(
            f"The provider of {name!r} is unknown.",
            hint="Providers are openai, anthropic, google and the others of pydantic-ai, as in "
            "openrouter:org/model:free; for an endpoint of your own write model@URL.",
        )
    if variables := ENVIRONMENT_VARIABLE.findall(said):
        wanted = " or ".join(dict.fromkeys(variables))
        return ProviderError(
            f"No key or address is set for {name!r}.", hint=f"Set {wanted} in the environment.", reason="key"
        )
    return ProviderError(f"The provider of {name!r} is not set up: {one_line(said)}")
