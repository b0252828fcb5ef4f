"""Toy tasks, their right tools, and a scripted model that makes them, whatever the study asks of it."""

import random
from collections.abc import Callable
from pathlib import Path

from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Request
from latm.models.testing import Reply, ScriptedModel
from latm.task import Instance
from latm_bench.tasks.sources import Origin, TaskSource
from paper_replies import FUNCTION, SOLUTION, guide_of, unit_tests
from toy import SUM_TOOL, difference_question, sum_question, taste_question

DIFFERENCE_TOOL = (
    SUM_TOOL.replace("Sums of", "Differences of")
    .replace("Add the numbers", "Take the numbers")
    .replace(" and (", " from (")
    .replace("the sum only", "the difference only")
    .replace("return a + b", "return b - a")
)
COUNT = 40


def source(name: str, question: Callable[[int, int], str], answer: Callable[[int, int], str]) -> TaskSource:
    rng = random.Random(name)
    pairs = [(rng.randint(10, 99), rng.randint(100, 999)) for _ in range(COUNT)]
    items = [Instance(question(a, b), id=str(place), answer=answer(a, b)) for place, (a, b) in enumerate(pairs)]
    return TaskSource(name, Origin.GENERATOR, lambda: items)


SUMS = source("sums", sum_question, lambda a, b: str(a + b))
DIFFERENCES = source("differences", difference_question, lambda a, b: str(b - a))
TASTE = source("snarks", taste_question, lambda a, b: "swans" if (a + b) % 2 else "herons")
SOURCES = [SUMS, DIFFERENCES, TASTE]


def maker_reply(request: Request) -> Reply:
    """A maker that is right about every toy task."""
    text = request.messages[-1].content
    if "Add the numbers" in text:
        return SUM_TOOL
    return DIFFERENCE_TOOL if "Take the numbers" in text else "NO PROGRAM: this takes a poet"


def any_reply(request: Request) -> Reply:
    """The same, and the paper's protocol for sums, and direct answers that are always 7."""
    if request.purpose == "direct":
        return "Answer: 7"
    if request.purpose == "dispatch":
        return "1"
    if request.messages[0].role == "system":
        return maker_reply(request)
    if request.purpose == "tool-user":
        return f"```python\n{SOLUTION.format(a=3, b=4)}\n```"
    pairs = [(4, 5), (5, 6), (6, 7)]
    return {"propose": FUNCTION, "verify": unit_tests(*pairs), "wrap": guide_of(*pairs)}[request.purpose]


def scripted(reply: Callable[[Request], Reply] = any_reply, *, light: bool = False) -> Models:
    """Every role by one scripted model, or the tool user by another of the same script."""
    meter = Meter()
    strong = ScriptedModel(reply, name="strong")
    user = ScriptedModel(reply, name="light") if light else strong
    return Models(
        maker=Metered(strong, meter, "maker"),
        user=Metered(user, meter, "user"),
        dispatcher=Metered(strong, meter, "dispatcher"),
        direct=Metered(strong, meter, "direct"),
        meter=meter,
    )


def write_baseline(folder: Path, task: TaskSource, wrong: int) -> None:
    """Recorded direct answers to a toy task, of which the last so many are wrong."""
    import json

    items = list(task.instances())
    lines = [{"model": "recorded", "prompt_prefix": "x" * 400}]
    for place, item in enumerate(items):
        answer = item.answer if place < len(items) - wrong else "no idea"
        lines.append({"question": item.question, "completion": f"Let me see. So the answer is {answer}."})
    (folder / f"{task.name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
