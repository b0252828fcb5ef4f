"""Commands that other packages bring, as entry points of the group `latm.commands`."""

from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from latm.cli.lazy import LazyGroup
from latm.errors import PluginError

GROUP = "latm.commands"
KNOWN = {"bench": ("latm-bench", "The paper's experiments, and the ones that it left open.")}
"""Commands that live in packages of latm's own: the package, and the line that `--help` shows."""


class PluggedGroup(LazyGroup):
    """A group whose own verbs are joined by those of installed packages; a verb of its own is never replaced."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Its own, then those that packages bring."""
        return [*super().list_commands(ctx), *self._brought()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb.

        Raises:
            PluginError: the package that brings it is missing, cannot be imported, or is one of two.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        points = self._brought().get(cmd_name, [])
        if points:
            return _loaded(cmd_name, points)
        if cmd_name in KNOWN:
            package = KNOWN[cmd_name][0]
            raise PluginError(
                f"`latm {cmd_name}` comes with the package {package}, which is not installed.",
                hint=f"Install it beside latm: `pip install {package}`, or `pip install ./bench` in a clone.",
            )
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        super().format_commands(ctx, formatter)
        brought = self._brought()
        lines = [(name, KNOWN[name][1] if name in KNOWN else _told(points)) for name, points in brought.items()]
        missing = [(name, f"{line} Needs {package}.") for name, (package, line) in KNOWN.items() if name not in brought]
        with formatter.section("From other packages"):
            formatter.write_dl([*lines, *missing])

    def _brought(self) -> Mapping[str, list[EntryPoint]]:
        found: defaultdict[str, list[EntryPoint]] = defaultdict(list)
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            if point.name not in self.verbs:
                found[point.name].append(point)
        return found


def _told(points: list[EntryPoint]) -> str:
    summaries = [str(point.dist.metadata["Summary"] or "") for point in points if point.dist]
    return (summaries or [""])[0] or f"From {points[0].module}."


def _loaded(name: str, points: list[EntryPoint]) -> click.Command:
    if len({point.value for point in points}) > 1:
        homes = " and ".join(sorted(point.dist.name if point.dist else point.value for point in points))
        raise PluginError(f"Two packages bring a command {name!r}: {homes}.", hint="Uninstall one of them.")
    point = points[0]
    home = point.dist.name if point.dist else point.module
    try:
        command: Any = point.load()
    except Exception as error:  # another package's code may raise anything
        raise PluginError(
            f"The command {name!r} of {home} cannot be loaded: {type(error).__name__}: {error}",
            hint=f"Upgrade or uninstall {home}; every other command works.",
        ) from error
    if not isinstance(command, click.Command):
        raise PluginError(
            f"The command {name!r} of {home} is {command!r}, which is not a click command.",
            hint=f"Upgrade or uninstall {home}; every other command works.",
        )
    return command
