"""One jail for all that a module's tests open: to start it takes longer than most of them."""

import inspect
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest

from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings

OWN = {"sandbox", "isolation", "workers", "tool_seconds", "tool_memory_mb", "tool_output_kb"}
"""The settings of a jail: a test that sets one gets a jail of its own."""


class Kept:
    """A sandbox that outlives those who enter and leave it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
async def jail() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


@pytest.fixture(autouse=True)
def one_jail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only for tests on the module's event loop: others have a loop of their own."""
    if not inspect.iscoroutinefunction(request.function):
        return
    jail = request.getfixturevalue("jail")

    def opened(settings: Settings) -> Sandbox:
        return open_sandbox(settings) if settings.model_fields_set & OWN else Kept(jail)

    monkeypatch.setattr("latm.latm.open_sandbox", opened)
