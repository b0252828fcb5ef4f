"""The help-desk story: a table of tickets, a prompt, a model that is busy once and cut off once; and its tutorial."""

import csv
import re
import shlex
import shutil
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from doc_pages import ROOT, blocks, pattern_of, sessions_in, settled

from latm.cli import main
from latm.store import ToolCache
from latm.task import TaskStatus

PAGE = ROOT / "docs/tutorial-table.md"
URL = "http://127.0.0.1:8791/v1"
TICKETS = re.compile(r"tickets\.py (\d+) > tickets\.csv")
PROGRAMMABLE = {"return", "invoice", "disk", "visit", "parcel"}


@pytest.fixture(scope="module")
def modules() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs/help-desk"))
        yield import_module("tickets"), import_module("endpoint")


@pytest.fixture(scope="module")
def folder(modules: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A newcomer's folder after every command of the page; each said what the page shows."""
    tickets, endpoint = modules
    path = tmp_path_factory.mktemp("help-desk")
    shutil.copytree(ROOT / "docs/help-desk", path / "docs/help-desk")
    with pytest.MonkeyPatch.context() as patch, endpoint.server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        patch.chdir(path)
        patch.setenv("LATM_STORE", "sqlite:///help-desk.db")
        patch.setenv("XDG_CONFIG_HOME", str(path / "config"))
        patch.delenv("OPENAI_API_KEY", raising=False)
        patch.setattr("latm.cli.progress.PLAIN_SECONDS", 1e9)  # a slow machine says more than a page shows
        url = f"http://127.0.0.1:{server.server_port}/v1"
        for block in blocks(PAGE, "sh", "console"):
            if count := TICKETS.search(block):
                with Path("tickets.csv").open("w", encoding="utf-8") as table:
                    tickets.write(int(count[1]), table)
            for words, said in sessions_in(block):
                shown = CliRunner().invoke(main, [word.replace(URL, url) for word in words]).output.replace(url, URL)
                assert pattern_of(said).fullmatch(settled(shown)), f"{shlex.join(words)}\n{shown}"
        yield path
        server.shutdown()


def answers(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "answers.csv").open(newline="", encoding="utf-8") as table:
        return {row["id"]: row for row in csv.DictReader(table)}


def test_every_ticket_has_its_right_answer(folder: Path, modules: Any) -> None:
    found = answers(folder)
    wanted = {ticket.ticket_id: ticket.answer for ticket in modules[0].tickets(600) if ticket.kind}
    assert {name: row["answer"] for name, row in found.items()} == wanted
    assert {row["route"] for row in found.values()} == {"tool", "direct"}


def test_the_five_kinds_that_a_program_can_do_have_a_tool_and_the_sixth_has_none(folder: Path, modules: Any) -> None:
    kind_of = {ticket.ticket_id: ticket.kind for ticket in modules[0].tickets(600)}
    routes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    tools: defaultdict[str, set[str]] = defaultdict(set)
    for name, row in answers(folder).items():
        routes[kind_of[name]][row["route"]] += 1
        tools[kind_of[name]] |= {row["tool"]} - {""}
    assert {kind for kind, of in tools.items() if len(of) == 1} == PROGRAMMABLE
    assert all(routes[kind]["tool"] > 0.8 * routes[kind].total() for kind in PROGRAMMABLE)
    assert set(routes["tone"]) == {"direct"}
    with ToolCache.open(f"sqlite:///{folder / 'help-desk.db'}") as cache:
        statuses = Counter(task.status for task in cache.tasks())
    assert statuses == {TaskStatus.SERVED: 5, TaskStatus.UNTOOLABLE: 1, TaskStatus.MERGED: 2}


def test_each_tool_of_the_story_answers_its_kind_and_no_other(modules: Any) -> None:
    tickets = [ticket for ticket in modules[0].tickets(2_000) if ticket.kind]
    for kind in PROGRAMMABLE:
        reply = (ROOT / f"docs/help-desk/replies/{kind}.txt").read_text(encoding="utf-8")
        tool: dict[str, Any] = {}
        exec(reply.partition("```python\n")[2].rpartition("```")[0], tool)  # noqa: S102  # our own tool
        for ticket in tickets:
            arguments = tool["parse"](ticket.question)
            assert (arguments is not None) == (ticket.kind == kind), ticket
            assert arguments is None or tool["answer"](tool["solve"](**arguments), ticket.question) == ticket.answer
