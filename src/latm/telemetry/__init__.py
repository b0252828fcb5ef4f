"""Observers that hand on what happens to the tools that watch a service; each needs its extra."""

from latm.errors import SettingsError


def not_installed(package: str, extra: str) -> SettingsError:
    """What a missing package means, and what to do about it."""
    return SettingsError(f"The package {package} is not installed.", hint=f"pip install 'latm[{extra}]'")
