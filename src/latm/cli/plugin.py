"""What a command of another package is built with: settings as flags, and `--json`.

A package offers a command as an entry point of the group `latm.commands`; its name is the verb.
"""

import click

from latm.cli.failing import AS_JSON
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options

__all__ = [
    "SettingsCommand",
    "json_option",
    "settings_from",
    "settings_options",
    "wants_json",
]


def wants_json(context: click.Context) -> bool:
    """Whether `--json` was given."""
    return bool(context.meta.get(AS_JSON))
