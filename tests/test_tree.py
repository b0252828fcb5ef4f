"""The directions of dependence, the public names, and what may not happen on import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import latm

SOURCE = Path(latm.__file__).parent
TESTS = Path(__file__).parent
LAYERS = {
    part: height
    for height, parts in enumerate(
        [
            (
                *(
                    "errors",
                    "form",
                    "question",
                    "task",
                    "tool",
                    "known",
                    "event",
                    "answer",
                    "ledger",
                    "paid",
                    "provenance",
                ),
                *(
                    "observing",
                    "settings",
                    "settings_file",
                    "garbage",
                    "visible",
                    "prompting",
                    "lifecycle",
                    "bridge",
                    "health",
                ),
            ),
            ("reading",),
            ("models", "sandbox", "kinds", "auditing", "telemetry"),
            ("store",),
            ("answering",),
            ("making",),
            ("learning",),
            ("exact",),
            ("circle", "reports", "sharing", "certified"),
            ("shelf",),
            ("arguments", "asking", "tables"),
            ("arriving",),
            ("running",),
            ("latm",),
            ("sync",),
            ("batch", "report", "parts", "engines"),
            ("demo", "mcp", "gateway"),
            ("cli",),
            ("__main__",),
        ]
    )
    for part in parts
}
"""Surfaces above the story above the ports above the nouns; a module may import what is below it, or its own part."""

EXCEPTIONS = {("settings", "sandbox")}
"""The settings name the isolation levels of the sandbox's protocol, which imports nothing."""


def parts() -> list[tuple[str, Path]]:
    return [
        (path.relative_to(SOURCE).parts[0].removesuffix(".py"), path)
        for path in sorted(SOURCE.rglob("*.py"))
        if path != SOURCE / "__init__.py"
    ]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "latm" else {node.module}
    return {name.split(".")[1] for name in names if name.startswith("latm.")} - {"__version__"}


def test_every_part_has_its_layer() -> None:
    assert {part for part, _ in parts()} <= LAYERS.keys()


@pytest.mark.parametrize(("part", "path"), parts(), ids=lambda value: str(value).removeprefix(str(SOURCE)))
def test_dependence_runs_one_way(part: str, path: Path) -> None:
    upward = {
        other
        for other in imported(path) - {part}
        if LAYERS[other] > LAYERS[part] or (LAYERS[other] == LAYERS[part] > 0 and (part, other) not in EXCEPTIONS)
    }
    assert {(part, other) for other in upward} <= EXCEPTIONS


TESTED = {
    "deploy": "the files of `deploy/`",
    "docs": "the pages of `docs/`",
    "mcp_server": "`mcp`, whose name is that of a package of others",
    "page": "`gateway/page`, over HTTP and in a browser",
    "service": "the public names, inside programs of others",
    "story": "how questions travel through all parts",
}
"""What tests stand for whose folder is not named after a package."""

TESTED_ELSEWHERE = {"engines": "batch", "mcp": "mcp_server", "telemetry": "service"}
"""Packages without a folder of their own, and where their tests are."""


def packages(folder: Path) -> set[str]:
    """The names of the folders in it that hold Python files."""
    return {path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.py"))}


def test_the_folders_of_tests_mirror_the_packages() -> None:
    shown = packages(SOURCE)
    assert packages(TESTS) - shown == TESTED.keys()
    assert {TESTED_ELSEWHERE.get(name, name) for name in shown} <= packages(TESTS)
    assert TESTED_ELSEWHERE.keys() <= shown - packages(TESTS)


def test_public_names_are_sorted_and_load_lazily() -> None:
    assert sorted(latm.__all__) == latm.__all__
    assert all(getattr(latm, name) for name in latm.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = latm.nonsense


def test_importing_latm_loads_nothing_else() -> None:
    code = (
        "import sys, latm; print([name for name in sys.modules if name.split('.')[0] in ('pydantic', 'anyio', 'rich')])"
    )
    loaded = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"
