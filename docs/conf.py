"""How Sphinx builds these pages. `python3 start.py docs` runs it; it needs no network."""

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from from_code import filled

from latm import __version__

project = "latm"
author = copyright = "The latm authors"  # noqa: A001  # Sphinx's own name
version = release = __version__

FLAG = re.compile(r"(?<![\w`-])--[a-z][a-z-]*")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
html_theme = "furo"
html_title = "latm"
default_role = "code"
html_static_path = ["_static"]
html_css_files = ["wide.css"]

myst_heading_anchors = 4
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
suppress_warnings = ["misc.highlighting_failure"]  # shell sessions hold what models said, which is in no language


def fill_markers(_app: Any, _page: str, source: list[str]) -> None:
    """Put what is read from the code where a page asks for it."""
    source[0] = filled(source[0])


def leave_out_settings(_app: Any, context: Any, lines: list[str]) -> None:
    """Say once per command that it takes settings; the reference has a page of them."""
    from latm.cli.options import SettingOption

    lines[:] = [re.sub(r"PosixPath\('(.*)'\)", r"\1", line) for line in lines]
    settings = {option.opts[0] for option in context.command.params if isinstance(option, SettingOption)}
    if not settings:
        return
    kept, keeps = list[str](), True
    for line in lines:
        if line.startswith(".. option::"):
            keeps = line.split()[2].rstrip(",") not in settings
        if keeps:
            kept.append(line)
    taken = f"``{settings.pop()}``" if len(settings) == 1 else "every setting"
    lines[:] = [*kept, "", f"It also takes {taken} as a flag: see :doc:`settings`.", ""]


def flags_as_code(_app: Any, _context: Any, lines: list[str]) -> None:
    """A flag in running text is code; the two dashes of a plain one would become one."""
    lines[:] = [line if line.startswith("..") else FLAG.sub(r"``\g<0>``", line) for line in lines]


def leave_out_signature(_app: Any, _what: str, name: str, *_rest: Any) -> tuple[str, None] | None:
    """The constructor of `Settings` takes every setting by name: a page of its own lists them."""
    return ("(**settings)", None) if name == "latm.Settings" else None


def examples_as_code(*event: Any) -> None:
    """The code under `Example:` in a docstring is code."""
    lines: list[str] = event[-1]
    if "Example:" in lines:
        place = lines.index("Example:")
        lines[place : place + 1] = ["Example::", ""]


def setup(app: Any) -> None:
    """Join the hooks to Sphinx's events."""
    app.connect("source-read", fill_markers)
    app.connect("sphinx-click-process-options", leave_out_settings)
    app.connect("sphinx-click-process-description", flags_as_code)
    app.connect("sphinx-click-process-options", flags_as_code)
    app.connect("sphinx-click-process-epilog", flags_as_code)
    app.connect("autodoc-process-docstring", examples_as_code, priority=100)  # before napoleon
    app.connect("autodoc-process-signature", leave_out_signature)
