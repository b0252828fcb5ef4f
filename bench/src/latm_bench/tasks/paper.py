"""The original paper's six tasks (arXiv 2305.17126) by name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from latm import Instance
from latm_bench.tasks.generators import find_kind
from latm_bench.tasks.registry import Registry
from latm_bench.tasks.sources import TaskSource, from_file, from_generator

SEQUENCE = "Input: "
OWN = "meeting_scheduling"
"""The task whose questions the paper made itself, which BIG-bench does not have."""


def without_spaces(item: Instance) -> Instance:
    """Remove the spaces inside the input sequence and the target of a `dyck_languages` item, as the paper does."""
    instruction, label, sequence = item.question.partition(SEQUENCE)
    answer = item.answer if item.answer is None else item.answer.replace(" ", "")
    return replace(item, question=f"{instruction}{label}{sequence.replace(' ', '')}", answer=answer)


@dataclass(frozen=True, slots=True)
class PaperTask:
    """One of the six.

    Attributes:
        name: in our tables; the generated kind has the same.
        file: its file's name.
        transform: what the paper does to BIG-bench's items.
    """

    name: str
    file: str
    transform: Callable[[Instance], Instance] | None = None


PAPER_TASKS = (
    PaperTask("logical_deduction", "logical_deduction_five_objects"),
    PaperTask("tracking_shuffled_objects", "tracking_shuffled_objects_five_objects"),
    PaperTask("dyck_languages", "dyck_languages", without_spaces),
    PaperTask("word_sorting", "word_sorting"),
    PaperTask("chinese_remainder_theorem", "chinese_remainder_theorem"),
    PaperTask("meeting_scheduling", "schedule_meeting"),
)
"""In the order of the paper's Table 2."""


def paper_tasks(folder: Path | None = None) -> Registry:
    """Return the six tasks: from files in a folder, or without one all generated.

    Five are BIG-bench's. Meeting scheduling is the paper's own: it is generated if the folder has no file of it.
    """
    return Registry(_source(task, folder) for task in PAPER_TASKS)


def _source(task: PaperTask, folder: Path | None) -> TaskSource:
    if folder is None or (task.name == OWN and not (folder / f"{task.file}.json").exists()):
        return from_generator(find_kind(task.name), name=task.name)
    return paper_file(folder / f"{task.file}.json")


def paper_file(path: Path) -> TaskSource:
    """The task of a file: as the paper has it, and under our name for it, if it is one of the six."""
    known = next((task for task in PAPER_TASKS if task.file == path.stem), PaperTask(path.stem, path.stem))
    return replace(from_file(path, name=known.name), transform=known.transform)
