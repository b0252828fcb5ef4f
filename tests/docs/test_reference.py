"""The reference is read from the code; nothing public is missing from it."""

import pkgutil
import re
from pathlib import Path

import pytest
from doc_pages import PAGES, ROOT, named, text_of

import latm
from latm import errors
from latm.cli import VERBS, objects
from latm.settings import Settings

REFERENCE = {page.stem: text_of(page) for page in (ROOT / "docs/reference").glob("*.md")}


@pytest.mark.parametrize("page", [page for page in PAGES if "<!-- latm:" in page.read_text()], ids=named)
def test_every_marker_of_a_page_can_be_filled(page: Path) -> None:
    assert "<!-- latm:" not in text_of(page)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_reference(name: str) -> None:
    shown = REFERENCE["settings"].partition(f"### `{name}`\n")[2].partition("\n### ")[0]
    assert f"--{name.replace('_', '-')}`" in shown
    assert f"`LATM_{name.upper()}`" in shown
    assert str(Settings.model_fields[name].description) in shown


def test_the_reference_tells_no_path_of_the_machine_that_built_it() -> None:
    assert not [page for page, text in REFERENCE.items() if str(Path.home()) in text]


def test_every_command_is_in_the_reference() -> None:
    assert VERBS
    assert ".. click:: latm.cli:main\n" in REFERENCE["commands"]
    assert ":nested: full" in REFERENCE["commands"]


@pytest.mark.parametrize("name", latm.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert f":: latm.{name}\n" in REFERENCE["library"]


@pytest.mark.parametrize("name", [name for name in vars(objects) if name.endswith(("Object", "Row"))])
def test_every_object_is_in_the_reference(name: str) -> None:
    assert all(f"| `{key}` |" in REFERENCE["json"] for key in getattr(objects, name).__annotations__)
    assert f"### {name}\n" in REFERENCE["json"]


@pytest.mark.parametrize("name", [name for name in vars(errors) if name.endswith("Error")])
def test_every_error_is_in_the_reference_with_its_exit_code(name: str) -> None:
    assert f"| `{name}` |" in REFERENCE["exit-codes"]
    assert f"| {getattr(errors, name).exit_code} |" in REFERENCE["exit-codes"]


NAME = re.compile(r"`(latm(?:\.\w+)+)`")
FILES = {"latm.py", "latm.toml", "latm.cdx.json"}
ENTRY_POINTS = {"latm.commands", "latm.streams", "latm.tasks"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_dotted_name_in_a_page_is_in_the_code(page: Path) -> None:
    for name in set(NAME.findall(page.read_text())) - FILES - ENTRY_POINTS:
        assert pkgutil.resolve_name(name)


def test_every_gate_is_on_the_page_of_gates() -> None:
    making = "".join(path.read_text() for path in (ROOT / "src/latm/making").glob("*.py"))
    gates = set(re.findall(r'Gate\("([\w-]+)"', making)) | set(re.findall(r'\.answers\("([\w-]+)"', making))
    page = (ROOT / "docs/explanation/making-and-verifying.md").read_text()
    assert len(gates) > 8
    assert not [gate for gate in gates if f"| `{gate}` |" not in page]
