"""Tools that an earlier run of the study of compiled tools has made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from latm import Making, ToolVersion
from latm.errors import InputError
from latm.parts import ToolCache
from latm_bench.running import TOOLS


@dataclass(frozen=True, slots=True)
class MadeTool:
    """A tool with the making that led to it."""

    tool: ToolVersion
    making: Making


def made_tools(store: str) -> dict[str, MadeTool]:
    """The tools in a cache, by task, each with its last making."""
    with ToolCache.open(store) as cache:
        makings = {making.task: making for making in cache.makings() if making.tool_id}
        return {task: MadeTool(cache.tool(task), making) for task, making in makings.items()}


def tools_of_run(folder: Path) -> Mapping[str, MadeTool]:
    """The tools of a run of `latm bench compiled`.

    Raises:
        InputError: the folder holds no tools.
    """
    file = folder / TOOLS
    if not file.exists():
        raise InputError(f"{str(folder)!r} holds no tools.", hint="Make some first, by `latm bench compiled`.")
    return made_tools(f"sqlite:///{file}")
