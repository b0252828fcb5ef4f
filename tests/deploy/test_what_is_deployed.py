"""What stands in `deploy/`, and the Dockerfile: they name what exists, hold no secret, and say the same as the code."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from latm.gateway.metrics import Metrics
from latm.gateway.settings import GatewaySettings, load_gateway_settings
from latm.settings import Settings
from latm.telemetry.prometheus import PrometheusObserver

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "latm"
DASHBOARD = json.loads((DEPLOY / "grafana/dashboards/latm.json").read_text())
METRIC = re.compile(r"\blatm_[a-z_]+\b")
SERIES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}
SECRET = re.compile(r"PASSWORD|KEY|TOKEN")


def read(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text())


def exposed() -> dict[str, tuple[str, ...]]:
    """Every series that a gateway exposes, with its labels."""
    registry = CollectorRegistry()
    kept = [Metrics(registry), PrometheusObserver(registry)]
    found: dict[str, tuple[str, ...]] = {}
    for metric in {id(one): one for one in registry._names_to_collectors.values()}.values():
        kind, labels = metric._type, tuple(metric._labelnames)  # type: ignore[attr-defined]  # of metrics alone
        for ending in SERIES[kind]:
            found[metric._name + ending] = labels + (("le",) if ending == "_bucket" else ())  # type: ignore[attr-defined]  # the same
    assert kept
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield f"dashboard: {panel['title']}", target["expr"]
    for group in read("prometheus/alerts.yml")["groups"]:
        for rule in group["rules"]:
            yield f"alert: {rule['alert']}", rule["expr"]


@pytest.mark.parametrize(("where", "expression"), [*expressions()], ids=lambda text: text[:50])
def test_every_metric_of_the_dashboard_and_the_alerts_is_exposed_with_its_labels(where: str, expression: str) -> None:
    known = exposed()
    named = set(METRIC.findall(expression))
    assert named <= known.keys(), where
    asked = set(re.findall(r"(\w+)=~?\"", expression))
    asked |= {label for by in re.findall(r"by \(([\w, ]+)\)", expression) for label in by.split(", ")}
    assert asked <= {label for name in named for label in known[name]} | {"instance", "job"}, where


def test_every_panel_and_alert_asks_for_something() -> None:
    found = [*expressions()]
    assert len(found) > 20
    assert all("latm" in expression for _, expression in found)


def test_no_two_panels_stand_in_one_place() -> None:
    taken = [
        (x, y)
        for grid in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    for name, service in read("compose.yaml")["services"].items():
        yield name, service.get("environment", {})


def test_the_compose_file_holds_no_secret_and_the_example_names_each_variable() -> None:
    secrets = {name: value for _, own in environments() for name, value in own.items() if SECRET.search(name)}
    assert len(secrets) >= 4
    assert all(re.fullmatch(r"\$\{\w+:\?[^}]+\}", value) for value in secrets.values())
    wanted = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert {line.split("=")[0] for line in (DEPLOY / "env.example").read_text().splitlines() if "=" in line} == wanted


def test_latms_services_have_a_read_only_root_and_no_capability() -> None:
    services = read("compose.yaml")["services"]
    for name in ("check", "gateway"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert services["gateway"]["depends_on"]["check"] == {"condition": "service_completed_successfully"}


def test_what_the_compose_file_mounts_is_there() -> None:
    mounts = [
        volume.split(":")[0]
        for service in read("compose.yaml")["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith(".")
    ]
    assert len(mounts) == 4
    assert all((DEPLOY / mount).exists() for mount in mounts)


def test_the_gateway_of_the_compose_file_can_use_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    own = load_gateway_settings({}, DEPLOY / "gateway.toml")
    service = read("compose.yaml")["services"]["gateway"]
    assert "gateway" in own.hosts
    assert float(service["stop_grace_period"].removesuffix("s")) > own.drain_seconds
    monkeypatch.setenv("LATM_STORE", service["environment"]["LATM_STORE"])
    assert Settings().store.startswith("postgresql://")


def test_prometheus_scrapes_the_port_and_the_name_of_the_gateways() -> None:
    (scraped,) = read("prometheus/prometheus.yml")["scrape_configs"]
    (by_name,) = scraped["dns_sd_configs"]
    assert by_name["names"] == ["gateway"]
    assert by_name["port"] == GatewaySettings.model_fields["port"].default


def test_the_chart_uses_all_its_values_and_no_other() -> None:
    texts = [path.read_text() for path in (CHART / "templates").iterdir()]
    used = {name for text in texts for name in re.findall(r"\.Values\.(\w+)", text)}
    assert used == read("helm/latm/values.yaml").keys()


def test_the_chart_is_of_this_release() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert read("helm/latm/Chart.yaml")["appVersion"] == version
    assert read("compose.yaml")["services"]["gateway"]["image"] == f"latm:{version}"


def test_the_image_runs_as_a_user_with_a_fixed_number_and_installs_what_is_pinned_elsewhere() -> None:
    assert re.search(r"^USER 10001:10001$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    image, run = (
        set(re.findall(r"^[\w.-]+==\S+", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE))
        for name in ("image", "run")
    )
    assert run < image
