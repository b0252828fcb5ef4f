"""When a tool is worth making: pure functions of the questions that came."""

import math

from latm.kinds import regions
from latm.ledger import Usage, break_even, expected_questions
from latm.settings import Settings
from latm.task import Record, Task, TaskStatus

_DECIDED = {TaskStatus.SERVED, TaskStatus.UNTOOLABLE, TaskStatus.WAITING, TaskStatus.DORMANT, TaskStatus.MERGED}
GROWTH = 2
"""The number of questions must grow by this factor before a making that reached a verdict is tried again."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 600.0
_DOUBLINGS = 8


def is_ripe(  # noqa: PLR0913  # everything that the decision depends on, and nothing else
    task: Task,
    record: Record,
    settings: Settings,
    *,
    passed: int,
    remaining: int | None,
    making: Usage | None,
    now: float,
) -> bool:
    """Whether a tool for a task should be made now.

    Args:
        task: the task, with the examples that stand.
        record: what is known of its questions, in all processes.
        settings: how many examples a making takes, and what it costs until that is known.
        passed: questions of any kind so far in this stream.
        remaining: questions still to come in the stream; None if unknown.
        making: what the median making has cost; None before the first.
        now: seconds since the epoch.
    """
    if settings.making == "never" or not is_open(task, record, now):
        return False
    if len(task.examples) < examples_needed(task, settings):
        return False
    return expected_questions(record.came, passed, remaining) >= pays_from(record, making, settings.making_tokens)


def is_open(task: Task, record: Record, now: float) -> bool:
    """Whether a task is open for another making: no earlier decision makes it wait.

    Args:
        task: the task as it is now.
        record: what is known of its questions.
        now: seconds since the epoch.
    """
    return task.status not in _DECIDED and now >= record.retry_at and record.came >= GROWTH * record.tried_at


def examples_needed(task: Task, settings: Settings) -> int:
    """How many examples a making of a task takes: more if they carry free text, which a tool may search."""
    least = settings.examples_shown + settings.examples_held_out
    if not least <= len(task.examples) < settings.examples_of_text:
        return least
    is_free = bool(regions([example.question for example in task.examples]).free)
    return settings.examples_of_text if is_free else least


def pays_from(record: Record, making: Usage | None, making_tokens: int) -> float:
    """How many questions a tool must answer to pay for its making: in money if prices are known, otherwise in tokens.

    Args:
        record: what direct answers of the kind cost.
        making: what a making costs; None if that is not known yet.
        making_tokens: the assumed cost in that case.
    """
    if not record.direct_answers:
        return math.inf
    if making is not None and making.cost and record.direct_cost:
        return break_even(float(making.cost), record.direct_cost / record.direct_answers)
    tokens = making.tokens if making is not None else making_tokens
    return break_even(tokens, record.direct_tokens / record.direct_answers)


def pause_after(failures: int) -> float:
    """Seconds until a making that could not be carried out is tried again. They double with every failure in a row.

    Args:
        failures: how many there were before this one.
    """
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures, _DOUBLINGS))
