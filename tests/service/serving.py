"""What the service tests share: settings of a fresh store, models of one's own, programs in processes of their own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from latm import Settings
from latm.models.port import Request
from openai_endpoint import request_of
from toy import toy_reply

PROGRAMS = Path(__file__).with_name("programs")


def fresh(tmp_path: Path, **values: Any) -> Settings:
    return Settings.model_validate({"store": f"sqlite:///{tmp_path / 'latm.db'}", "making_tokens": 50} | values)


class Counted:
    """A model of one's own that says what a competent one would say, and counts how often it is asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, messages: list[dict[str, str]]) -> str:
        request = request_of({"messages": messages})
        self.requests.append(request)
        return toy_reply(request)


class Object:
    """The same as an object with one method."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> str:
        self.requests.append(request)
        return toy_reply(request)


def program(name: str, *words: str, folder: Path) -> "subprocess.Popen[str]":
    """Start a program of this folder."""
    return subprocess.Popen(  # noqa: S603  # our own programs
        [sys.executable, str(PROGRAMS / name), *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(PROGRAMS.parents[1]), "HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )
