"""The sandbox's protocol: what every backend offers, and the verdicts it may give."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self


class Verdict(StrEnum):
    """How a call ended. All but the last speak of the tool; `internal` speaks of the machine."""

    OK = "ok"
    ABSTAINED = "abstained"
    ERROR = "error"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    DENIED = "denied"
    INTERNAL = "internal"


class Isolation(StrEnum):
    """What one fresh fork serves: every call to a program, one batch of calls, or a single call."""

    SHARED = "shared"
    BATCH = "batch"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tool may use.

    Attributes:
        seconds: wall time of one call, and of loading a program.
        memory_bytes: address space beyond what the worker starts with.
        output_bytes: size of one encoded reply.
    """

    seconds: float = 2.0
    memory_bytes: int = 256 * 1024 * 1024
    output_bytes: int = 1024 * 1024


class Result(NamedTuple):
    """How one call ended. A tuple, because a batch makes a thousand, and a frozen dataclass takes three times as long.

    Attributes:
        verdict: how.
        text: the text that the function returned; None if it returned none.
        detail: one or a few lines for a person or a tool maker: the exception and the tool's own line, or the limit
            that was hit.
        seconds: wall time inside the worker; 0 if unknown.
        json: what the function returned that is neither a text nor None, as JSON that nobody has read: a worker that
            its tool has taken over may send anything.
    """

    verdict: Verdict
    text: str | None = None
    detail: str = ""
    seconds: float = 0.0
    json: str | None = None

    @property
    def value(self) -> Any:
        """What the function returned. Its JSON is read at each access; None if that is not JSON, or too large.

        Reading takes up to 5 ms. If a text alone will do, ask for `text`.
        """
        if self.json is None:
            return self.text
        # The zygote imports this module too, and must not load what only the host needs.
        from latm.sandbox.reading import read_value

        return read_value(self.json)


class Sandbox(Protocol):
    """Runs functions of programs that nobody has read.

    A program is the source text of a Python module. Arguments are plain JSON. Of what a function returns, a text, None
    and plain JSON come out as they are, and what `latm.sandbox.plain` lists in the form that it states; anything else
    is verdict `error`. All methods may be called concurrently from one event loop.
    """

    async def load(self, program: str) -> Result:
        """Import the program in a fresh worker: `ok`, or why it does not import."""
        ...

    async def call(self, program: str, function: str, *arguments: Any) -> Result:
        """Call one function of the program."""
        ...

    async def batch(
        self, program: str, function: str, items: Sequence[Sequence[Any]], *, isolation: Isolation | None = None
    ) -> list[Result]:
        """Call one function once per item (a sequence of positional arguments), each item with the full time limit.

        Args:
            program: the source.
            function: its name in the program.
            items: the arguments of each call.
            isolation: what one fresh fork serves; None: as the sandbox was opened. If it is given, the items are a
                check, which runs beside answers and behind them.

        Returns:
            One result per item in order; an item that is killed marks only itself.
        """
        ...

    async def close(self) -> None:
        """End every worker; no process is left."""
        ...

    async def __aenter__(self) -> Self:
        """Start, prove by self-test that what is forbidden fails, and only then serve."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        ...
