"""Groups whose verbs are imported when they are needed, and in which every foreseen error becomes a sentence."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from latm.cli.failing import explained, saying
from latm.garbage import collection_paused


class LazyGroup(click.Group):
    """A group that knows where its verbs are.

    Args:
        verbs: by name, `module:attribute` and the line that `--help` shows.
        **rest: as `click.Group` takes them.
    """

    def __init__(self, *, verbs: Mapping[str, tuple[str, str]], **rest: Any) -> None:
        super().__init__(**rest)
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # the signature is click's
        """The names, in the order of the table."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """Import one verb."""
        if cmd_name not in self.verbs:
            return None
        module, attribute = self.verbs[cmd_name][0].split(":")
        with collection_paused():
            command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.verbs.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; a foreseen error ends it with a sentence and its exit code."""
        with explained(ctx), saying():
            return super().invoke(ctx)
