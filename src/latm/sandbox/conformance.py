"""What every backend must pass: behaviour that the protocol promises, and attacks that must stay contained.

Each attack is a program in the folder `attacks`; its first lines are comments: what a tool cannot do, the verdicts
that are right, and, if `ok` is right, the value that shows that nothing was reached. If it has a function
`after`, a second call must find nothing that the first one left, and return True.
"""

import json
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Self

from latm.sandbox.protocol import Isolation, Limits, Result, Sandbox, Verdict

LIMITS = Limits(seconds=0.75, output_bytes=1 << 18)
"""Short, because a dozen checks wait for the time limit."""

_ANYTHING = object()
_OWN_FAILURES = frozenset(Verdict) - {Verdict.OK, Verdict.ABSTAINED, Verdict.INTERNAL}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found.

    Attributes:
        name: one sentence that is true of a safe sandbox.
        passed: whether it was.
        detail: what was seen instead; empty if it passed.
    """

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attack:
    """A program that tries what it must not, with the endings that are right.

    Attributes:
        name: of its file.
        sentence: what a tool cannot do.
        verdicts: the endings that are right.
        value: what it must return if it returns.
        program: its source, with a function `attack`.
    """

    name: str
    sentence: str
    verdicts: frozenset[Verdict]
    value: Any
    program: str

    @classmethod
    def read(cls, name: str, program: str, preludes: Mapping[str, str]) -> Self:
        """Read a program's first lines; one that says `with` begins with that prelude."""
        sentence, *rest = (line.removeprefix("# ") for line in program.splitlines() if line.startswith("# "))
        header = dict(line.split(": ", 1) for line in rest if ": " in line)
        verdicts = frozenset(map(Verdict, header["expect"].split()))
        value = json.loads(header["value"]) if "value" in header else _ANYTHING
        return cls(name, sentence, verdicts, value, (preludes[header["with"]] if "with" in header else "") + program)

    async def run(self, sandbox: Sandbox, isolation: Isolation) -> str:
        """Run it; what was wrong, or nothing."""
        result = await sandbox.call(self.program, "attack")
        if result.verdict not in self.verdicts:
            return f"it ended with {_shown(result)}"
        if result.verdict is Verdict.OK and self.value is not _ANYTHING and result.value != self.value:
            return f"it returned {result.value!r}"[:300]
        if "\ndef after()" in self.program and isolation is not Isolation.SHARED:
            after = await sandbox.call(self.program, "after")
            if after.value is not True:
                return f"the next call found something left: {_shown(after)}"
        return ""

    def in_webassembly(self) -> "Attack":
        """The same on a backend without system calls: its channels are 0 and 1, and each failure of its own is right.

        What asks Linux for something finds nothing to ask there, and fails in many ways.
        """
        program = self.program.replace("os.read(3,", "os.read(0,").replace("os.write(4,", "os.write(1,")
        return replace(self, program=program, verdicts=self.verdicts | _OWN_FAILURES)


def attacks() -> Iterator[Attack]:
    """Every attack that the package knows, by name."""
    folder = resources.files("latm.sandbox") / "attacks"
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}
    preludes = {name.removesuffix(".prelude"): text for name, text in texts.items() if name.endswith(".prelude")}
    for name in sorted(texts):
        if name.endswith(".tool"):
            yield Attack.read(name.removesuffix(".tool"), texts[name], preludes)


PLAIN: tuple[Any, ...] = (
    *(True, 0, -1, 2**63, -(2**63) - 1, 7**5000, 0.1, -0.0, "", "ä\x00😀", [], {}),
    *([1, [2]], {"a": 1}, {"!tuple": [1]}, {"a": [None, {"": True}]}),
)
"""Values that come back as they were."""

MADE: dict[str, Any] = {
    "10**4300": "1" + "0" * 4300,
    "(1, (2,))": [1, [2]],
    "b'\\x00\\xff'": "00ff",
    "{10, 9, 'a'}": ["a", 10, 9],
    "{1: 'a', None: 2, (2, 3): None, 1.5: 3}": {"1": "a", "null": 2, "[2,3]": None, "1.5": 3},
    "float('inf')": "inf",
    "[float('nan')]": ["nan"],
    "decimal.Decimal('1.50')": "1.50",
    "[fractions.Fraction(-3, 7), fractions.Fraction(4, 2)]": ["-3/7", "2"],
    "datetime.date(2024, 2, 29)": "2024-02-29",
    "datetime.time(1, 2, 3, 4)": "01:02:03.000004",
    "datetime.datetime(2024, 2, 29, 23, 59, tzinfo=datetime.timezone.utc)": "2024-02-29 23:59:00+00:00",
    "datetime.timedelta(-1, 2)": "-1 day, 0:00:02",
}
"""What a function returns, as an expression, and as what it leaves the jail."""

