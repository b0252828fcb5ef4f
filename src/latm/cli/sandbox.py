"""`latm sandbox`: prove that this machine's sandbox holds."""

import json
import platform
from typing import Any

import click

from latm.cli.awaiting import wait_for
from latm.sandbox import Isolation


@click.group()
def sandbox() -> None:
    """The jail that tools run in."""


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--isolation",
    type=click.Choice([level.value for level in Isolation]),
    default=Isolation.BATCH.value,
    show_default=True,
    help="The level of isolation to attack.",
)
@click.option(
    "--backend", type=click.Choice(["jail", "wasm"]), default="jail", show_default=True, help="The sandbox to attack."
)
def check(as_json: bool, isolation: str, backend: str) -> None:
    """Attack the sandbox as hostile tools would, and say what held.

    Exits with status 6 if anything did not hold, or if no jail is available.
    """
    from latm.errors import SandboxError

    report = wait_for(_report(Isolation(isolation), backend))
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _print(report)
    if not report["passed"]:
        raise click.exceptions.Exit(SandboxError.exit_code)


@sandbox.command("filter")
def show_filter() -> None:
    """Print the system calls that a tool's process, and the one that starts them, may make, and what needs each."""
    from latm.sandbox import seccomp, worker

    for name, rules in (
        ("a tool's process", seccomp.worker_rules(worker.INBOX, worker.OUTBOX)),
        ("the process that starts them", seccomp.ZYGOTE),
    ):
        click.echo(f"{name}:")
        click.echo("\n".join(f"  {line}" for line in seccomp.shown(rules)))


async def _report(isolation: Isolation, backend: str) -> dict[str, Any]:
    from latm.errors import SandboxError
    from latm.sandbox.conformance import LIMITS, checked, report
    from latm.sandbox.jail import Jail
    from latm.sandbox.wasm import Wasm

    facts = {"kernel": f"{platform.system()} {platform.release()}", "machine": platform.machine()}
    sandbox = (Wasm if backend == "wasm" else Jail)(LIMITS, isolation)
    try:
        async with sandbox:
            return await checked(sandbox, f"{backend}, isolation {isolation.value}", isolation, facts | sandbox.facts)
    except SandboxError as error:
        return {**report([], backend, facts, 0.0), "passed": False, "error": str(error)}


def _print(report: dict[str, Any]) -> None:
    for name, value in {"backend": report["backend"], **report["facts"]}.items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    for one in report["checks"]:
        click.echo(f"{'pass' if one['passed'] else 'FAIL'}  {one['name']}{_indented(one['detail'])}")
    held = sum(one["passed"] for one in report["checks"])
    click.echo(report.get("error") or f"{held} of {len(report['checks'])} checks passed in {report['seconds']:.1f} s.")


def _indented(detail: str) -> str:
    return f"\n      {detail}" if detail else ""
