"""What callers hand in, checked before anything is spent: questions, streams of them, examples."""

from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from latm.answering.answerer import Attempt
from latm.errors import InputError
from latm.ledger import Usage
from latm.provenance import Making
from latm.question import Question, Scope, scope_of
from latm.sharing.bundle import Bundle
from latm.store import Selection, before
from latm.task import Example, Instance
from latm.tool import ToolKind, ToolVersion

Asked = str | Question | Instance
"""What may be asked: a text, a text with its scope, or an instance of a stream."""

Stream = Iterable[Asked] | AsyncIterable[Asked]
"""Questions one after the other, however they come."""


def question_of(asked: object, instructions: str | None = None, scope: Scope | str | None = None) -> Question:
    """What was asked, as a question in its scope.

    Args:
        asked: a text, a question or an instance.
        instructions: the system text that comes with it; None: the question's own.
        scope: whose question it is; None: the question's own.

    Raises:
        InputError: it is not one.
    """
    question = asked.asked if isinstance(asked, Instance) else Question(asked) if isinstance(asked, str) else asked
    if not isinstance(question, Question):
        hint = "Ask a str, or a latm.Question, which holds instructions too." if _is_chat(asked) else _ASK
        raise InputError(f"A question is a text, and this is {_named(asked)}.", hint=hint)
    if not isinstance(question.text, str):
        raise InputError(f"The text of a question is a str, and this is {_named(question.text)}.", hint=_ASK)
    if not isinstance(question.id, str):
        raise InputError(f"The id of a question is a str, and this is {_named(question.id)}.", hint="Write str(id).")
    if not isinstance(question.scope, Scope):
        raise InputError(f"The scope of a question is a latm.Scope, and this is {_named(question.scope)}.")
    if instructions is None and scope is None:
        return question
    return replace(question, scope=scope_of(instructions, scope, within=question.scope))


def worded(asked: object, instructions: str | None = None, scope: Scope | str | None = None) -> Question:
    """As `question_of`, of a question that says something.

    Raises:
        InputError: it is not one, or a blank one.
    """
    question = question_of(asked, instructions, scope)
    if not question.text.strip():
        raise InputError("The question is empty.", hint="Ask something.")
    return question


def allowing(question: Question, max_error: object) -> Question:
    """A question with the largest error that its caller allows.

    Raises:
        InputError: it is not a share between 0 and 1.
    """
    if max_error is None:
        return question
    if isinstance(max_error, bool) or not isinstance(max_error, float | int) or not 0 < max_error < 1:
        hint = "Give the share of wrong answers that is allowed, such as 0.001."
        raise InputError(f"max_error is a share above 0 and below 1, and this is {_named(max_error)}.", hint=hint)
    return replace(question, max_error=float(max_error))


def check_stream(questions: object) -> None:
    """Refuse what is not a stream of questions.

    Raises:
        InputError: it is not one: one text, for instance, which is a stream of letters.
    """
    single = isinstance(questions, str | bytes | Question | Instance)
    if single or not isinstance(questions, Iterable | AsyncIterable):
        raise InputError(
            f"Questions come as a list or another iterable, and this is {_named(questions)}.",
            hint="Put a single question into a list, or use ask().",
        )


def check_accepts(accepts: object) -> None:
    """Refuse what cannot say whether an answer can be used.

    Raises:
        InputError: it is not a function.
    """
    if accepts is not None and not callable(accepts):
        raise InputError(f"`accepts` is a function of an answer's text, and this is {_named(accepts)}.")


def check_learnt(attempt: object, text: object, usage: object, seconds: object) -> None:
    """Refuse what is not an answer to an attempt.

    Raises:
        InputError: says which of them is not one.
    """
    if not isinstance(attempt, Attempt):
        raise InputError(f"An attempt is what attempt() returned, and this is {_named(attempt)}.")
    if not isinstance(text, str) or not text.strip():
        said = f"An answer is a text that says something, and this is {_named(text)}."
        raise InputError(said, hint="Only what was answered can be learnt from.")
    if not isinstance(usage, Usage):
        raise InputError(f"`usage` is a latm.ledger.Usage, and this is {_named(usage)}.")
    if isinstance(seconds, bool) or not isinstance(seconds, float | int) or not 0 <= seconds < inf:
        raise InputError(f"`seconds` is a number from 0 up, and this is {_named(seconds)}.")


def check_bundle(bundle: object) -> None:
    """Refuse what is not a tool.

    Raises:
        InputError: it is not one.
    """
    if not isinstance(bundle, Bundle):
        hint = "latm.sharing.reading.read_bundle() reads one."
        raise InputError(f"A tool comes as a latm.sharing.bundle.Bundle, and this is {_named(bundle)}.", hint=hint)


def check_length(length: object) -> None:
    """Refuse what is not a number of questions.

    Raises:
        InputError: it is not one.
    """
    if length is not None and (not isinstance(length, int) or length < 0):
        raise InputError(f"The length of a stream is a whole number, and this is {_named(length)}.")


