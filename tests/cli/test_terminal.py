"""Text of models and files never reaches a terminal with signs that a terminal obeys, whatever the command."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from toy_endpoint import ToyEndpoint

from latm.answer import Answer, Route
from latm.cli import main
from latm.cli.words import plain
from latm.provenance import Attempt, Making, Outcome
from latm.question import Scope
from latm.store import Batch, ToolCache
from latm.task import Example, Record
from latm.tool import Demonstration, Program, Verification

HOSTILE = "\x1b]0;title\x07\x1b[2J\x1b[1;1H\x9b31m\x00\x08\x7f\r\u202e\u2066[/bold][red]"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
"""How click and rich colour their own words."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tool cache in which every text that a model or a file gave is hostile."""
    scope = Scope(instructions=f"Be brief. {HOSTILE}")
    questions = [f"Question {n} {HOSTILE}" for n in range(6)]
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    with ToolCache.open(f"sqlite:///{path}") as cache:
        for name in (f"served{HOSTILE}", f"untoolable{HOSTILE}", f"collecting{HOSTILE}"):
            answers = [
                Answer(
                    question + name,
                    HOSTILE,
                    Route.DIRECT,
                    task=name,
                    evidence=HOSTILE,
                    scope=scope,
                    serial=question + name,
                )
                for question in questions
            ]
            examples = [(name, Example(answer.question, answer.text, HOSTILE, scope)) for answer in answers]
            cache.record(Batch(answers, examples, {name: Record(came=6, direct_answers=6, direct_tokens=60)}))
        said = Attempt("propose", HOSTILE, HOSTILE, "runs", HOSTILE)
        none = Making(f"untoolable{HOSTILE}", Outcome.UNTOOLABLE, HOSTILE, None, HOSTILE, (said,), notes=(HOSTILE,))
        cache.record_making(none, None, came=6)
        source = f'"""{HOSTILE.replace(chr(0), "")}"""\ndef parse(question):\n    return None\n'
        program = Program(source)
        made = Making(f"served{HOSTILE}", Outcome.MADE, HOSTILE, program.id, HOSTILE, (said,), {}, (HOSTILE,))
        shown = (Demonstration(questions[0], {"text": HOSTILE}),)
        cache.record_making(made, program, came=6, demonstrations=shown, verification=Verification(6, 3, 0))
    return path


COMMANDS = {
    "tools": ["tools"],
    "tools show, served": ["tools", "show", f"served{HOSTILE}"],
    "tools show, untoolable": ["tools", "show", f"untoolable{HOSTILE}"],
    "tools show, unknown": ["tools", "show", f"unknown{HOSTILE}"],
    "tools retire": ["tools", "retire", f"served{HOSTILE}"],
    "tools pin": ["tools", "pin", f"served{HOSTILE}"],
    "tools rename": ["tools", "rename", f"served{HOSTILE}", f"new{HOSTILE}"],
    "tools delete": ["tools", "delete", f"untoolable{HOSTILE}"],
    "tasks": ["tasks"],
    "tasks show": ["tasks", "show", f"untoolable{HOSTILE}"],
    "tasks merge": ["tasks", "merge", f"served{HOSTILE}", f"collecting{HOSTILE}"],
    "tasks split": ["tasks", "split", f"collecting{HOSTILE}", "--containing", "Question 1"],
    "tasks split, refused": ["tasks", "split", f"collecting{HOSTILE}", "--containing", HOSTILE],
    "ledger": ["ledger"],
    "audit": ["audit"],
    "forget": ["forget", "--containing", HOSTILE],
    "plan": ["plan", "--max-error", "5%", "--task", f"served{HOSTILE}"],
    "make": ["make", f"new{HOSTILE}", "hostile.csv", "--maker", "MODEL"],
    "run": ["run", "hostile.csv", "-o", "out.csv", "--maker", "MODEL"],
    "run, hostile columns": ["run", "columns.csv", "-o", "out.csv", "--maker", "MODEL"],
    "run, hostile name": ["run", f"hostile{HOSTILE[1:10]}.csv", "-o", "out.csv", "--maker", "MODEL"],
    "run --dry-run": ["run", "hostile.csv", "-o", "out.csv", "--dry-run"],
    "run, a hostile template": ["run", "hostile.csv", "-o", "out.csv", "--template", f"{{question}}{{{HOSTILE}}}"],
    "init": ["init", "--maker", f"x{HOSTILE[1:]}@http://127.0.0.1:9/v1"],
    "doctor": ["doctor", "--maker", "MODEL"],
    "a hostile value": ["tools", "--store", f"sqlite{HOSTILE}"],
}  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_command_shows_a_sign_that_a_terminal_obeys(
    words: list[str], store: Path, endpoint: ToyEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(store, "hostile.db")
    monkeypatch.setenv("LATM_STORE", "sqlite:///hostile.db")
    monkeypatch.setattr("toy_endpoint.toy_reply", lambda _: f"said{HOSTILE}")
    Path("hostile.csv").write_text("question,answer\n" + "".join(f'"Which {n}{HOSTILE[:-1]}?",x\n' for n in range(8)))
    Path("columns.csv").write_text(f"{HOSTILE.replace(chr(13), '')},b\n1,2\n")
    named = [word.replace("MODEL", endpoint.model) for word in words]
    shown = CliRunner().invoke(main, named, color=True)
    assert shown.exception is None or isinstance(shown.exception, SystemExit), shown.exception
    seen = COLOUR.sub("", shown.output)
    assert seen
    assert not [sign for sign in seen if not sign.isprintable() and sign not in "\n\t"]


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_shown_as_signs_that_do_nothing(text: str) -> None:
    assert all(sign.isprintable() or sign in "\n\t" for sign in plain(text))
