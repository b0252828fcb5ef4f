"""Absences: answers that nothing is there, by tools that search, which cannot tell that from "worded otherwise"."""

from latm.form.structured import read_json
from latm.known import Known

_NOTHING = frozenset({"", "-", "empty", "missing", "n/a", "none", "nothing", "null", "unclear", "unknown"})
_SHARE = 0.05
"""Of the claims that the model was asked about, so many may be wrong."""


def claims_absence(answer: str) -> bool:
    """Whether an answer says of all that is asked for, or of a field of it, that it is not there."""
    text = answer.strip()
    if not text.startswith(("{", "[")):
        return text.casefold() in _NOTHING
    try:
        read = read_json(text)
    except ValueError:
        return False
    return any(value in (None, "", [], {}) for value in read.values()) if isinstance(read, dict) else not read


def are_trusted(known: Known, least: int) -> bool:
    """Whether such claims of a task's tool are given.

    A tool that accounts for every word has nothing to overlook. One that searches is trusted once the model was asked
    about so many of its claims, and has contradicted hardly any.

    Args:
        known: the task with its tool, and with what became of its claims so far.
        least: how many must have been held against the model's answers.
    """
    if known.tool is None or not known.tool.verification.searches:
        return True
    held, wrong = known.absences
    return held >= least and wrong <= _SHARE * held
