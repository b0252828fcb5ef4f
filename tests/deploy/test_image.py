"""The image is built by Docker, and its jail holds in a container as `deploy/compose.yaml` starts it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
TAG = "latm:tested"
CONFINED = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]  # noqa: S108  # the container's


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607  # as people do


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    if not shutil.which("docker") or docker("info").returncode:
        pytest.skip("Docker does not run here")
    built = docker("build", "--tag", TAG, str(ROOT))
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    yield TAG
    docker("rmi", "--force", TAG)


def test_every_attack_on_the_jail_of_a_container_is_contained(image: str) -> None:
    done = docker("run", "--rm", "--network", "none", *CONFINED, image)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_container_is_not_root_and_keeps_dockers_seccomp_profile(image: str) -> None:
    status = "print(open('/proc/self/status').read())"
    done = docker("run", "--rm", "--network", "none", *CONFINED, "--entrypoint", "python", image, "-c", status)
    found = dict(line.split(":\t") for line in done.stdout.splitlines() if ":\t" in line)
    assert (found["Uid"].split()[0], found["CapEff"], found["Seccomp"]) == ("10001", "0" * 16, "2")
