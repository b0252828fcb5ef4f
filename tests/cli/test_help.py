"""What `latm` says before anything is done: help, versions, and how quickly."""

import subprocess
import sys
from importlib import import_module
from typing import Any, get_type_hints

import pytest
from calling import Call

from latm.cli import VERBS, objects
from latm.cli.options import SECTIONS
from latm.settings import Settings

HEAVY = {"pydantic", "pydantic_ai", "sqlalchemy", "rich", "asyncio", "anyio", "openai", "alembic"}
KEEP_TOOLS = ["ask", "make", "run", "tools"]


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(flag: str) -> None:
    program = "import sys\nfrom latm.cli import main\nmain(sys.argv[1:], standalone_mode=False)\nprint(*sys.modules)"
    ended = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", program, flag], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in ended.stdout.splitlines()[-1].split()}
    assert "click" in loaded
    assert not loaded & HEAVY


def test_help_names_every_verb(latm: Call) -> None:
    shown = latm("--help").out
    assert all(f"\n  {verb} " in shown for verb in VERBS)


@pytest.mark.parametrize("verb", KEEP_TOOLS)
def test_a_verb_that_reports_takes_json_and_a_tool_cache(verb: str, latm: Call) -> None:
    ended = latm(verb, "--help")
    assert ended.code == 0
    assert "--json" in ended.out
    assert "--store" in ended.out


def test_every_setting_is_a_flag_under_one_heading() -> None:
    listed = [field for fields in SECTIONS.values() for field in fields]
    assert sorted(listed) == sorted(Settings.model_fields)


@pytest.mark.parametrize("verb", ["ask", "run", "make"])
def test_verbs_that_work_take_every_setting(verb: str) -> None:
    module, attribute = VERBS[verb][0].split(":")
    command = getattr(import_module(module), attribute)
    assert set(Settings.model_fields) <= {option.name for option in command.params}


OBJECTS: list[Any] = [value for name, value in vars(objects).items() if name.endswith(("Object", "Row"))]


@pytest.mark.parametrize("shape", OBJECTS, ids=lambda shape: shape.__name__)
def test_every_key_of_every_object_is_documented(shape: Any) -> None:
    hints = get_type_hints(shape, include_extras=True)
    assert all(hint.__metadata__[0] for hint in hints.values())
