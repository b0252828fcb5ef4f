"""Functions over the standard library, as tools use it, give in the jail exactly what CPython gives."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from latm.sandbox import Result, Verdict
from latm.sandbox.jail import Jail
from latm.sandbox.plain import written
from latm.sandbox.reading import read_value
from latm.sandbox.wire import JSON, NotPlainError

pytestmark = pytest.mark.anyio


def cases() -> Iterator[Any]:
    for file in sorted(Path(__file__).parent.glob("stdlib/*.tool")):
        program = file.read_text()
        names = imported(program)
        for function, arguments in names["CASES"].items():
            yield pytest.param(program, function, arguments, id=f"{file.stem}-{function}")


def imported(program: str) -> dict[str, Any]:
    module = ModuleType("cpython_tool")
    # dataclasses look a class's module up here.
    sys.modules[module.__name__] = module
    exec(compile(program, "cpython_tool", "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # our own data
    return module.__dict__


def in_cpython(program: str, function: str, arguments: tuple[Any, ...]) -> tuple[Verdict, Any]:
    """The verdict, and the value or the exception's own words."""
    try:
        left = written(imported(program)[function](*arguments), 1 << 20)
    except NotPlainError:
        return Verdict.ERROR, ""
    except Exception as error:  # noqa: BLE001  # a tool's exception is what is compared
        return Verdict.ERROR, f"{type(error).__name__}: {error}"
    if isinstance(left, str):
        return Verdict.OK, left
    return (Verdict.OK, read_value(left.text)) if left.kind == JSON else (Verdict.ABSTAINED, None)


def test_there_are_enough_functions() -> None:
    assert len(list(cases())) >= 60


@pytest.mark.parametrize(("program", "function", "arguments"), list(cases()))
async def test_a_function_gives_in_the_jail_what_cpython_gives(
    batch_jail: Jail, program: str, function: str, arguments: list[tuple[Any, ...]]
) -> None:
    results = await batch_jail.batch(program, function, arguments)
    for result, given in zip(results, imported(program)["CASES"][function], strict=True):
        assert_same(result, *in_cpython(program, function, given))


def assert_same(result: Result, verdict: Verdict, expected: Any) -> None:
    assert result.verdict is verdict, result.detail
    if verdict is Verdict.ERROR:
        assert result.detail.startswith(expected)
    else:
        assert exactly(result.value) == exactly(expected)


def exactly(value: Any) -> Any:
    """A value with the types of all its parts, which equality alone would pass over."""
    if isinstance(value, dict):
        return type(value), [(exactly(key), exactly(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [exactly(item) for item in value]
    if isinstance(value, float):
        return float, repr(value)
    return type(value), value
