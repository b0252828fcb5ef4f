"""Change a room's code a little at a time, at random, and see which changes its fast tests do not notice.

    python scripts/mutate.py src/latm/answering --sample 150 --seed 1

The changes are mutmut's; CONTRIBUTING ("Mutation") says how to install it. For each the fastest tests run that reach
the changed function, as many as take `--budget` seconds together without the change; ten times as long counts as
noticed, so that a busy machine seldom decides. All of it happens on a copy, in `build/mutation/`, in one process of low
priority. Stop it when you like: the same command goes on from there. `--again` tries once more, with the tests and the
code as they are now, what was not noticed.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).resolve().parents[1]
STORY = "tests/story/test_"
TESTS = {
    "answering": [
        "tests/answering",
        "--ignore=tests/answering/test_peers.py",
        *(f"tests/making/test_{name}.py" for name in ("half", "paper_tools")),
        *(f"{STORY}{name}.py" for name in ("latm", "half_tools", "exact")),
    ],
    "kinds": ["tests/kinds", "tests/answering/test_index.py", "tests/answering/test_as_they_come.py"],
    "learning": [
        "tests/learning",
        *(f"{STORY}{name}.py" for name in ("latm", "kinds", "audits", "dormant", "widening")),
    ],
    "making": ["tests/making", "--ignore=tests/making/test_half_recorded.py"],
    "store": ["tests/store", "-k", "not postgresql and not survival and not rolling and not plans"],
}
"""Which tests concern a room; of others, the folder of the same name."""
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["{room}/*"]
also_copy = ["README.md", "docs"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist"]
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 10.0
timeout_constant = 2.0
track_dependencies = false
use_git_change_detection = false
"""
UNNOTICED = {"survived", "no tests"}
CHOSEN, WHOLE = Path("mutants", "mutmut-stats.json"), Path("mutants", "all-tests.json")
"""Which tests mutmut runs for each function, and which reach it."""


def main() -> int:
    """Copy the tree, find the mutants and their tests, try a sample, and say what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room", help="a folder of the source, such as src/latm/answering")
    parser.add_argument("--sample", type=int, default=150, help="how many mutants (150)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of tests for each (20)")
    parser.add_argument("--again", action="store_true", help="try once more what was not noticed")
    asked = parser.parse_args()
    room = asked.room.strip("/")
    if not (ROOT / room).is_dir():
        parser.error(f"{room} is not a folder of this tree; name one such as src/latm/answering")
    folder = ROOT / "build" / "mutation" / Path(room).name
    copy(folder, room)
    os.chdir(folder)
    if not WHOLE.exists() or asked.again:
        find_tests()
    choose_tests(asked.budget)
    known = outcomes()
    sample = sorted(random.Random(asked.seed).sample(sorted(known), min(asked.sample, len(known))))  # noqa: S311  # no secret
    due = {"not checked"} | (UNNOTICED if asked.again else set())
    if rest := [name for name in sample if known[name] in due]:
        mutmut("run", "--max-children", "1", *rest)
    tell(sample)
    return 0


def copy(folder: Path, room: str) -> None:
    """Bring the copy up to date, with mutmut's settings for this room; what it has found out stays."""
    for name in ("src", "tests", "scripts", "docs"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "README.md", folder)
    tests = json.dumps(TESTS.get(Path(room).name, [f"tests/{Path(room).name}"]))
    settings = (ROOT / "pyproject.toml").read_text() + SETTINGS.format(room=room, tests=tests)
    (folder / "pyproject.toml").write_text(settings)


def mutmut(*words: str) -> None:
    """Run mutmut, as the least urgent work of the machine."""
    environment = {"LATM_DATA": str(ROOT.parent / "shared" / "data"), **os.environ}
    command = [sys.executable, "-c", "import os; os.nice(10); from mutmut.__main__ import cli; cli()", *words]
    subprocess.run(command, env=environment, check=False)  # noqa: S603  # our own words


def find_tests() -> None:
    """Have mutmut find the mutants, and the tests that reach each function; for want of such a mutant it ends there."""
    if WHOLE.exists():
        shutil.copy2(WHOLE, CHOSEN)
    mutmut("run", "no mutant")
    if not CHOSEN.exists():
        sys.exit("The tests do not pass on the copy, so nothing was changed; what mutmut says above tells why.")
    shutil.copy2(CHOSEN, WHOLE)


def choose_tests(budget: float) -> None:
    """Leave each function the fastest tests that reach it, as many as the budget allows, or one."""
    told: dict[str, Any] = json.loads(WHOLE.read_text())
    seconds = told["duration_by_test"]
    for function, reaching in told["tests_by_mangled_function_name"].items():
        fastest = sorted(reaching, key=seconds.__getitem__)
        spent = itertools.accumulate(seconds[test] for test in fastest)
        told["tests_by_mangled_function_name"][function] = fastest[: max(1, sum(one <= budget for one in spent))]
    CHOSEN.write_text(json.dumps(told))


def outcomes() -> dict[str, str]:
    """What became of each mutant by its name, in mutmut's words."""
    told = [json.loads(path.read_text()) for path in sorted(Path("mutants").rglob("*.meta"))]
    return {name: status_by_exit_code[code] for file in told for name, code in file["exit_code_by_key"].items()}


def tell(sample: list[str]) -> None:
    """Show what was not noticed, and count the outcomes."""
    known = outcomes()
    for name in sample:
        if known[name] in UNNOTICED:
            changes = (line for line in get_diff_for_mutant(name).splitlines()[2:] if line.startswith(("+", "-")))
            print(f"\n{known[name]}: {name}", *changes, sep="\n")
    print(f"\n{len(sample)} of {len(known)} mutants:", dict(Counter(known[name] for name in sample)))


if __name__ == "__main__":
    sys.exit(main())