_TOOL = """
import datetime, decimal, fractions

def same(value):
    return value

def made(expression):
    return eval(expression)

def abstain():
    return None

def fail():
    return 1 / 0

def sometimes_hang(number):
    while number == 2:
        pass
    return number * number

def sometimes_grow(number):
    return len(bytearray(10**9)) if number == 2 else number * number
"""


async def _plain_data(sandbox: Sandbox) -> str:
    results = await sandbox.batch(_TOOL, "same", [[value] for value in PLAIN])
    results += await sandbox.batch(_TOOL, "made", [[expression] for expression in MADE])
    for result, value in zip(results, [*PLAIN, *MADE.values()], strict=True):
        if result.verdict is not Verdict.OK or (type(result.value), result.value) != (type(value), value):
            return f"{type(value).__name__} came back as {_shown(result)}"
    return ""


async def _abstaining(sandbox: Sandbox) -> str:
    return _differs(await sandbox.call(_TOOL, "abstain"), Verdict.ABSTAINED)


async def _own_line(sandbox: Sandbox) -> str:
    result = await sandbox.call(_TOOL, "fail")
    told = "ZeroDivisionError" in result.detail and "line 14, in fail: return 1 / 0" in result.detail
    return _differs(result, Verdict.ERROR) or ("" if told else result.detail)


async def _unknown_function(sandbox: Sandbox) -> str:
    return _differs(await sandbox.call(_TOOL, "missing"), Verdict.ERROR)


async def _syntax(sandbox: Sandbox) -> str:
    result = await sandbox.load("x = 1\ny = = 2\n")
    return _differs(result, Verdict.ERROR) or ("" if "line 2" in result.detail else result.detail)


async def _loading(sandbox: Sandbox) -> str:
    return _differs(await sandbox.load(_TOOL), Verdict.OK)


async def _marks_one(sandbox: Sandbox, function: str, verdict: Verdict) -> str:
    results = await sandbox.batch(_TOOL, function, [[number] for number in range(5)])
    seen = [result.value if result.verdict is Verdict.OK else result.verdict for result in results]
    return "" if seen == [0, 1, verdict, 9, 16] else f"a batch ended as {seen}"


async def _marks_time(sandbox: Sandbox) -> str:
    return await _marks_one(sandbox, "sometimes_hang", Verdict.TIME)


async def _marks_memory(sandbox: Sandbox) -> str:
    return await _marks_one(sandbox, "sometimes_grow", Verdict.MEMORY)


async def _order(sandbox: Sandbox) -> str:
    results = await sandbox.batch(_TOOL, "same", [[number] for number in range(1000)])
    return "" if [result.value for result in results] == list(range(1000)) else "results are out of order"


_BEHAVIOUR: tuple[tuple[str, Callable[[Sandbox], Awaitable[str]]], ...] = (
    ("Plain data of every kind comes back as it was.", _plain_data),
    ("A function that returns None abstains.", _abstaining),
    ("A tool's exception is told with the tool's own line.", _own_line),
    ("A function that the program lacks is the tool's error.", _unknown_function),
    ("A program that does not compile is told with its line.", _syntax),
    ("A good program loads.", _loading),
    ("In a batch, a call that hangs marks only itself.", _marks_time),
    ("In a batch, a call that takes too much memory marks only itself.", _marks_memory),
    ("A batch's results are in the order of its items.", _order),
)


async def check(sandbox: Sandbox, isolation: Isolation, programs: Iterable[Attack]) -> list[Outcome]:
    """Run every check on a started sandbox, one after the other."""
    outcomes = [_outcome(name, await behaviour(sandbox)) for name, behaviour in _BEHAVIOUR]
    outcomes += [_outcome(attack.sentence, await attack.run(sandbox, isolation)) for attack in programs]
    outcomes.append(_outcome("After all of this, a good tool is still served.", await _order(sandbox)))
    return outcomes


def report(outcomes: list[Outcome], backend: str, facts: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The outcomes with the machine's facts beside them, ready for JSON."""
    return {
        "passed": all(outcome.passed for outcome in outcomes),
        "backend": backend,
        "facts": facts,
        "seconds": round(seconds, 3),
        "checks": [{"name": each.name, "passed": each.passed, "detail": each.detail} for each in outcomes],
    }


async def checked(sandbox: Sandbox, backend: str, isolation: Isolation, facts: dict[str, Any]) -> dict[str, Any]:
    """Run every check; the whole report."""
    started = time.perf_counter()
    programs = (attack.in_webassembly() for attack in attacks()) if backend.startswith("wasm") else attacks()
    outcomes = await check(sandbox, isolation, programs)
    return report(outcomes, backend, facts, time.perf_counter() - started)


def _outcome(name: str, wrong: str) -> Outcome:
    return Outcome(name, not wrong, wrong)


def _differs(result: Result, verdict: Verdict) -> str:
    return "" if result.verdict is verdict else f"it ended with {_shown(result)}"


def _shown(result: Result) -> str:
    return f"{result.verdict.value}: {result.detail or result.value!r}"[:300]
