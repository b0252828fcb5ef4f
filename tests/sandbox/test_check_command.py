"""`latm sandbox check`."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner, Result

from latm.cli.sandbox import sandbox
from latm.errors import SandboxUnavailableError
from latm.sandbox import conformance, selftest


def check(*options: str) -> Result:
    """Run the command in a thread of its own: other tests of this session keep an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, sandbox, ["check", *options]).result()


@pytest.fixture
def few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [attack for attack in conformance.attacks() if attack.name.startswith("file_")]
    monkeypatch.setattr(conformance, "attacks", lambda: iter(few))


@pytest.mark.usefixtures("few_checks")
def test_the_report_names_each_check_and_the_machines_facts() -> None:
    done = check("--json")
    report = json.loads(done.output)
    assert done.exit_code == 0
    assert report["passed"] is True
    assert {"kernel", "machine", "landlock", "namespaces", "user"} <= report["facts"].keys()
    assert {"name": "A tool cannot list a folder.", "passed": True, "detail": ""} in report["checks"]


@pytest.mark.usefixtures("few_checks")
def test_for_a_person_each_check_is_one_line() -> None:
    done = check("--isolation", "batch")
    assert "pass  A tool cannot list a folder.\n" in done.output
    assert "isolation batch" in done.output


def test_where_no_jail_can_be_had_the_check_fails_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise SandboxUnavailableError("No jail is available on Plan 9.", hint=selftest.WHAT_TO_DO)

    monkeypatch.setattr("latm.sandbox.nursery.demand_linux", refuse)
    done = check()
    assert done.exit_code == SandboxUnavailableError.exit_code
    assert "No jail is available on Plan 9. Run it on Linux in the container image" in done.output


def test_a_check_that_fails_is_told_with_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = conformance.Attack.read(
        "wrong", "# A tool cannot add.\n# expect: denied\ndef attack():\n    return 1 + 1\n", {}
    )
    monkeypatch.setattr(conformance, "attacks", lambda: iter([wrong]))
    done = check()
    assert done.exit_code == SandboxUnavailableError.exit_code
    assert "FAIL  A tool cannot add.\n      it ended with ok: 2\n" in done.output
