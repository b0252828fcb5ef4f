"""What this program and all below it take of the machine, and what others take meanwhile. Linux alone."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(root: int | None = None) -> list[int]:
    """A process and all below it; None: this one."""
    children: dict[int, list[int]] = {}
    for process, fields in _processes():
        children.setdefault(int(fields[1]), []).append(process)
    every, left = [], [root or os.getpid()]
    while left:
        one = left.pop()
        every.append(one)
        left += children.get(one, [])
    return every


def footprint(root: int | None = None) -> tuple[float, int]:
    """Memory of a process and all below it in MiB, shared pages counted once; and how many processes they are."""
    every = family(root)
    return sum(map(_memory_of, every)) / 1024, len(every)


def _memory_of(process: int) -> int:
    """KiB of a process, its part of shared pages included; 0 where it has ended meanwhile."""
    for file, name in (("smaps_rollup", "Pss"), ("status", "VmRSS")):  # a jailed process may not be looked into
        try:
            found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{process}/{file}").read_text(), re.MULTILINE)
        except OSError:
            continue
        if found:
            return int(found[1])
    return 0


def own_seconds(root: int | None = None) -> float:
    """Processor time of a process and of all below it, those that have ended included."""
    mine = set(family(root))
    times = (fields[11:15] for process, fields in _processes() if process in mine)
    return sum(map(int, (ticks for four in times for ticks in four))) / _TICKS


def all_seconds() -> float:
    """Processor time of the whole machine."""
    user, nice, system, _idle, _wait, interrupts, soft, stolen = Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, interrupts, soft, stolen))) / _TICKS


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Every process, with the fields of its `stat` from the third on."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue


class Watch:
    """A stretch of time: how long it was, and what it took."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), own_seconds(), all_seconds()

    def stop(self) -> tuple[float, float, float]:
        """Seconds, processor seconds of this program, and processor seconds of all others."""
        began, own, every = self._began
        mine = own_seconds() - own
        return time.perf_counter() - began, mine, max(0.0, all_seconds() - every - mine)
