"""Two processes on one store, of which now one, now the other is killed and started anew."""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

_BEGINS = 120.0
"""Seconds that processes may take to begin, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When processes are killed.

    Attributes:
        pause: seconds from one kill to the next, at least and at most.
        settles: seconds before the first.
        ends: seconds after the last, until both are killed.
    """

    pause: tuple[float, float]
    settles: float = 0.0
    ends: float = 8.0


def kill_often(
    command: Callable[[int], list[str]],
    kills: int,
    seed: int,
    moments: Moments,
    begun: Callable[[], bool] = lambda: True,
) -> list[str]:
    """Kill one of two processes again and again, and start it anew each time.

    Args:
        command: of a process, by its number.
        kills: how often.
        seed: of the moments.
        moments: how they are chosen.
        begun: whether they have begun in earnest, which is waited for before all else.

    Returns:
        What processes said that ended by themselves, which none should.
    """
    rng = random.Random(seed)
    faults: list[str] = []

    def start(number: int) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, *command(number)], stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own program

    running = [start(1), start(2)]
    deadline = time.monotonic() + _BEGINS
    while not begun() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(moments.settles)
    for number in range(kills):
        time.sleep(rng.uniform(*moments.pause))
        place = rng.randrange(2)
        child = running[place]
        if child.poll() is not None and child.stderr:
            faults.append(child.stderr.read()[-500:])
        _end(child)
        running[place] = start(number + 3)
    time.sleep(moments.ends)
    for child in running:
        _end(child)
    return faults


def _end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def run_from_command_line(
    about: str | None, experiment: Callable[[Path, int, int, Moments], object], moments: Moments
) -> None:
    """Read how many kills, when, and which seed, and print what came of it as one object."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, nargs=2, default=moments.pause, help="seconds, longer on a busy machine")
    chosen = parser.parse_args()
    moments = replace(moments, pause=tuple(chosen.pause))
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(experiment(Path(folder), chosen.kills, chosen.seed, moments), indent=1) + "\n")
