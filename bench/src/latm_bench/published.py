"""What the paper published (arXiv 2305.17126, Tables 2 and 3), by our names of its tasks."""

from latm_bench.tasks.paper import PAPER_TASKS

_TASKS = tuple(task.name for task in PAPER_TASKS)

ACCURACY = {
    "GPT-3.5 with GPT-4's tools": dict(zip(_TASKS, (0.797, 0.996, 0.922, 0.983, 1.0, 1.0), strict=True)),
    "GPT-4 with its own tools": dict(zip(_TASKS, (0.866, 1.0, 0.875, 0.991, 1.0, 1.0), strict=True)),
}
"""Table 2: accuracy on the test items, by tool user."""

MADE_OF_FIVE = dict(zip(_TASKS, (3, 4, 5, 5, 5, 3), strict=True))
"""Table 3: of five makings by GPT-4, how many led to a tool."""


def is_known(task: str) -> bool:
    """Whether it is one of the paper's six."""
    return task in _TASKS


def made_of_five(task: str) -> str | None:
    """How many of five makings led to a tool, in words; None for a task that the paper does not have."""
    return f"{MADE_OF_FIVE[task]} of 5" if is_known(task) else None


def best_accuracy(task: str) -> float:
    """The better of the two published accuracies with tools."""
    return max(of[task] for of in ACCURACY.values())
