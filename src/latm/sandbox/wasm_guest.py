"""Runs inside CPython for WebAssembly: takes this package's modules from the host, and serves as a worker.

The host sends, as one line of JSON, the sources of the modules and the limit on output. What goes back first is where
the page of progress lies in this instance's memory.
"""

import json
import os
import sys
from array import array
from base64 import b64decode
from types import ModuleType
from typing import Any

INBOX, OUTBOX = 0, 1
"""The next ones are the interpreter's: its library is a folder in its own memory."""


def _line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(INBOX, 1 << 16)
    return line


def _install(sources: dict[str, str]) -> dict[str, Any]:
    """Put modules into the table, in the order in which they need each other."""
    modules: dict[str, Any] = {}
    for name, source in sources.items():
        module = modules[name] = ModuleType(name)
        sys.modules[name] = module
        exec(compile(source, f"<{name}>", "exec"), module.__dict__)  # noqa: S102  # the host's own modules
    return modules


def main() -> None:
    """Serve until the host is done with this instance."""
    order = json.loads(_line())
    modules = _install(order["modules"])
    standard, worker = modules["latm.sandbox.stdlib"], modules["latm.sandbox.worker"]
    worker.INBOX, worker.OUTBOX = INBOX, OUTBOX
    standard.preload()
    modules["latm.sandbox.timezones"].preload({name: b64decode(zone) for name, zone in order["zones"].items()})
    standard.forget_the_rest()
    standard.forget_paths()
    standard.hush()
    page = array("Q", bytes(64))
    baseline = modules["latm.sandbox.baseline"].Baseline()
    os.write(OUTBOX, json.dumps(page.buffer_info()[0]).encode() + b"\n")
    worker.run(memoryview(page), order["output"], baseline, alone=True)


main()
