"""The stream of `peers.py`: questions of known kinds, near misses of these, and questions of kinds that are new."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from latm import Example, Instance
from latm_bench.changes import CHANGES
from latm_bench.dispatch import NEAR_MISSES
from latm_bench.known_tasks import JUDGEMENT, family, folder_tasks, generated_tasks
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import MadeTool, tools_of_run

HELD_OUT = 6
CALIBRATING_EACH = 6
SETS = ("known", "near", "foreign")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question.

    Attributes:
        kind: whose question it is, or was before it became a near miss.
        of: one of `SETS`.
        truth: the right answer; None where whatever is served is wrong.
    """

    question: str
    kind: str
    of: str
    truth: str | None


@dataclass(frozen=True, slots=True)
class Stream:
    """What everyone is told beforehand, and what is asked then.

    Attributes:
        tools: of the known kinds.
        examples: the six of each known kind that its tool was made from.
        warm: answered questions of each known kind, those six among them.
        calibrating: questions with their kinds, or None where they are of no known kind.
        asked: in their order.
    """

    tools: Mapping[str, MadeTool]
    examples: Mapping[str, Sequence[Example]]
    warm: Mapping[str, Sequence[Example]]
    calibrating: Sequence[tuple[str, str | None]]
    asked: Sequence[Asked]


def stream(data: Path, run: Path, *, warm: int, each: int, seed: int) -> Stream:
    """Draw the stream.

    Kinds with a tool are known, but for six that are held out: three of these, and the kinds that rest on judgement,
    are the foreign ones; the other three, and six fresh questions of each known kind, are to calibrate on.

    Args:
        data: a folder of task files.
        run: a run of `latm bench compiled --generated` over the same data, with its tools.
        warm: answered questions of each known kind.
        each: questions of each known kind, near misses of each, and questions of each foreign kind.
        seed: of the draws.

    Raises:
        InputError: there are no tasks, or no tools.
    """
    splits = {one.name: paper_split(one.instances()) for one in (*folder_tasks(data), *generated_tasks(seed=0))}
    made = tools_of_run(run)
    rng = random.Random(seed)  # noqa: S311  # a benchmark's draw, no secret
    sizes = Counter(map(family, splits))
    out = rng.sample(sorted(name for name in made if sizes[family(name)] == 1), HELD_OUT)
    known = [name for name in splits if name in made and name not in out]
    foreign = [*out[: HELD_OUT // 2], *(name for name in splits if name.removeprefix("generated/") in JUDGEMENT)]
    drawn = {name: _shuffled(split, rng) for name, split in splits.items()}
    more = warm - len(splits[known[0]].examples)
    fresh = {name: items[more:] for name, items in drawn.items()}
    calibrating: list[tuple[str, str | None]] = [
        (one.question, name) for name in known for one in fresh[name][-CALIBRATING_EACH:]
    ]
    enough = len(calibrating) // len(out[HELD_OUT // 2 :])
    calibrating += [(one.question, None) for name in out[HELD_OUT // 2 :] for one in fresh[name][:enough]]
    asked = [one for name in known for one in _of_known(name, fresh[name][:each], rng)]
    asked += [Asked(one.question, name, "foreign", one.answer) for name in foreign for one in fresh[name][:each]]
    rng.shuffle(asked)
    return Stream(
        tools={name: made[name] for name in known},
        examples={name: splits[name].examples for name in known},
        warm={name: [*splits[name].examples, *map(_answered, drawn[name][:more])] for name in known},
        calibrating=calibrating,
        asked=asked,
    )


def _shuffled(split: Split, rng: random.Random) -> list[Instance]:
    items = list(split.test)
    rng.shuffle(items)
    return items


def _answered(item: Instance) -> Example:
    return Example(item.question, str(item.answer))


def _of_known(name: str, items: Sequence[Instance], rng: random.Random) -> Iterator[Asked]:
    """A kind's own questions, each framed as a near miss too, and each with another meaning where the bench has one."""
    for item in items:
        yield Asked(item.question, name, "known", item.answer)
        yield Asked(rng.choice(NEAR_MISSES).format(item.question), name, "near", None)
    for change in CHANGES:
        if change.task == name and change.what == "meaning":
            for changed in filter(None, (change.apply(item) for item in items)):
                yield Asked(changed.question, name, "near", changed.answer)
