"""Names that a person would give: from what the questions of a kind share, or from their instructions."""

import pytest

from latm.kinds import Template
from latm.learning.kinds import named
from latm.question import Scope

PROMPT = Scope(instructions="Find the order number in this ticket. Reply with the number alone.\n\n{subject} {body}")
NAMES = {
    "from what they share": ("Add the numbers {…} and {…}.", Scope(), "add-the-numbers-and"),
    "from that, under instructions too": ("Return request for {…}", PROMPT, "return-request-for"),
    "from the instructions, where the data share hardly a word": (
        '{"subject": "{…}", "body": "{…}"}', PROMPT, "find-the-order-number-in-this-ticket-repl",
    ),
    "from nothing": ("", Scope(), "task"),
}  # fmt: skip


@pytest.mark.parametrize(("template", "scope", "expected"), NAMES.values(), ids=NAMES)
def test_a_kind_has_a_name_that_says_what_it_is(template: str, scope: Scope, expected: str) -> None:
    name, _, digest = named(Template(template), "the first question", scope).rpartition("-")
    assert name == expected[:40].rstrip("-")
    assert digest


def test_kinds_of_two_scopes_never_share_a_name() -> None:
    names = {named(Template("Add {…}"), "q", scope) for scope in (Scope(), PROMPT, Scope(project="north"))}
    assert len(names) == 3