def check_examples(task: object, examples: object, *, at_least: int = 1) -> None:
    """Refuse what no tool can be made from, before anything of it is kept.

    Raises:
        InputError: the task has no name, or these are not examples, or too few different ones.
    """
    if not isinstance(task, str) or not task.strip():
        raise InputError(f"A task needs a name, and this is {_named(task)}.", hint="Name it: make('paid-time', …).")
    if isinstance(examples, str | bytes) or not isinstance(examples, Sequence):
        raise InputError(f"Examples come as a list, and this is {_named(examples)}.", hint=_EXAMPLE)
    for example in examples:
        if not isinstance(example, Example):
            raise InputError(f"An example is a latm.Example, and this is {_named(example)}.", hint=_EXAMPLE)
        if not isinstance(example.question, str) or not isinstance(example.answer, str) or not example.question.strip():
            said = f"{example.question!r} with {example.answer!r}"
            raise InputError(f"An example is a question with its answer, and this is {said}.", hint=_EXAMPLE)
    if (count := len({example.question for example in examples})) < at_least:
        raise InputError(
            f"Making a tool for {task!r} takes {at_least} different examples, and there are {count}.",
            hint="Give more examples, or set examples_shown and examples_held_out lower.",
        )


PROTOCOLS = (str(ToolKind.COMPILED), str(ToolKind.PAPER))
"""The kinds of tool that a caller may ask for; the maker decides whether it is a half tool."""


def kind_of_protocol(protocol: object) -> ToolKind:
    """The kind of tool that a protocol makes.

    Raises:
        InputError: there is no such protocol.
    """
    if not isinstance(protocol, str) or protocol not in PROTOCOLS:
        raise InputError(f"A protocol is {' or '.join(map(repr, PROTOCOLS))}, and this is {_named(protocol)}.")
    return ToolKind(protocol)


def selected(  # noqa: PLR0913  # as `forget`
    scope: Scope | str | None,
    task: str | None,
    older_than: timedelta | None,
    containing: str,
    *,
    everything: bool,
    tools: bool,
) -> Selection:
    """What a caller wants latm to forget.

    Raises:
        InputError: the arguments do not say it clearly, or one of them is of a wrong type or empty.
    """
    given: dict[str, tuple[object, Any, str]] = {
        "scope": (scope, str | Scope | None, "a project or a latm.Scope"),
        "task": (task, str | None, "the name of a task"),
        "older_than": (older_than, timedelta | None, "a datetime.timedelta"),
        "containing": (containing, str, "a text"),
        "everything": (everything, bool, "True or False"),
        "tools": (tools, bool, "True or False"),
    }
    for name, (value, kind, meant) in given.items():
        if not isinstance(value, kind) or (name in {"scope", "task"} and isinstance(value, str) and not value.strip()):
            raise InputError(f"`{name}` is {meant}, and this is {_named(value)}.")
    if everything == bool(scope is not None or task is not None or older_than is not None or containing):
        raise InputError("Say what to forget.", hint="Give scope, task, older_than or containing; or everything.")
    exact, project = (scope, None) if isinstance(scope, Scope) else (None, scope)
    oldest = before(datetime.now(UTC) - older_than) if older_than is not None else ""
    return Selection(exact, project, task=task, before=oldest, containing=containing)


def check_report(serial: object, answer: object) -> None:
    """Refuse what does not say which answer was wrong, or what is right.

    Raises:
        InputError: the serial is not a text, or an empty one; or the answer is not a text.
    """
    if not isinstance(serial, str) or not serial.strip():
        hint = "Give the answer's: report(answer.serial)."
        raise InputError(f"The serial of an answer is a text, and this is {_named(serial)}.", hint=hint)
    if answer is not None and not isinstance(answer, str):
        raise InputError(f"A right answer is a text, or None, and this is {_named(answer)}.")


def check_adopted(making: object, tool: object) -> None:
    """Refuse what is not a tool with the record of its making.

    Raises:
        InputError: one of them is of a wrong type, or they do not belong together.
    """
    if not isinstance(making, Making):
        raise InputError(f"A making is a latm.Making, and this is {_named(making)}.", hint=_ADOPT)
    if not isinstance(tool, ToolVersion):
        raise InputError(f"A tool is a latm.ToolVersion, and this is {_named(tool)}.", hint=_ADOPT)
    if making.tool_id != tool.id:
        raise InputError(f"The making led to tool {making.tool_id}, and this is tool {tool.id}.", hint=_ADOPT)


_ADOPT = "Give both as another store has them: tools.show(task) has its makings and versions."
_ASK = "Ask a str, or a latm.Question."
_EXAMPLE = "Give latm.Example(question, answer) for each."


def _is_chat(asked: object) -> bool:
    return isinstance(asked, Sequence | dict)


def _named(value: object) -> str:
    said = repr(value)
    return f"a {type(value).__name__}: {said[:60]}{'…' if len(said) > 60 else ''}"  # noqa: PLR2004  # enough to know it by
