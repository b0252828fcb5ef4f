"""The jail holds for root, for an ordinary user, and in a container that gives neither namespaces nor Landlock."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parents[2] / "src"
NOBODY = 65534
HANG = 120

ATTACK = """
import asyncio, json, os
from latm.sandbox import Isolation
from latm.sandbox.conformance import LIMITS, attacks
from latm.sandbox.jail import Jail

FEW = ("file_open", "file_descriptors", "socket_internet", "process_fork", "process_exec", "signal_everyone",
       "native_every_call", "native_mprotect", "memory_one_go", "time_stubborn", "patch_builtins", "state_globals")

async def main():
    async with Jail(LIMITS, Isolation.BATCH, workers=2) as jail:
        wrong = {attack.name: await attack.run(jail, Isolation.BATCH) for attack in attacks() if attack.name in FEW}
        print(json.dumps({"user": os.getuid(), "facts": jail.facts, "ran": len(wrong),
                          "wrong": {name: text for name, text in wrong.items() if text}}))

asyncio.run(main())
"""

# Refuses what a container's own filter refuses: unshare and Landlock.
CONTAINER = """
import ctypes, struct
from latm.sandbox import seccomp

step, machine = seccomp._step, seccomp.architecture()
unshare = {"x86_64": 272, "aarch64": 97}[__import__("platform").machine()]
code = [step(0x20, 0)]
for number, refusal in ((unshare, 1), (444, 38), (445, 38), (446, 38)):
    code += [step(0x15, number, 0, 1), step(0x06, 0x00050000 | refusal)]
code.append(step(0x06, 0x7FFF0000))
libc = ctypes.CDLL(None, use_errno=True)
seccomp.no_new_privileges(libc)
seccomp.install(libc, b"".join(code))
"""


def interpreter_for_nobody() -> str | None:
    """A Python of at least 3.11 that an ordinary user may run; this one may lie in root's home."""
    for candidate in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        if candidate and runs_as_nobody(candidate):
            return candidate
    return None


def runs_as_nobody(candidate: str) -> bool:
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([candidate, "-c", probe], user=NOBODY, group=NOBODY, check=False)  # noqa: S603  # a Python
    except PermissionError:
        return False
    return done.returncode == 0


def attacked(script: str, interpreter: str, **options: Any) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  # our own script
        [interpreter, "-c", script],
        env={"PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ran"] == 12
    return report


def test_the_jail_holds_for_whoever_runs_this() -> None:
    report = attacked(ATTACK, sys.executable)
    assert report["wrong"] == {}
    assert report["facts"]["user"] != 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become someone else")
def test_the_jail_holds_for_an_ordinary_user() -> None:
    interpreter = interpreter_for_nobody()
    if interpreter is None:
        pytest.skip("no Python that an ordinary user may run")
    report = attacked(ATTACK, interpreter, user=NOBODY, group=NOBODY, extra_groups=[])
    assert report["wrong"] == {}
    assert report["user"] == NOBODY


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no table of system calls")
def test_the_jail_holds_where_only_the_system_call_filter_is_to_be_had() -> None:
    report = attacked(CONTAINER + ATTACK, sys.executable)
    assert report["facts"]["landlock"] == 0
    assert report["facts"]["namespaces"] == []
    assert report["wrong"] == {}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become someone else")
def test_the_jail_holds_for_an_ordinary_user_in_such_a_container() -> None:
    interpreter = interpreter_for_nobody()
    if interpreter is None:
        pytest.skip("no Python that an ordinary user may run")
    report = attacked(CONTAINER + ATTACK, interpreter, user=NOBODY, group=NOBODY, extra_groups=[])
    assert (report["facts"]["landlock"], report["facts"]["namespaces"], report["wrong"]) == (0, [], {})


def test_without_a_system_call_filter_there_is_no_jail() -> None:
    no_filter = CONTAINER.replace("(unshare, 1)", "(unshare, 1), (157, 22), (167, 22)")
    start = ATTACK.replace("    async with", "    from latm.errors import SandboxUnavailableError\n    async with")
    done = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, "-c", no_filter + start],
        env={"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert done.returncode != 0
    assert "SandboxUnavailableError: The jail cannot be locked on this machine" in done.stderr
    assert "Dockerfile" in done.stderr
