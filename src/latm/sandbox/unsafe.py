"""Tools inside this very process: no jail, no limits. For machines without a jail, and chosen by name only."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from latm.sandbox import stdlib, wire
from latm.sandbox.messages import request
from latm.sandbox.plain import written
from latm.sandbox.program import Program, ToolFailure
from latm.sandbox.protocol import Isolation, Limits, Result, Verdict

_log = logging.getLogger("latm.sandbox")


class UnsafeInProcess:
    """A `Sandbox` without walls: a tool can do everything that its user can, and one that hangs, hangs everything.

    Args:
        limits: only the limit on output is kept.
        isolation: at `shared` a program is imported once, otherwise for every request.
    """

    def __init__(self, limits: Limits, isolation: Isolation) -> None:
        self._limits = limits
        self._isolation = isolation
        self._programs: dict[str, Program] = {}

    async def load(self, program: str) -> Result:
        """See `Sandbox.load`."""
        try:
            self._program(program, self._isolation)
        except ToolFailure as failure:
            return Result(failure.verdict, detail=failure.detail)
        return Result(Verdict.OK)

    async def call(self, program: str, function: str, *arguments: Any) -> Result:
        """See `Sandbox.call`."""
        [result] = await self.batch(program, function, [arguments])
        return result

    async def batch(
        self, program: str, function: str, items: Sequence[Sequence[Any]], *, isolation: Isolation | None = None
    ) -> list[Result]:
        """See `Sandbox.batch`."""
        try:
            loaded = self._program(program, isolation or self._isolation)
        except ToolFailure as failure:
            return [Result(failure.verdict, detail=failure.detail)] * len(items)
        return [self._run(loaded.function(function), loaded, item) for item in items]

    async def close(self) -> None:
        """See `Sandbox.close`."""
        self._programs.clear()

    async def __aenter__(self) -> Self:
        _log.warning(
            "Tools run inside this process, without a jail: they can read, send and stop everything that you can. "
            "Set sandbox to 'jail' to change that."
        )
        stdlib.preload()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _program(self, source: str, level: Isolation) -> Program:
        if level is not Isolation.SHARED:
            return Program(source)
        if source not in self._programs:
            self._programs[source] = Program(source)
        return self._programs[source]

    def _run(self, function: Callable[..., Any], program: Program, arguments: Sequence[Any]) -> Result:
        started = time.perf_counter()
        # Arguments are copied as they would be on their way into a jail.
        copied = json.loads(request(list(arguments)).decode("utf-8", "surrogatepass"))
        try:
            value = written(function(*copied), self._limits.output_bytes)
        except BaseException as error:  # noqa: BLE001  # whatever a tool raises is its verdict
            failure = program.failure(error)
            return Result(failure.verdict, detail=failure.detail, seconds=time.perf_counter() - started)
        seconds = time.perf_counter() - started
        if isinstance(value, str):
            return Result(Verdict.OK, value, seconds=seconds)
        if value.kind == wire.ABSTAINED:
            return Result(Verdict.ABSTAINED, seconds=seconds)
        return Result(Verdict.OK, seconds=seconds, json=value.text)
