"""The sandbox: runs tool code that nobody has read.

`open_sandbox` gives the backend that the settings name; the rest are the protocol's own names.
"""

from typing import TYPE_CHECKING

from latm.sandbox.protocol import Isolation, Limits, Result, Sandbox, Verdict

if TYPE_CHECKING:
    from latm.settings import Settings

__all__ = ["Isolation", "Limits", "Result", "Sandbox", "Verdict", "open_sandbox"]


def open_sandbox(settings: "Settings") -> Sandbox:
    """The sandbox that the settings name, not yet started: `async with` starts it.

    At its start the jail raises `SandboxUnavailableError` if it is not available on this machine.
    """
    # The zygote imports this package too, and must not load what only the host needs.
    from latm.sandbox.jail import Jail
    from latm.sandbox.unsafe import UnsafeInProcess
    from latm.sandbox.wasm import Wasm

    limits = Limits(settings.tool_seconds, settings.tool_memory_mb << 20, settings.tool_output_kb << 10)
    if settings.sandbox == "unsafe-in-process":
        return UnsafeInProcess(limits, settings.isolation)
    if settings.sandbox == "wasm":
        return Wasm(limits, settings.isolation, settings.workers)
    return Jail(limits, settings.isolation, settings.workers)
