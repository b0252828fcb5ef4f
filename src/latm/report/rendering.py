"""From a report to one HTML page."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from latm.errors import StoreFullError
from latm.report.parts import Report

_PACKAGE = "latm.report"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["asset"] = _asset
    return environment


def _asset(name: str) -> Markup:
    """A script or style sheet of ours, to stand in the page as it is."""
    return Markup(files(_PACKAGE).joinpath("assets", name).read_text(encoding="utf-8"))  # noqa: S704  # our own files


def render_report(report: Report) -> str:
    """The whole page; it needs no other file and no network."""
    return _environment().get_template("page.html").render(report=report)


def write_report(report: Report, path: Path) -> None:
    """Write the page to a file, whose folder is made if it is missing.

    Raises:
        StoreFullError: it cannot be written.
    """
    page = render_report(report)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StoreFullError(
            f"The page {str(path)!r} cannot be written: {error.strerror}.", hint="Name another file."
        ) from error
