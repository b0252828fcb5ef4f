"""Type checkers find what a user gets wrong, and nothing else."""

import json
import re
import subprocess
import sys
from pathlib import Path

import latm

ROOT = Path(__file__).parents[2]
USER_CODE = Path(__file__).parent / "data/user_code.py"
WRONG = {
    number for number, line in enumerate(USER_CODE.read_text().splitlines(), start=1) if line.endswith("  # wrong")
}
SOURCE = str(Path(latm.__file__).parents[1])


def run(folder: Path, *command: str) -> str:
    """What a type checker says, in a folder of its own."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  # our own tools
    assert done.returncode == 1, done.stderr
    return done.stdout


def test_mypy_finds_the_wrong_lines() -> None:
    said = run(ROOT, "mypy", str(USER_CODE))  # with the settings and the cache of our own check
    found = {int(line) for line in re.findall(r"user_code\.py:(\d+): error", said)}
    assert found == WRONG, said


def test_pyright_finds_the_wrong_lines(tmp_path: Path) -> None:
    settings = {"typeCheckingMode": "standard", "extraPaths": [SOURCE], "include": [str(USER_CODE)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    said = json.loads(run(tmp_path, "basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", "."))
    errors = [one for one in said["generalDiagnostics"] if one["severity"] == "error"]
    assert {one["range"]["start"]["line"] + 1 for one in errors} == WRONG, errors
