"""The size and shape of the source: `python benchmarks/house.py --json`, beside any older tree by `--tree FOLDER`."""

import argparse
import ast
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class House:
    """A package in figures.

    Attributes:
        files: of Python.
        lines: of all files.
        rooms: lines by room: a sub-package, or a module that stands alone.
        arrows: pairs of rooms of which one imports the other.
        circles: groups of modules that import one another, by top-level and inner imports alike.
        longest_file: its lines.
        file_p90: lines of the file at the 90th percentile.
        longest_function: its lines, docstring included.
        function_median: lines.
        function_p90: lines.
    """

    files: int
    lines: int
    rooms: dict[str, int]
    arrows: int
    circles: list[list[str]]
    longest_file: int
    file_p90: int
    longest_function: int
    function_median: int
    function_p90: int


def measured(package: Path) -> House:
    """Read a package.

    Args:
        package: its folder.
    """
    modules = {name_of(path, package): path for path in sorted(package.rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules.items()}
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules.items()}
    imports = {name: set(imported(tree, modules)) - {name} for name, tree in trees.items()}
    rooms: Counter[str] = Counter()
    for name, count in lines.items():
        rooms[room_of(name)] += count
    functions = sorted(length for tree in trees.values() for length in lengths(tree))
    return House(
        files=len(modules),
        lines=sum(lines.values()),
        rooms=dict(rooms.most_common()),
        arrows=len({(room_of(a), room_of(b)) for a, others in imports.items() for b in others} - same_rooms(rooms)),
        circles=circles(imports),
        longest_file=max(lines.values()),
        file_p90=percentile(sorted(lines.values()), 90),
        longest_function=functions[-1],
        function_median=percentile(functions, 50),
        function_p90=percentile(functions, 90),
    )


def name_of(path: Path, package: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    """The sub-package that a module is in, or the module itself."""
    return name.split(".")[1] if "." in name else name


def same_rooms(rooms: Counter[str]) -> set[tuple[str, str]]:
    """What is no arrow: a room that imports itself."""
    return {(room, room) for room in rooms}


def imported(tree: ast.AST, modules: dict[str, Path]) -> Iterator[str]:
    """The modules of the package that a module imports when it runs, whatever for; not what only type checkers read."""
    for node in outside_of_type_checking(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys()
            yield from inner or {node.module}


def outside_of_type_checking(node: ast.AST) -> Iterator[ast.AST]:
    """Every node, but those below `if TYPE_CHECKING`."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from outside_of_type_checking(child)


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach one another."""
    reached = {name: reachable(name, imports) for name in imports}
    groups = {tuple(sorted(other for other in reached[name] if name in reached[other])) for name in imports}
    return [list(group) for group in sorted(groups) if group]


def reachable(name: str, imports: dict[str, set[str]]) -> set[str]:
    """What a module imports, and what that imports, and so on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = imports[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def lengths(tree: ast.AST) -> Iterator[int]:
    """Lines of every function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


def percentile(values: list[int], percent: int) -> int:
    """The value at a percentile of sorted values."""
    return values[min(len(values) - 1, len(values) * percent // 100)]


def main() -> None:
    """Measure both distributions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT, help="a checkout; the one of this script by default")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    found = {
        package.name: measured(package)
        for package in (options.tree / "src" / "latm", options.tree / "bench" / "src" / "latm_bench")
        if package.is_dir()
    }
    if options.json:
        print(json.dumps({name: asdict(house) for name, house in found.items()}, indent=1))
        return
    table: defaultdict[str, list[Any]] = defaultdict(list)
    for house in found.values():
        for name, value in asdict(house).items():
            table[name].append(len(value) if isinstance(value, list) else value)
    print("", *found, sep="\t")
    for name, values in table.items():
        if name != "rooms":
            print(name, *values, sep="\t")


if __name__ == "__main__":
    main()
