"""A recorded direct model: what one real model answered to the questions of BIG-Bench Hard, as published with it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from latm import Instance
from latm.errors import InputError
from latm.parts import CHARACTERS_PER_TOKEN

_CONCLUSION = re.compile(r"so the answer is(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class DirectRecord:
    """One recorded direct answer.

    Attributes:
        answer: what the chain of thought concludes; empty if it reaches no conclusion.
        tokens: sent and received, with the few-shot examples before the question, estimated.
        tokens_bare: the same without those examples.
    """

    answer: str
    tokens: float
    tokens_bare: float


def concluded(completion: str) -> str:
    """What follows the last "So the answer is", without its full stop; empty if the text does not come to it."""
    found = _CONCLUSION.search(completion[max(0, completion.lower().rfind("so the answer is")) :])
    return found[1].strip().removesuffix(".").strip() if found else ""


def same_answer(answer: str, truth: str, task: str) -> bool:
    """Whether a recorded answer is right: white space at the ends apart, and all of it for `dyck_languages`.

    The recorded model was shown brackets with spaces between them, which the paper's task does not have.
    """
    if task == "dyck_languages":
        return "".join(answer.split()) == "".join(truth.split())
    return answer.strip() == truth.strip()


def read_baseline(folder: Path, task: str, items: Sequence[Instance]) -> dict[str, DirectRecord] | None:
    """The recorded answers to a task's items.

    Args:
        folder: one JSONL file a task: a first line with the few-shot prefix, then one line per item, in order.
        task: the file's stem.
        items: every item of the task, in the published order.

    Returns:
        By question; None if the folder has no file for the task.

    Raises:
        InputError: the file cannot be read, or is not of these items.
    """
    path = folder / f"{task}.jsonl"
    if not path.exists():
        return None
    try:
        head, *rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        prefix = len(head["prompt_prefix"])
        records = [_record(row["question"], row["completion"], prefix) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The recorded answers {str(path)!r} cannot be read: {error}.") from error
    asked = ["".join(str(row["question"]).split()) for row in rows]
    # White space apart, since a task's definition may remove it.
    if asked != ["".join(item.question.split()) for item in items]:
        raise InputError(
            f"{str(path)!r} does not answer the {len(items)} questions of {task!r}, one by one.",
            hint="The lines must be those of the task's file, in its order.",
        )
    return dict(zip((item.question for item in items), records, strict=True))


def _record(question: str, completion: str, prefix: int) -> DirectRecord:
    bare = (len(question) + len(completion)) / CHARACTERS_PER_TOKEN
    return DirectRecord(concluded(completion), bare + prefix / CHARACTERS_PER_TOKEN, bare)
