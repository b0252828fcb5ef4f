"""Set everything up in a virtual environment, then run latm or its tests.

    python3 start.py demo            set up, then `latm demo`; any other latm command works alike
    python3 start.py test            set up with the tools of development, then pass all tests on all cores; options go
                                     to pytest, so `-n0` runs them one after the other and `-m long` runs the long ones
    python3 start.py check           set up with the tools of development, then ruff and mypy
    python3 start.py docs            set up with the tools of the documentation, then build it into `site/`
    python3 start.py release         set up with the tools of a release, then build it into `dist/`

Needs Python 3.11 or newer with pip. All of it lands in `.venv`, or in the folder that LATM_VENV names; delete that to
undo it.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PACKAGES = (ROOT, ROOT / "bench")
VENV = Path(os.environ.get("LATM_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CHECKS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
PROCESSES = min(8, (os.cpu_count() or 1) + 2)
"""Of tests: two more than cores, since each waits now and then."""
PROGRAMS = {
    "test": ("dev", lambda rest: ["-m", "pytest", f"--numprocesses={PROCESSES}", "--dist=worksteal", *rest]),
    "docs": ("docs", lambda rest: ["-m", "sphinx", "-W", "--keep-going", "-E", "-q", *rest, "docs", "site"]),
    "release": ("release", lambda rest: ["scripts/release.py", *rest]),
}
"""What a verb needs, and what it runs, from the words that follow it."""


def main(words: list[str]) -> int:
    """Set up what the words ask for, and run it."""
    if sys.version_info < (3, 11):  # noqa: UP036  # this script is run before any requirement was checked
        print(f"latm needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    if not words or words[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    verb, rest = words[0], words[1:]
    if verb == "check":
        set_up("dev")
        return max(run("python", "-m", *check, folder=ROOT) for check in CHECKS)
    if verb in PROGRAMS:
        needed, program = PROGRAMS[verb]
        set_up(needed)
        if verb == "test":
            run("python", "scripts/other_clients.py", *([] if "long" in rest else ["node"]), folder=ROOT)
        return run("python", *program(rest), folder=ROOT)
    set_up("run")
    return run("latm", *words)


def set_up(what: str) -> None:
    """Install the pinned requirements and latm itself, unless that has been done."""
    needed = [ROOT / "requirements" / f"{name}.txt" for name in ("build", what)]
    told = [*needed, *(folder / "pyproject.toml" for folder in PACKAGES)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in told)).hexdigest()
    done = VENV / f".latm-{what}"
    if done.exists() and done.read_text() == digest:
        return
    print(f"Setting up {VENV} …", file=sys.stderr)
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        venv.create(VENV, with_pip=True)
    pip = ("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    steps = [
        (*pip, "--require-hashes", *(word for path in needed for word in ("-r", str(path)))),
        (
            *pip,
            "--no-deps",
            "--no-build-isolation",
            *(word for folder in PACKAGES for word in ("--editable", str(folder))),
        ),
    ]
    for step in steps:
        if run(*step) != 0:
            sys.exit("The set-up failed; the lines above say why. Nothing outside the folder was changed.")
    done.write_text(digest)


def run(program: str, *words: str, folder: Path | None = None) -> int:
    """Run a program of the environment, as if it were activated; None: in the folder where this script was called."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, "VIRTUAL_ENV": str(VENV)}
    # Tests start latm hundreds of times: it is compiled once, not each time.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [BIN / program, *words]
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode  # noqa: S603  # our own programs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
