"""Prompts are text files beside the code that sends them."""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(package: str, name: str) -> Template:
    return Template(files(package).joinpath("prompts", f"{name}.txt").read_text(encoding="utf-8").strip())


def render(package: str, name: str, **values: object) -> str:
    """The prompt `prompts/{name}.txt` of a package, with every `$value` filled in.

    Raises:
        KeyError: the prompt has a place that no value fills.
    """
    return _template(package, name).substitute({key: str(value) for key, value in values.items()})
