"""Base URLs as people write them, and the way to them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from asking import ask

from latm.errors import ModelError, ProviderError
from latm.models.access import ProviderModel
from latm.models.address import parse_name
from openai_endpoint import completion_body, serving_replies

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("url", "tried"),
    [
        ("http://h/v1", ["http://h/v1"]),
        ("http://h/v1/", ["http://h/v1"]),
        ("http://h/v1/chat/completions", ["http://h/v1"]),
        ("http://h/v1/chat/completions/", ["http://h/v1"]),
        ("http://h/v1/models", ["http://h/v1"]),
        ("http://h/api/v1beta/openai", ["http://h/api/v1beta/openai"]),
        ("http://h:11434", ["http://h:11434", "http://h:11434/v1"]),
        ("http://h:11434/", ["http://h:11434", "http://h:11434/v1"]),
        ("http://h/openai", ["http://h/openai", "http://h/openai/v1"]),
        ("http://h/chat/completions", ["http://h", "http://h/v1"]),
        ("http://h/openai?version=2", ["http://h/openai?version=2", "http://h/openai/v1?version=2"]),
    ],
)
def test_a_base_url_is_brought_into_form(url: str, tried: list[str]) -> None:
    assert parse_name(f"tiny@{url}").urls() == tried


@contextmanager
def served_at(path: str) -> Iterator[str]:
    """The root of a server that completes under one path."""
    paths = frozenset({f"{path}/chat/completions"})
    with serving_replies(lambda *_: (200, completion_body("Rome")), paths=paths) as url:
        yield url.removesuffix("/v1")


@pytest.mark.parametrize(
    ("path", "written", "used"),
    [
        ("/v1", "/v1", ""),
        ("/v1", "/v1/", "/v1"),
        ("/v1", "/v1/chat/completions", "/v1"),
        ("/v1", "", "/v1"),
        ("/v1", "/", "/v1"),
        ("/openai", "/openai", ""),
        ("/openai/v1", "/openai", "/openai/v1"),
    ],
)
@pytest.mark.parametrize("model", ["tiny", "@cf/meta/tiny", "org/tiny:free"])
async def test_it_is_reached_where_it_is_and_said_where_that_was_not_written(  # a table
    caplog: pytest.LogCaptureFixture, path: str, written: str, used: str, model: str
) -> None:
    with served_at(path) as root:
        asked = ProviderModel(f"{model}@{root}{written}", timeout=20)
        for _ in range(2):
            assert (await asked.complete(ask("?"))).text == "Rome"
        await asked.close()
    said = [record.getMessage().rpartition(" ")[2].removesuffix(".").removeprefix(root) for record in caplog.records]
    assert said == ([used] if used else [])


async def test_a_url_where_nothing_answers_ends_with_its_reason() -> None:
    with served_at("/elsewhere") as root:
        model = ProviderModel(f"tiny@{root}/api", timeout=20)
        with pytest.raises(ProviderError, match=r"HTTP 404.*Check the model's name and the URL") as caught:
            await model.complete(ask("?"))
        await model.close()
    assert (caught.value.reason, caught.value.ends_run) == ("address", True)


@pytest.mark.parametrize("name", ["tiny@http://127.0.0.1:1/v1", "openai:gpt-5"])
async def test_a_socks_proxy_names_the_extra_to_install(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with pytest.raises(ModelError, match=r'SOCKS proxy.*pip install "httpx2\[socks\]"') as caught:
        ProviderModel(name, timeout=20).connect()
    assert caught.value.reason == "proxy"
