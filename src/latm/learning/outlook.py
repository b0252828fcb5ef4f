"""Why a task has no tool yet: what is missing, in numbers."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from latm.event import EventKind
from latm.learning.economy import GROWTH, examples_needed, pays_from
from latm.ledger import Usage, expected_questions
from latm.settings import Settings
from latm.store import ToolCache
from latm.task import Record, Task, TaskStatus


@dataclass(frozen=True, slots=True)
class Outlook:
    """What stands between a task and its tool.

    Attributes:
        task: its name.
        status: its status.
        examples: how many different examples stand.
        examples_needed: how many examples a making takes.
        came: how many questions of the kind came that no tool answered.
        expected: how many more are expected.
        pays_from: how many it takes until a tool has paid for its making; None before the first direct answer.
        tried_again_at: how many must have come before a making that reached a verdict is tried again; 0 without one.
        failures: how many makings in a row could not be carried out.
        last_failure: why the last making led to no tool; empty if there was none.
        retry_in: seconds until a making that could not be carried out is tried again; 0 for now.
        missing: each thing that is missing, as a sentence; empty if a tool serves or is due.
    """

    task: str
    status: TaskStatus
    examples: int
    examples_needed: int
    came: int
    expected: float
    pays_from: float | None
    tried_again_at: int
    failures: int
    last_failure: str
    retry_in: float
    missing: tuple[str, ...] = ()


def outlooks(
    cache: ToolCache, tasks: Sequence[Task], settings: Settings, *, makes: bool, compared: Collection[str]
) -> list[Outlook]:
    """What is missing for each of these tasks. This reads the store.

    Args:
        cache: the tool cache of the tasks.
        tasks: the tasks with their examples.
        settings: how and when tools are made.
        makes: whether there is a tool maker.
        compared: tasks with a version that is compared with the model's answers before it serves.
    """
    records, making = cache.records([task.name for task in tasks]), cache.typical_making_usage()
    found = []
    for task in tasks:
        record = records.get(task.name, Record())
        events = cache.events(task.name) if record.failures else ()
        postponed = [event.why for event in events if event.kind is EventKind.POSTPONED]
        found.append(
            outlook(
                task,
                record,
                settings,
                making=making,
                last_failure=postponed[-1] if postponed else "",
                makes=makes,
                now=cache.clock(),
                is_compared=task.name in compared,
            )
        )
    return found


def outlook(  # noqa: PLR0913  # everything that the decision depends on, and nothing else
    task: Task,
    record: Record,
    settings: Settings,
    *,
    making: Usage | None,
    last_failure: str,
    makes: bool,
    now: float,
    is_compared: bool = False,
) -> Outlook:
    """What is missing for a tool, as the decision to make one sees it between two streams.

    Args:
        task: the task, with the examples that stand.
        record: what is known of its questions, in all processes.
        settings: how and when tools are made.
        making: what a making typically costs; None before the first.
        last_failure: why the last making could not be carried out; empty if it could.
        makes: whether there is a tool maker.
        now: seconds since the epoch.
        is_compared: whether one of its versions is compared with the model's answers before it serves.
    """
    pays = pays_from(record, making, settings.making_tokens)
    bare = Outlook(
        task=task.name,
        status=task.status,
        examples=len({example.question for example in task.examples}),
        examples_needed=examples_needed(task, settings),
        came=record.came,
        expected=expected_questions(record.came, record.came, None),
        pays_from=None if math.isinf(pays) else pays,
        tried_again_at=GROWTH * record.tried_at,
        failures=record.failures,
        last_failure=last_failure or task.reason,
        retry_in=max(0.0, record.retry_at - now),
    )
    missing = () if task.status is TaskStatus.SERVED else tuple(_missing(bare, makes and settings.making != "never"))
    missing = (bare.last_failure,) if is_compared else missing
    return replace(bare, missing=missing)


def _missing(seen: Outlook, makes: bool) -> Iterator[str]:
    if seen.status is TaskStatus.WAITING:
        yield f"{seen.last_failure}: `latm tools approve {seen.task}` lets it serve"
        return
    if seen.status is TaskStatus.MERGED:
        yield f"{seen.last_failure}: `latm tasks unmerge {seen.task}` parts them"
        return
    if seen.status is TaskStatus.UNTOOLABLE:
        yield f"no program can do this: {seen.last_failure}"
        return
    if not makes:
        yield "no tool maker is set here, or making is switched off"
    if seen.examples < seen.examples_needed:
        yield f"a making takes {seen.examples_needed} different examples, and there are {seen.examples}"
    if seen.retry_in:
        why = f"the last making could not be carried out ({seen.last_failure})"
        yield f"{why}; it is tried again in {seen.retry_in:.0f} s"
    if seen.came < seen.tried_again_at:
        yield (
            f"the last making led to no tool ({seen.last_failure}); it is tried again after {seen.tried_again_at} "
            f"questions, and {seen.came} have come"
        )
    if seen.pays_from is None:
        yield "nothing says what a direct answer costs: no question of this kind has been answered directly"
    elif seen.expected < seen.pays_from:
        yield f"a tool pays from {math.ceil(seen.pays_from)} questions on, and {seen.expected:.0f} are expected"
