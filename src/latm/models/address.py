"""Where a model is reached: its name read, its URL brought into the form that endpoints have."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from latm.errors import SettingsError

AT_URL = re.compile(r"(?P<model>\S+?)@(?P<url>https?://[^\s/]\S*)")
AT_PROVIDER = re.compile(r"(?P<provider>[\w/-]+):(?P<model>\S+)")

_METHOD = re.compile(r"/(?:chat/completions|completions|responses|models)$")
_VERSION = re.compile(r"/v\d+\w*(?:/|$)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is reached.

    Attributes:
        provider: a provider that pydantic-ai knows; empty for an endpoint of one's own.
        model: the provider's name for the model.
        url: base URL of an OpenAI-compatible endpoint, as it was written; empty for a provider.
    """

    provider: str
    model: str
    url: str = ""

    def urls(self) -> list[str]:
        """The base URLs to try, in order: without the method's path, and then with `/v1` if there is no version.

        One empty URL for a provider.
        """
        if not self.url:
            return [""]
        parts = urlsplit(self.url)
        path = _METHOD.sub("", parts.path.rstrip("/")).rstrip("/")
        paths = [path] if _VERSION.search(path) else [path, f"{path}/v1"]
        return [urlunsplit(parts._replace(path=each)) for each in paths]


def parse_name(name: str) -> Address:
    """Read `provider:model` or `model@URL`.

    Raises:
        SettingsError: it is neither.
    """
    if at_url := AT_URL.fullmatch(name):
        return Address("", at_url["model"], at_url["url"])
    if at_provider := AT_PROVIDER.fullmatch(name):
        return Address(at_provider["provider"], at_provider["model"])
    raise SettingsError(
        f"{name!r} is not the name of a model.",
        hint="Write provider:model, as in openai:gpt-5, or model@URL for an OpenAI-compatible endpoint.",
    )
