"""The tasks of the studies, and what is known of them beforehand."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from latm_bench.tasks.generators import KINDS, VARIANTS
from latm_bench.tasks.paper import PAPER_TASKS
from latm_bench.tasks.sources import TaskSource, from_folder, from_generator

JUDGEMENT = frozenset({"causal_judgement", "snarks", *(kind.name for kind in KINDS if kind.needs_judgement)})
"""Tasks whose answers rest on judgement: a maker that makes a tool for one has failed."""
TRAPS = frozenset({"geometric_shapes"})
"""Tasks whose labels do not follow from the question: a tool for one over-reaches."""

_SIZES = re.compile(r"_(three|five|seven)_objects$")


def is_solvable(task: str) -> bool:
    """Whether a program can be expected to answer the task."""
    return task.removeprefix("generated/") not in JUDGEMENT | TRAPS


def folder_tasks(folder: Path) -> list[TaskSource]:
    """The tasks of a folder, sorted by name, each as the paper has it if it is one of the paper's.

    Raises:
        InputError: there is no such folder, or it holds no task files.
    """
    return [as_published(source) for source in from_folder(folder)]


def as_published(source: TaskSource) -> TaskSource:
    """The task of a file, as the paper has it if the file is one of the paper's."""
    transforms = {task.file: task.transform for task in PAPER_TASKS}
    return replace(source, transform=transforms.get(source.name))


def generated_tasks(*, seed: int, count: int = 250, variants: bool = False) -> Sequence[TaskSource]:
    """The generated kinds; with `variants`, also those that mean something else under nearly the same words."""
    kinds = (*KINDS, *VARIANTS) if variants else KINDS
    return [from_generator(kind, seed=seed, count=count) for kind in kinds]


def without_size(task: str) -> str:
    """What a task with three, five or seven objects is, whatever their number."""
    return _SIZES.sub("", task)


def family(task: str) -> str:
    """What a task is, whatever its size and its wording.

    A task and the generated kind that was written from its definition are one family, as are its sizes.
    """
    return without_size(task).removeprefix("generated/")
