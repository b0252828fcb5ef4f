"""The time zones that tools have: all that can be read where the jail starts."""

import os
import subprocess
import sys
from pathlib import Path

import latm

PROGRAM = """
import zoneinfo
from latm.sandbox import timezones
timezones.preload(timezones.found())
print(*zoneinfo.available_timezones())
"""


def test_a_link_to_nowhere_among_the_zones_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "Somewhere").write_bytes(b"TZif2")
    (tmp_path / "localtime").symlink_to(tmp_path / "missing")
    environment = os.environ | {"PYTHONTZPATH": str(tmp_path), "PYTHONPATH": str(Path(latm.__file__).parents[1])}
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["Somewhere"]
