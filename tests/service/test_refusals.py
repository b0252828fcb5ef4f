"""Every public function with what it cannot take: one sentence, nothing is spent, nothing is kept.

The functions and their parameters come from the classes themselves; one without a row here fails.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from serving import Counted, fresh

from latm import AsyncLatm, Example, Latm, LatmError, Making, Program, ToolVersion
from latm.answering.answerer import Attempt
from latm.errors import InputError, LifecycleError
from latm.event import EventKind
from latm.ledger import Usage
from latm.provenance import Outcome
from latm.question import Question
from latm.sharing.bundle import Bundle
from latm.shelf import SyncTools, Tools
from toy import sum_question

EXAMPLES = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
PROGRAM = Program("def parse(question): ...\n")
MAKING = Making("sums", Outcome.MADE, "", PROGRAM.id, "")
SCOPED = {"instructions": "Be brief.", "scope": "acme"}
NAMED = {"name": "sums", "why": "it looks odd"}
RIGHT: dict[str, dict[str, Any]] = {
    "ask": {"question": "Who wrote Faust?", "max_error": 0.01, **SCOPED},
    "ask_many": {"questions": ["Who wrote Faust?"], **SCOPED},
    "attempt": {"question": "Who wrote Faust?", "accepts": str.isprintable},
    "learn_answer": {
        "attempt": Attempt(Question("Who wrote Faust?")),
        "text": "Goethe",
        "usage": Usage(calls=1),
        "seconds": 0.5,
    },
    "run": {"questions": ["Who wrote Faust?"], "length": 1, **SCOPED},
    "make": {"task": "sums", "examples": EXAMPLES, "protocol": "compiled", **SCOPED},
    "learn": {"task": "sums", "examples": EXAMPLES, **SCOPED},
    "why": {"task": "sums"},
    "forget": {
        "scope": "acme",
        "task": "sums",
        "older_than": timedelta(days=1),
        "containing": "Faust",
        "everything": False,
        "tools": False,
    },
    "report": {"serial": "0-1", "answer": "Goethe"},
    "written": {},
    "audited": {},
    "import_tool": {"bundle": Bundle("sums", PROGRAM, tuple(EXAMPLES)), "task": "sums", "examples": EXAMPLES, **SCOPED},
    "adopt": {"making": MAKING, "tool": ToolVersion("sums", PROGRAM, 1)},
    "tools.list": {},
    "tools.show": {"task": "sums"},
    "tools.retire": NAMED,
    "tools.restore": NAMED,
    "tools.approve": NAMED,
    "tools.pin": {**NAMED, "pinned": True},
    "tools.promote": NAMED,
    "tools.decide": {"task": "sums", "version": 1, "kind": EventKind.RETIRED, "why": "it looks odd"},
    "tools.merge": {"into": "sums", "others": ["additions"], "why": "they are one"},
    "tools.unmerge": {"task": "sums", "why": "they are two"},
    "tools.split": {"task": "sums", "containing": "Faust", "part": "additions", "why": "they are two"},
    "tools.rename": {"task": "sums", "new": "additions"},
    "tools.delete": {"task": "sums"},
    "tools.export": {"name": "sums"},
}
"""A right call of each."""

NAMES = [None, 5, b"sums", "", " \n", ["sums"]]
FLAGS = [None, "yes", 1]
WRONG: dict[str, list[Any]] = {
    "question": [None, 5, b"Who?", "", " \n", ["Who?"], {"role": "user"}, replace(EXAMPLES[0])],
    "questions": [None, 5, "Who?", b"Who?", [None], [b"Who?"], [["Who?"]]],
    "instructions": [5, b"Be brief.", ["Be brief."]],
    "scope": [5, b"acme", ["acme"]],
    "max_error": ["1 %", 0, 1, -0.5, True, float("nan")],
    "length": ["1", -1, 1.5],
    "task": NAMES,
    "name": NAMES,
    "new": NAMES,
    "into": NAMES,
    "part": [None, 5, b"odd"],
    "others": [None, 5, "sums", b"sums", [], *([name] for name in NAMES)],
    "version": [None, "1", 1.5, True],
    "kind": [None, 5, "odd", EventKind.MERGED],
    "why": [None, 5, b"odd"],
    "pinned": FLAGS,
    "everything": FLAGS,
    "tools": FLAGS,
    "examples": [None, 5, "1 + 1", [], EXAMPLES[0], [None] * 6, ["1 + 1"] * 6, [Example("", "1")] * 6],
    "protocol": [None, 5, "half", "papyrus"],
    "older_than": [5, "1 day"],
    "containing": [None, 5, b"Faust"],
    "serial": [None, 5, "", " "],
    "answer": [5, b"Goethe", ["Goethe"]],
    "accepts": ["Goethe", True],
    "attempt": [None, 5, "Who wrote Faust?", Question("Who wrote Faust?")],
    "text": [None, 5, b"Goethe", "", " \n"],
    "usage": [None, 5, {"calls": 1}],
    "seconds": [None, "1", -1, True, float("nan"), float("inf")],
    "bundle": [None, "sums", PROGRAM],
    "making": [None, "sums", replace(MAKING, tool_id="another")],
    "tool": [None, "sums", PROGRAM],
}
"""What each parameter refuses, whichever function it is of."""
TAKEN: list[tuple[str, str, Any]] = [
    ("forget", "task", None),
    ("forget", "scope", None),
    ("import_tool", "task", None),
    ("import_tool", "examples", []),
    ("tools.promote", "name", None),
]
"""What is wrong elsewhere, and means something to these."""


EXEMPT = {"open", "close", "health", "snapshot", "is_behind", "tools", "settings", "map"}
"""No function of the caller's data; opening, closing and `map` have tests of their own, and health never raises."""


