"""Scoring: what a run's answers are worth against the truth, and what they saved. Pure; nothing is run here."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from latm.answer import Route
from latm.demo.running import Course
from latm.ledger import Usage
from latm.task import Instance, Task

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Scored:
    """One question of the stream, scored.

    Attributes:
        kind: the generator's name for it, which the product never sees.
        task: the found task it came to belong to; None if it joined none.
        route: which way its answer came.
        right: whether the answer equals the truth, white space at the ends apart.
        after_tool: whether it came in a block after a tool for its kind stood. A found task's tool is for the kind
            that most of the task's questions are of.
        usage: spent on this answer.
    """

    kind: str
    task: str | None
    route: Route
    right: bool
    after_tool: bool
    usage: Usage


@dataclass(frozen=True, slots=True)
class Tally:
    """What some of the questions add up to.

    Attributes:
        questions: how many; every one of them is right or wrong.
        right: answers equal to the truth.
        routes: how many came which way.
        after_tool: questions that came once a tool for their kind stood.
        by_tool_after: how many of those a tool answered with no model call.
        right_by_tool: answers given by a tool that equal the truth.
        usage: spent on these answers, makings apart.
    """

    questions: int
    right: int
    routes: Mapping[Route, int]
    after_tool: int
    by_tool_after: int
    right_by_tool: int
    usage: Usage

    @classmethod
    def of(cls, scored: Iterable[Scored]) -> "Tally":
        """Count."""
        listed = list(scored)
        after = [one for one in listed if one.after_tool]
        by_tool = [one for one in listed if one.route is Route.TOOL]
        return cls(
            questions=len(listed),
            right=sum(one.right for one in listed),
            routes=Counter(one.route for one in listed),
            after_tool=len(after),
            by_tool_after=sum(one.route is Route.TOOL for one in after),
            right_by_tool=sum(one.right for one in by_tool),
            usage=sum((one.usage for one in listed), Usage()),
        )

    @property
    def wrong(self) -> int:
        """Answers that differ from the truth, failed ones included."""
        return self.questions - self.right

    @property
    def by_tool(self) -> int:
        """Answers given by a tool, with no model call."""
        return self.routes.get(Route.TOOL, 0)

    @property
    def coverage(self) -> float | None:
        """The share answered by a tool of those that came once one stood; None if none did."""
        return self.by_tool_after / self.after_tool if self.after_tool else None

    @property
    def precision(self) -> float | None:
        """The share of the tools' answers that is right; None if they gave none."""
        return self.right_by_tool / self.by_tool if self.by_tool else None


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task that the product found, or the questions that joined none (then `task` is None)."""

    task: Task | None
    kinds: Mapping[str, int]
    tally: Tally
    making: Usage

    @property
    def kind(self) -> str:
        """What most of its questions are."""
        return max(self.kinds, key=lambda kind: (self.kinds[kind], kind))

    @property
    def name(self) -> str:
        """The product's name for it."""
        return self.task.name if self.task else "(no task)"

    @property
    def status(self) -> str:
        """What has become of it; `unassigned` for questions that joined none."""
        return str(self.task.status) if self.task else "unassigned"


@dataclass(frozen=True, slots=True)
class Score:
    """A whole run, scored.

    Attributes:
        scored: every question in order.
        found: the found tasks, the one with the most questions first.
        kinds: by the generators' kind, in the order of their first question.
        direct: by kind, the mean tokens of one direct answer, sent and received.
    """

    scored: Sequence[Scored]
    found: Sequence[FoundTask]
    kinds: Mapping[str, Tally]
    direct: Mapping[str, "DirectMean"]

    @property
    def total(self) -> Tally:
        """All questions together."""
        return Tally.of(self.scored)


@dataclass(frozen=True, slots=True)
class DirectMean:
    """What a direct answer took on average.

    Attributes:
        input_tokens: sent.
        output_tokens: received.
        sample: over how many direct answers; 0: none of the kind was direct, so all kinds stand in.
    """

    input_tokens: float
    output_tokens: float
    sample: int

    @property
    def tokens(self) -> float:
        """Sent and received."""
        return self.input_tokens + self.output_tokens


def score(course: Course, instances: Sequence[Instance]) -> Score:
    """Score a run against the truth, question by question."""
    tasks = _task_of_each(course)
    kinds = [str(instance.task) for instance in instances]
    stands_from = _kind_stands_from(course, tasks, kinds)
    scored = [
        Scored(
            kind=kind,
            task=task,
            route=answer.route,
            right=answer.route is not Route.FAILED and answer.text.strip() == str(instance.answer).strip(),
            after_tool=place >= stands_from.get(kind, len(kinds)),
            usage=answer.usage,
        )
        for place, (instance, answer, task, kind) in enumerate(
            zip(instances, course.answers, tasks, kinds, strict=True)
        )
    ]
    by_kind = _grouped(scored, lambda one: one.kind)
    return Score(
        scored=scored,
        found=_found(course, scored),
        kinds={kind: Tally.of(ones) for kind, ones in by_kind.items()},
        direct=_direct_means(by_kind),
    )


def _task_of_each(course: Course) -> list[str | None]:
    """The found task of each question: where the dispatcher saw it, or else where it was kept as an example.

    A task that turned out to be several is no more; its questions are where they went.
    """
    known = {task.name for task in course.tasks}
    kept = {example.question: task.name for task in course.tasks for example in task.examples}
    return [answer.task if answer.task in known else kept.get(answer.question) for answer in course.answers]


def _kind_stands_from(course: Course, tasks: Sequence[str | None], kinds: Sequence[str]) -> dict[str, int]:
    members: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for task, kind in zip(tasks, kinds, strict=True):
        members[task][kind] += 1
    stands: dict[str, int] = {}
    for task, place in course.stands_from.items():
        for kind, _ in members[task].most_common(1):
            stands[kind] = min(place, stands.get(kind, place))
    return stands


def _found(course: Course, scored: Sequence[Scored]) -> list[FoundTask]:
    known = {task.name: task for task in course.tasks}
    made: defaultdict[str, Usage] = defaultdict(Usage)
    for at in course.makings:
        made[at.making.task] += at.making.usage
    found = [
        FoundTask(
            task=known[name] if name else None,
            kinds=Counter(one.kind for one in ones),
            tally=Tally.of(ones),
            making=made[name] if name else Usage(),
        )
        for name, ones in _grouped(scored, lambda one: one.task).items()
    ]
    return sorted(found, key=lambda one: (-one.tally.questions, one.name))


def _direct_means(by_kind: Mapping[str, Sequence[Scored]]) -> dict[str, DirectMean]:
    """A direct answer that the tool user tried first took two calls, and is left out."""
    samples = {
        kind: [one.usage for one in ones if one.route is Route.DIRECT and one.usage.calls == 1]
        for kind, ones in by_kind.items()
    }
    everything = [usage for usages in samples.values() for usage in usages]
    return {kind: _mean(usages or everything, len(usages)) for kind, usages in samples.items()}


def _mean(usages: Sequence[Usage], sample: int) -> DirectMean:
    if not usages:
        return DirectMean(0.0, 0.0, 0)
    return DirectMean(
        fmean(usage.input_tokens for usage in usages), fmean(usage.output_tokens for usage in usages), sample
    )


def _grouped(scored: Iterable[Scored], key: Callable[[Scored], Key]) -> dict[Key, list[Scored]]:
    groups: dict[Key, list[Scored]] = {}
    for one in scored:
        groups.setdefault(key(one), []).append(one)
    return groups
