"""What a command of another package is built with: settings as flags, and `--json`.

A package offers a command as an entry point of the group `latm.commands`; its name is the verb.
"""

from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, wants_json

__all__ = [
    "SettingsCommand",
    "json_option",
    "settings_from",
    "settings_options",
    "wants_json",
]
