"""The experiments reach latm through public names alone, and latm does not know them."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import latm
import latm_bench

PUBLIC = {"latm", "latm.errors", "latm.parts", "latm.report", "latm.cli.plugin", "latm.demo.streams"}
BENCH = Path(latm_bench.__file__).parent
PRODUCT = Path(latm.__file__).parent


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Every import of a file: the module, and the name that is taken from it or nothing."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", sorted(BENCH.rglob("*.py")), ids=lambda path: str(path.relative_to(BENCH)))
def test_the_experiments_use_public_names_alone(path: Path) -> None:
    reached = {(module, name) for module, name in imported(path) if module.split(".")[0] == "latm"}
    private = {
        (module, name)
        for module, name in reached
        if module not in PUBLIC or (name and name not in getattr(import_module(module), "__all__", [name]))
    }
    assert private == set()


def test_latm_does_not_know_its_experiments() -> None:
    knowing = {
        str(path.relative_to(PRODUCT))
        for path in PRODUCT.rglob("*.py")
        for module, _ in imported(path)
        if module.split(".")[0] == "latm_bench"
    }
    assert knowing == set()
