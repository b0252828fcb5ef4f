"""The product does not know the tasks that it is shown with."""

import ast
from pathlib import Path

import latm

SOURCE = Path(latm.__file__).parent
KNOWING = ("tasks", "demo", "bench", "cli")
HIDDEN = ("latm.tasks.generators", "latm.tasks.registry", "latm.tasks.sources", "latm.tasks.paper")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_only_demonstrations_studies_and_the_command_line_import_named_tasks() -> None:
    offenders = {
        str(path.relative_to(SOURCE)): name
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0].removesuffix(".py") not in KNOWING
        for name in imported(path)
        if name.startswith(HIDDEN)
    }

    assert offenders == {}


def test_splitting_knows_no_generator() -> None:
    for module in ("__init__", "splits"):
        assert not any(name.startswith(HIDDEN) for name in imported(SOURCE / "tasks" / f"{module}.py"))
