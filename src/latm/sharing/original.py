"""Wrapped tools of the original LATM repository (arXiv 2305.17126).

Each is a list of chat messages, the last of which shows a function and how it is called for some questions.
"""

import re
from typing import Any

from latm.answering.paper_user import CODE, question_key
from latm.errors import InputError
from latm.sharing.bundle import IMPORTED, Bundle
from latm.task import Example
from latm.tool import Demonstration, Program, ToolKind

_BLOCK = re.compile(r"^```(?:python)?[ \t]*\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
_USE = re.compile(
    r"^Question:[ \t]*(?P<question>.*?)^Solution:\s*```(?:python)?[ \t]*\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE
)
_LABELLED = re.compile(r"^Question:[ \t]*(?P<question>.*?)^Answer:[ \t]*(?P<answer>[^\n]*)$", re.DOTALL | re.MULTILINE)
_ANSWER = re.compile(r"^Answer:[ \t]*(?P<answer>[^\n]*)\s*\Z", re.MULTILINE)


def read_original(messages: Any, task: str) -> Bundle:
    """The tool in such a list, with the right answers that it or the conversation before it gives.

    Args:
        messages: as read from JSON.
        task: what to call its task.

    Raises:
        InputError: it is not such a list, or has no function, no use, or no right answers.
    """
    said = _contents(messages)
    wrapped = said[-1]
    if (function := _BLOCK.search(wrapped)) is None:
        raise InputError("The last message has no ```python block with a function.")
    answers = {
        question_key(found["question"]): found["answer"].strip()
        for text in said[:-1]
        for found in _LABELLED.finditer(text)
    }
    uses, examples = [], []
    for found in _USE.finditer(wrapped, function.end()):
        question, answer = _divided(found["question"])
        uses.append(Demonstration(question, {CODE: found["code"].rstrip()}))
        if (right := answer or answers.get(question_key(question))) is not None:
            examples.append(Example(question, right, IMPORTED))
    if not uses:
        raise InputError("The last message shows no question with its solution in a ```python block.")
    if missing := len(uses) - len(examples):
        raise InputError(f"{missing} of the {len(uses)} questions that it shows have no right answer.")
    program = Program(function["code"].strip() + "\n", ToolKind.PAPER)
    origin = {"origin": "a wrapped tool of the original LATM repository"}
    return Bundle(task, program, tuple(examples), tuple(uses), provenance=origin)


def _contents(messages: Any) -> list[str]:
    """The texts of a list of chat messages."""
    if not isinstance(messages, list) or not messages:
        raise InputError("The file is not a list of chat messages.")
    texts = [message.get("content") if isinstance(message, dict) else None for message in messages]
    if not all(isinstance(text, str) for text in texts):
        raise InputError("The file is not a list of chat messages: each has a text as its `content`.")
    return [text.replace("\r\n", "\n") for text in texts if isinstance(text, str)]


def _divided(question: str) -> tuple[str, str | None]:
    """A question, and the right answer that stands under it."""
    found = _ANSWER.search(question)
    return (question[: found.start()].strip(), found["answer"].strip()) if found else (question.strip(), None)
