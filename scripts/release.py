"""Build what is released: `python3 start.py release [--audit]`.

Both packages are built twice, from the committed files alone, each time in a fresh folder; the bytes must be equal.
Beside them stand an inventory of everything that latm installs (CycloneDX) and its licences. With --audit, known
vulnerabilities of it are looked up, which needs the network.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (".", "bench")
PINS = ROOT / "requirements" / "run.txt"


def main(words: Sequence[str]) -> int:
    """Build, compare, list, and audit if asked; the exit code is 0 where all of it held."""
    parser = argparse.ArgumentParser(prog="start.py release", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder  [default: dist]")
    parser.add_argument("--audit", action="store_true", help="also look up known vulnerabilities, over the network")
    options = parser.parse_args(words)
    options.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as again:
        first, second = built(options.out), built(Path(again))
    for name, digest in first.items():
        print(f"{digest}  {name}")
    if first != second:
        print("Two builds of one commit differ; nothing may be released from it.", file=sys.stderr)
        return 1
    inventory(options.out / "latm.cdx.json")
    licences(options.out / "licences.md")
    if options.audit:
        run("pip_audit", "--requirement", str(PINS), "--require-hashes", "--disable-pip")
    return 0


def built(out: Path) -> Mapping[str, str]:
    """Build all packages of the newest commit into a folder; the SHA-256 of each file that came of it, by name."""
    when = git("log", "-1", "--format=%ct").decode().strip()
    with TemporaryDirectory() as tree:
        archive = git("archive", "--format=tar", "HEAD")
        subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)  # noqa: S603, S607  # our own commit
        for package in PACKAGES:
            run("uv", "build", "--quiet", "--no-build-isolation", "--out-dir", str(out), package, at=tree, when=when)
    found = sorted(path for path in out.iterdir() if path.name.endswith((".whl", ".tar.gz")))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def inventory(path: Path) -> None:
    """Write the inventory of what latm installs, with the hashes that are pinned."""
    run("cyclonedx_py", "requirements", str(PINS), "--output-reproducible", "--output-file", str(path))
    print(f"{path}: what latm installs (CycloneDX)")


def licences(path: Path) -> None:
    """Write the licence of each package that latm installs, as the package states it."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", PINS.read_text(encoding="utf-8"), re.MULTILINE)
    chosen = ("--packages", *names, "--format", "markdown", "--with-urls", "--output-file", str(path))
    run("piplicenses", "--python", sys.executable, *chosen)
    print(f"{path}: the licences of {len(names)} packages")


def git(*words: str) -> bytes:
    """What git prints."""
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True).stdout  # noqa: S603, S607


def run(module: str, *words: str, at: str | Path = ROOT, when: str | None = None) -> None:
    """Run a module of this environment; its failure ends the program."""
    environment = os.environ | ({"SOURCE_DATE_EPOCH": when} if when else {})
    command = [sys.executable, "-m", module, *words]
    ended = subprocess.run(command, cwd=at, env=environment, check=False)  # noqa: S603  # our own programs
    if ended.returncode:
        sys.exit(f"{module} failed; the lines above say why.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
