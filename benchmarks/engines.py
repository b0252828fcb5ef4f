"""A long file through `latm run`: memory and speed by decile; and through an engine, one of whose workers is killed.

    python benchmarks/engines.py 1000000
    python benchmarks/engines.py 200000 --engine processes --kill
    python benchmarks/engines.py 200000 --engine ray --kill

Four kinds that have tools, and one question in a hundred that no tool answers. No model is set: what tools leave is
`failed`, and counts as answered once. The answers of an engine are held against those of one process, line by line.
"""

import argparse
import contextlib
import json
import operator
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from latm.provenance import Making, Outcome
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Program

TOOL = """import re
def parse(question):
    found = re.fullmatch(r"{pattern}", question)
    return None if found is None else {{"a": int(found[1]), "b": int(found[2])}}
def solve(a, b):
    return {formula}
def answer(value, question):
    return str(value)
"""
KINDS = {
    "total": ("What do {} parcels and {} parcels come to in all?", "a + b"),
    "left": ("A shelf holds {} books, and {} are lent out. How many remain?", "a - b"),
    "tiles": ("How many tiles cover a floor of {} rows with {} tiles each?", "a * b"),
    "shared": ("Share {} sweets among {} children: how many does each get?", "a // b"),
}
RIGHT = {"total": operator.add, "left": operator.sub, "tiles": operator.mul, "shared": operator.floordiv}
ODD = "Tell me something about the number {} and the town of {}, please."
ODD_SHARE = 0.01
DECILES = 10
BLOCK = 1_000


def question(rng: random.Random) -> str:
    """One question; the first of two numbers is the larger."""
    shape = ODD if rng.random() < ODD_SHARE else rng.choice(list(KINDS.values()))[0]
    return shape.format(rng.randrange(1000, 1_000_000), rng.randrange(1, 1000))


def fill(store: str) -> None:
    """A tool for each kind."""
    rng = random.Random(1)  # noqa: S311  # no secret
    with ToolCache.open(store) as cache:
        for name, (shape, formula) in KINDS.items():
            numbers = [(rng.randrange(1000, 9999), rng.randrange(1, 999)) for _ in range(12)]
            shown = [Example(shape.format(a, b), str(RIGHT[name](a, b))) for a, b in numbers]
            cache.add_examples(name, shown)
            pattern = shape.replace("?", r"\?").replace("{}", r"(\d+)")
            program = Program(TOOL.format(pattern=pattern, formula=formula))
            cache.record_making(Making(name, Outcome.MADE, "", program.id, "generated"), program)


def write(path: Path, count: int) -> None:
    """The questions, each with a number."""
    rng = random.Random(2)  # noqa: S311  # no secret
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"id": str(number), "question": question(rng)}) + "\n")


def children(pid: int) -> list[int]:
    """All processes below one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


def measured(pid: int) -> tuple[float, float]:
    """Resident megabytes of a process, and of all below it."""

    def resident(one: int) -> float:
        try:
            return int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        except OSError:
            return 0.0

    return resident(pid), sum(map(resident, children(pid)))


def lines_in(path: Path) -> Iterator[int]:
    """How many lines a file that grows has, whenever it is asked."""
    count, place = 0, 0
    while True:
        if path.exists():
            with path.open("rb") as file:
                file.seek(place)
                while part := file.read(1 << 20):
                    count += part.count(b"\n")
                    place += len(part)
        yield count


def victim(pid: int, engine: str) -> int:
    """One of the engine's workers."""
    mark = "latm.engines.processes" if engine == "processes" else "ray::_Actor"  # others of Ray take all with them
    for child in children(pid):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if (mark in command) if engine == "processes" else command.startswith(mark):
                return child
    raise SystemExit("no worker was found")


def run(folder: Path, count: int, engine: str, *, kill: bool) -> Path:
    """One run, with a row for each tenth of it."""
    output, store = folder / f"{engine}.jsonl", f"sqlite:///{folder}/{engine}.db"
    fill(store)
    command = [sys.executable, "-m", "latm", "run", str(folder / "questions.jsonl"), "-o", str(output)]
    command += ["--store", store, "--engine", engine, "--allow-failed", "--block", str(BLOCK)]
    started = before = time.monotonic()
    print(
        f"\n{engine}: {count:,} questions\n{'questions':>10} {'per second':>11} {'MB':>7} {'MB below':>9} {'CPU s':>7}"
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  # ours
        seen, tenth, written = 0, 1, lines_in(output)
        while process.poll() is None:
            time.sleep(0.05)
            done = next(written)
            if done >= tenth * count // DECILES:
                now = time.monotonic()
                own, below = measured(process.pid)
                ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                cpu = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
                print(f"{done:>10,} {(done - seen) / (now - before):>11,.0f} {own:>7,.0f} {below:>9,.0f} {cpu:>7.1f}")
                seen, before, tenth = done, now, tenth + 1
                if kill and tenth == DECILES // 2 + 1:
                    os.kill(lost := victim(process.pid, engine), signal.SIGKILL)
                    print(f"{'':>10} killed worker {lost}")
        said = process.communicate()
    seconds = time.monotonic() - started
    print(f"{count / seconds:,.0f} questions a second in {seconds:.1f} s; exit code {process.returncode}")
    if process.returncode:
        raise SystemExit(said[1])
    return output


def read(path: Path) -> list[tuple[object, ...]]:
    """What answers say, without what differs between any two runs."""
    keys = ("id", "question", "answer", "route", "task", "tool")
    with path.open() as file:
        return [tuple(json.loads(line)[key] for key in keys) for line in file]


def tools(store: Path) -> list[tuple[str, int, str]]:
    """Every version that there is."""
    with ToolCache.open(f"sqlite:///{store}") as cache:
        return [(tool.task, tool.number, tool.id) for tool in cache.tools()]


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--engine", choices=["local", "processes", "ray"], default="local")
    parser.add_argument("--kill", action="store_true", help="one worker, half-way")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "questions.jsonl", given.count)
        plain = run(folder, given.count, "local", kill=False)
        if given.engine == "local":
            return
        output = run(folder, given.count, given.engine, kill=given.kill)
        one, other = read(plain), read(output)
        ids = [line[0] for line in other]
        print(f"every id exactly once, in order: {ids == [str(number) for number in range(given.count)]}")
        print(f"equal answers: {one == other}")
        print(f"same tools: {tools(folder / 'local.db') == tools(folder / f'{given.engine}.db')}")
        spent = [len(read_serials(path)) for path in (plain, output)]
        print(f"serials of their own: {spent[0]:,} and {spent[1]:,}")


def read_serials(path: Path) -> set[str]:
    """The names of all answers."""
    with path.open() as file:
        return {json.loads(line).get("serial", "") for line in file}


if __name__ == "__main__":
    main()
