"""How Sphinx builds these pages. `python3 start.py docs` runs it; it needs no network."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from from_code import filled

from latm import __version__

project = "latm"
author = "The latm authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
html_theme = "furo"
html_title = "latm"
default_role = "code"
pygments_style = "sphinx"

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

    settings = {option.opts[0] for option in context.command.params if isinstance(option, SettingOption)}
    if not settings:
        return
    kept, keeps = list[str](), True
    for line in lines:
        if line.startswith(".. option::"):
            keeps = line.split()[2] not in settings
        if keeps:
            kept.append(line)
    taken = f"``{settings.pop()}``" if len(settings) == 1 else "every setting"
    lines[:] = [*kept, "", f"It also takes {taken} as a flag: see :doc:`settings`.", ""]


def leave_out_signature(_app: Any, _what: str, name: str, *_rest: Any) -> tuple[str, None] | None:
    """The constructor of `Settings` takes every setting by name: a page of its own lists them."""
    return ("(**settings)", None) if name == "latm.Settings" else None


def setup(app: Any) -> None:
    """Join the hooks to Sphinx's events."""
    app.connect("source-read", fill_markers)
    app.connect("sphinx-click-process-options", leave_out_settings)
    app.connect("autodoc-process-signature", leave_out_signature)
