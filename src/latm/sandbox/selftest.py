"""The start-up self-test: try, inside a worker, what must fail; refuse to serve if any of it does not."""

import os
import platform
import sys

from latm.errors import SandboxFailureError, SandboxUnavailableError
from latm.sandbox import seccomp
from latm.sandbox.protocol import Sandbox, Verdict

WHAT_TO_DO = (
    "Run it on Linux in the container image that the Dockerfile defines, or, to give tools everything that you "
    "have, set LATM_SANDBOX=unsafe-in-process."
)

_REPORT = """

def breaches():
    found = []
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
        except REFUSALS:
            continue
        found.append(name)
    return ", ".join(found)
"""

PROBE = """
import sys

REFUSALS = PermissionError

os, socket, mmap, ctypes = (sys.modules[name] for name in ("os", "socket", "mmap", "ctypes"))
libc = ctypes.CDLL(None, use_errno=True)


def native(function, *arguments):
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "refused")


def fork():
    if os.fork() == 0:
        os._exit(0)


ATTEMPTS = {
    "open a file": lambda: os.open("/", os.O_RDONLY),
    "open a socket": lambda: socket.socket(socket.AF_INET),
    "fork": fork,
    "run a program": lambda: os.execv("/proc/self/exe", ["x"]),
    "signal its parent": lambda: os.kill(os.getppid(), 0),
    "signal everyone": lambda: os.kill(-1, 0),
    "make executable memory": lambda: mmap.mmap(-1, 4096, prot=7),
    "trace a process": lambda: native(libc.ptrace, 0, 0, 0, 0),
    "lift its filter": lambda: native(libc.prctl, 22, 0, 0, 0),
    "read a foreign descriptor": lambda: os.read(0, 1),
}
"""


def demand_linux() -> None:
    """Refuse if the jail cannot work at all.

    Raises:
        SandboxUnavailableError: another kernel, or a machine without a table of system calls.
    """
    if sys.platform != "linux":
        raise SandboxUnavailableError(f"No jail is available on {platform.system()}.", hint=WHAT_TO_DO)
    if seccomp.architecture() is None:
        raise SandboxUnavailableError(f"No jail is available on Linux for {os.uname().machine}.", hint=WHAT_TO_DO)


async def demand_safety(sandbox: Sandbox, probe: str = PROBE) -> None:
    """Try what is forbidden.

    Args:
        sandbox: what to try it in.
        probe: a program with `ATTEMPTS` by name, and the `REFUSALS` that are right.

    Raises:
        SandboxUnavailableError: something forbidden succeeded.
        SandboxFailureError: the test could not be run.
    """
    result = await sandbox.call(probe + _REPORT, "breaches")
    if result.verdict is Verdict.INTERNAL:
        raise SandboxFailureError(f"The jail's self-test could not be run: {result.detail}", hint="Try again.")
    if result.verdict is not Verdict.OK:
        raise SandboxUnavailableError(f"The jail's self-test failed: {result.detail}", hint=WHAT_TO_DO)
    if result.text:
        raise SandboxUnavailableError(f"The jail leaks: a tool could {result.text}.", hint=WHAT_TO_DO)
