"""Absences: answers that nothing is there, by tools that search, which cannot tell that from "worded otherwise"."""

from latm.form.structured import read_json
from latm.known import Known

_NOTHING = frozenset({"", "-", "empty", "missing", "n/a", "none", "nothing", "null", "unclear", "unknown"})
_SHARE = 0.05
"""The largest share of the checked claims that may be wrong."""


def claims_absence(answer: str) -> bool:
    """Whether an answer says that something is not there: all that the question asks for, or a field of it."""
    text = answer.strip()
    if not text.startswith(("{", "[")):
        return text.casefold() in _NOTHING
    try:
        read = read_json(text)
    except ValueError:
        return False
    return any(value in (None, "", [], {}) for value in read.values()) if isinstance(read, dict) else not read


def are_trusted(known: Known, least: int) -> bool:
    """Whether such claims by a task's tool may be given as answers.

    A tool that accounts for every word overlooks nothing. A tool that searches is trusted once the model has checked
    enough of its claims and contradicted hardly any.

    Args:
        known: the task with its tool, and the result of each check so far.
        least: how many claims must have been compared with the model's answers.
    """
    if known.tool is None or not known.tool.verification.searches:
        return True
    held, wrong = known.absences
    return held >= least and wrong <= _SHARE * held
