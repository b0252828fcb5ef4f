"""The linters of what stands in `deploy/`, as `scripts/other_clients.py` installs them; and a read-only root."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from other_clients import INTERPRETER, PYTHON, why_missing

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/latm"
RENDER = """
import json, sys
from helm_python.chart import Chart, lint
path, values = sys.argv[1], json.loads(sys.argv[2])
print(json.dumps([lint(path, values, strict=True), Chart.load(path).render(values, name="latm", namespace="default")]))
"""
VALUES: list[dict[str, Any]] = [
    {},
    {"job": ["store", "check"], "dataClaim": "left"},
    {"hosts": ["llm.example.com"], "drainSeconds": 120, "podLabels": {"team": "desk"}},
    {"nodeSelector": {"jail": "yes"}, "tolerations": [{"key": "jail", "operator": "Exists"}]},
]


@pytest.fixture
def installed() -> None:
    if why := why_missing(PYTHON):
        pytest.skip(why)


def rendered(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What Helm's linter says of the chart, and its objects by kind."""
    words = [str(INTERPRETER), "-c", RENDER, str(CHART), json.dumps(values)]
    said, texts = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)  # noqa: S603
    objects = [yaml.safe_load(text) for name, text in texts.items() if name.endswith(".yaml") and text.strip()]
    return said, {one["kind"]: one for one in objects}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("values", VALUES)
def test_helm_and_the_schemas_of_kubernetes_take_the_chart(values: dict[str, Any], tmp_path: Path) -> None:
    said, objects = rendered(values)
    assert [message for message in said["messages"] if message["severity"] > 1] == said["errors"] == []
    file = tmp_path / "chart.yaml"
    file.write_text(yaml.safe_dump_all(objects.values()))
    for version in ("1.27", "1.37.0"):
        validate = [str(INTERPRETER.with_name("kubernetes-validate")), "--strict", "-k", version, str(file)]
        done = subprocess.run(validate, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stdout + done.stderr
        assert (done.stdout + done.stderr).count("passed") == len(objects)


@pytest.mark.usefixtures("installed")
def test_pods_are_as_the_restricted_standard_wants_them_and_hear_nothing_of_the_cluster() -> None:
    _, objects = rendered({"job": ["store", "check"]})
    for kind in ("Deployment", "Job"):
        pod = objects[kind]["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["enableServiceLinks"] is pod["automountServiceAccountToken"] is False
        for container in pod["containers"] + pod.get("initContainers", []):
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True
            assert own["allowPrivilegeEscalation"] is False
            assert own["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.usefixtures("installed")
def test_a_pod_has_longer_to_end_than_the_gateway_takes_to_drain() -> None:
    _, objects = rendered({"drainSeconds": 300})
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    told = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
    assert told["LATM_GATEWAY_DRAIN_SECONDS"] == "300"
    assert pod["terminationGracePeriodSeconds"] > 300


@pytest.mark.usefixtures("installed")
def test_the_gateway_takes_the_settings_that_a_pod_gets() -> None:
    _, objects = rendered({"hosts": ["llm.example.com"]})
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    told = {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"]} | {"OPENAI_API_KEY": "k"}
    read = "from latm.gateway.settings import load_gateway_settings as load; from latm.settings import load_settings\n"
    code = f"{read}print(load_settings({{}}).workers, load({{}}).hosts[-1], load({{}}).upstreams[0].provider)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=told)  # noqa: S603
    assert done.stdout == "2 llm.example.com openai\n", done.stderr


@pytest.mark.usefixtures("installed")
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    words = [INTERPRETER.with_name("hadolint"), ROOT / "Dockerfile"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("promtool", ["check", "config", "--syntax-only", "deploy/prometheus/prometheus.yml"]),
        ("promtool", ["check", "rules", "deploy/prometheus/alerts.yml"]),
    ],
)
def test_prometheus_takes_its_settings(tool: str, words: list[str]) -> None:
    program = shutil.which(tool)
    if program is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_gateway_runs_with_a_read_only_root_and_one_folder_to_write_to(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("only root may mount a root that is read-only, by unshare")
    port = "18093"
    serve = f"exec {sys.executable} -m latm serve --port {port} --processes 2 --upstream http://127.0.0.1:1/v1"
    script = f"mount --bind {tmp_path} {tmp_path} && mount -o remount,bind,ro / && ! touch /root/.latm-tried && {serve}"
    told = os.environ | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "LATM_STORE": f"sqlite:///{tmp_path}/latm.db"}
    words = [unshare, "--mount", "sh", "-c", script]
    with subprocess.Popen(words, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert ready(f"http://127.0.0.1:{port}/readyz", process)
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert (tmp_path / "latm.db").exists()


def ready(url: str, process: subprocess.Popen[str]) -> bool:
    """Whether a gateway is ready before it has ended."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=2).status_code == 200:
                return True
        except httpx2.TransportError:
            time.sleep(0.1)
    return False