def public(kind: type, prefix: str = "") -> dict[str, Callable[..., Any]]:
    return {
        prefix + name: call
        for name, call in inspect.getmembers(kind, callable)
        if not name.startswith("_") and name not in EXEMPT
    }


FUNCTIONS = public(AsyncLatm) | public(Tools, "tools.")


def found(latm: Any, name: str) -> Callable[..., Any]:
    """The function of this name, of an object or of its tools."""
    owner, _, method = name.rpartition(".")
    return getattr(latm.tools if owner else latm, method)  # type: ignore[no-any-return]  # a method


async def refusal(latm: AsyncLatm, name: str, call: Mapping[str, Any]) -> LatmError | None:
    """What a call raises; None where it is taken."""
    try:
        outcome = found(latm, name)(**call)
        if isinstance(outcome, AsyncIterator):
            async for _ in outcome:
                pass
        elif inspect.isawaitable(outcome):
            await outcome
    except LatmError as error:
        return error
    return None


def refusal_at_once(latm: Latm, name: str, call: Mapping[str, Any]) -> LatmError | None:
    """The same without an event loop."""
    try:
        outcome = found(latm, name)(**call)
        if isinstance(outcome, Iterator):
            list(outcome)
    except LatmError as error:
        return error
    return None


def demand_one_sentence(error: LatmError | None, call: Mapping[str, Any]) -> None:
    """An input error whose message is one sentence."""
    assert isinstance(error, InputError), call
    assert error.message.endswith("."), (call, error.message)
    assert "\n" not in error.message, (call, error.message)


def test_every_public_function_and_parameter_has_a_row() -> None:
    assert FUNCTIONS.keys() == RIGHT.keys()
    synchronous = public(Latm) | public(SyncTools, "tools.")
    assert synchronous.keys() == RIGHT.keys() - {"adopt"}
    for functions in (FUNCTIONS, synchronous):
        for name, call in functions.items():
            assert set(inspect.signature(call).parameters) - {"self"} == RIGHT[name].keys(), name
    assert {parameter for call in RIGHT.values() for parameter in call} == WRONG.keys()


def refused(name: str) -> Iterator[Mapping[str, Any]]:
    """Every wrong call of a function: all is right but one argument; for `forget` it is the only one."""
    for parameter in RIGHT[name]:
        for value in WRONG[parameter]:
            if (name, parameter, value) in TAKEN:
                continue
            if name == "forget":
                yield ({} if parameter == "everything" else {"containing": "Faust"}) | {parameter: value}
            else:
                yield RIGHT[name] | {parameter: value}


@pytest.fixture(scope="module")
def model() -> Counted:
    """A model that is never asked."""
    return Counted()


@pytest.fixture(scope="module")
async def latm(model: Counted, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncLatm]:
    """One for all refusals: they leave nothing behind."""
    async with AsyncLatm(fresh(tmp_path_factory.mktemp("refusing")), maker=model) as latm:
        yield latm


@pytest.fixture(scope="module")
def sync_latm(model: Counted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Latm]:
    """The same without an event loop."""
    with Latm(fresh(tmp_path_factory.mktemp("refusing")), maker=model) as latm:
        yield latm


@pytest.mark.anyio
@pytest.mark.parametrize("name", [name for name in RIGHT if RIGHT[name]])
async def test_what_it_cannot_take_is_one_sentence_and_nothing_is_spent_or_kept(
    latm: AsyncLatm, model: Counted, name: str
) -> None:
    for call in refused(name):
        demand_one_sentence(await refusal(latm, name, call), call)
    assert not latm.cache.tasks()
    assert not latm.cache.answers()
    assert not latm.cache.makings()
    assert not model.requests


@pytest.mark.parametrize("name", [name for name in RIGHT if RIGHT[name] and name != "adopt"])
def test_the_sync_face_refuses_alike(sync_latm: Latm, model: Counted, name: str) -> None:
    for call in refused(name):
        demand_one_sentence(refusal_at_once(sync_latm, name, call), call)
    assert not sync_latm.tools.list()
    assert not model.requests


def test_out_of_place_every_function_is_refused(tmp_path: Path) -> None:
    model = Counted()

    async def all_refused(latm: AsyncLatm, state: str) -> None:
        for name, call in RIGHT.items():
            error = await refusal(latm, name, call)
            assert isinstance(error, LifecycleError), name
            assert f"AsyncLatm {state}" in error.message
        with pytest.raises(LifecycleError, match=f"AsyncLatm {state}"):
            _ = latm.snapshot

    async def main() -> None:
        latm = AsyncLatm(fresh(tmp_path), maker=model)
        await all_refused(latm, "is not open")
        async with latm:
            kept = latm.tools
            with pytest.raises(LifecycleError, match="is open already"):
                await latm.open()
        await all_refused(latm, "is closed")
        with pytest.raises(LifecycleError, match="is closed"):
            await kept.list()

    asyncio.run(main())
    assert not model.requests


def test_out_of_place_the_sync_face_is_refused_alike(tmp_path: Path) -> None:
    model = Counted()

    def all_refused(latm: Latm, state: str) -> None:
        for name, call in RIGHT.items():
            if name != "adopt":
                error = refusal_at_once(latm, name, call)
                assert isinstance(error, LifecycleError), name
                assert f"Latm {state}" in error.message

    latm = Latm(fresh(tmp_path), maker=model)
    all_refused(latm, "is not open")
    with latm:
        kept = latm.tools
    all_refused(latm, "is closed")
    with pytest.raises(LifecycleError, match="is closed"):
        kept.list()
    assert not model.requests
