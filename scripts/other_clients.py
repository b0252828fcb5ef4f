"""Install what is no dependency of latm, for the tests that try it: clients before the gateway, linters of `deploy/`.

    python scripts/other_clients.py          npm's and Python's
    python scripts/other_clients.py node     npm's alone, which takes seconds

`python3 start.py test` does the second first, and with `-m long` the other. npm's go by
`tests/gateway/clients/package-lock.json`, Python's by `requirements/clients.txt`, both with hashes, into the
environment's own folder `clients`; once, until a lock changes. Where they cannot be had, a file beside the folder says
why, and so do the tests that are skipped.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(sys.prefix) / "clients"
NODE, PYTHON = FOLDER / "node", FOLDER / "python"
INTERPRETER = PYTHON / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
_PACKAGES = [ROOT / "tests" / "gateway" / "clients" / name for name in ("package.json", "package-lock.json")]
_PINS = ROOT / "requirements" / "clients.txt"
_SECONDS = 300.0


class MissingError(Exception):
    """Some of them cannot be had; the text says why."""


def why_missing(folder: Path) -> str:
    """Why there are no clients in a folder; empty where they are there."""
    note = _note(folder)
    if note.exists():
        return note.read_text(encoding="utf-8")
    return "" if folder.is_dir() else "no clients are installed: run `python scripts/other_clients.py`"


def main(only: Sequence[str] = ()) -> int:
    """Install both, or those named; 0 also if one cannot be had, since nothing but its tests needs it."""
    for folder, locks, install in ((NODE, _PACKAGES, _node), (PYTHON, [_PINS], _python)):
        if only and folder.name not in only:
            continue
        digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
        done = folder / ".latm"
        if done.exists() and done.read_text() == digest:
            continue
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        try:
            install()
        except MissingError as error:
            shutil.rmtree(folder)
            _note(folder).write_text(str(error), encoding="utf-8")
            sys.stderr.write(f"Tests of {folder.name} clients will be skipped: {error}\n")
        else:
            done.write_text(digest)
            _note(folder).unlink(missing_ok=True)
    return 0


def _node() -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise MissingError("there is no npm and node")
    for file in _PACKAGES:
        shutil.copy(file, NODE)
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], NODE)


def _python() -> None:
    venv.create(PYTHON, with_pip=False)
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(INTERPRETER)]  # six times as fast
    _run([*uv, "--require-hashes", "-r", str(_PINS)], ROOT)


def _run(command: Sequence[str], folder: Path) -> None:
    named = f"`{Path(command[0]).name} {' '.join(command[1:4])} …`"
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603  # pip and npm
    except subprocess.TimeoutExpired as error:
        raise MissingError(f"{named} took longer than {_SECONDS:.0f} s") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise MissingError(f"{named} failed: {said[:300]}")


def _note(folder: Path) -> Path:
    return folder.with_suffix(".missing")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
