"""The stress study: does verification let a bad tool pass, whatever the maker says and whatever the examples are?"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from latm import Example, Instance, Program, Request
from latm.errors import InputError
from latm.parts import ANSWER_FUNCTION, DirectAnswer, Sandbox, ScriptedModel, Verdict, open_sandbox
from latm.report import Cell, Column, Figure, Section, Table
from latm_bench.concurrency import gather
from latm_bench.damage import FORMS, MEANINGS, Damage, Family, block, hostile, mutants
from latm_bench.examples import EXAMPLE_DAMAGES, ExampleDamage
from latm_bench.findings import Findings, interval, number
from latm_bench.making import Workshop
from latm_bench.running import Bench
from latm_bench.statistics import Rate, wilson
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import tools_of_run

Sample = Mapping[str, Any]

LET_THROUGH = {"made", "reused"}


UNSEEN = 60
"""Questions of its own task that a tool which was made is tried on; and as many of others."""
HANG_SECONDS = 300.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """A task with a tool that is right, which the study damages."""

    task: str
    source: str
    split: Split
    foreign: Sequence[Example]
    others: Sequence[Instance]


@dataclass(frozen=True, slots=True)
class Trial:
    """One making.

    Attributes:
        family: what kind of damage.
        damage: its name.
        script: `stubborn`: the maker says the same at every try; `corrected`: it goes wrong once, then is right; for
            damaged examples `strict` or `judged`: whether gold labels may be doubted.
        subject: the task and its right tool.
        replies: what the maker says, the last again and again.
        examples: what the tool is made from.
        strict: whether gold labels stand whatever the tool says.
    """

    family: Family
    damage: str
    script: str
    subject: Subject
    replies: Sequence[str]
    examples: Sequence[Example]
    strict: bool = True

    @property
    def key(self) -> str:
        """Names the trial within its run."""
        return f"{self.family}/{self.damage}/{self.script}/{self.subject.task}"


@dataclass(frozen=True, slots=True)
class Options:
    """What the study is asked to do.

    Attributes:
        tools: a run of the study of compiled tools, whose tools are damaged.
        mutations: mutants of each tool.
        used: how many of the five examples for making, and of the five for verifying, there are; three in the paper.
        seed: of the mutants.
    """

    tools: Path
    mutations: int = 20
    used: int = 3
    seed: int = 0


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
    """Make tools from damaged completions and damaged examples, and try every tool that passes on unseen questions.

    Args:
        bench: no model of its is asked.
        sources: the tasks.
        options: of the tools, the mutants and the examples.

    Raises:
        InputError: there are no tools that are right.
        LatmError: the machine failed.
    """
    async with open_sandbox(bench.settings) as sandbox:
        subjects = await _subjects(sandbox, sources, options.tools, options.used)
        bench.tell(
            f"{len(subjects)} tools are right on {UNSEEN} unseen questions: {', '.join(s.task for s in subjects)}."
        )
        trials = [
            *_of_completions(subjects),
            *_of_mutants(subjects, options.mutations, options.seed),
            *_of_examples(subjects),
        ]
        slots, done = asyncio.Semaphore(_AT_ONCE), 0

        async def run(trial: Trial) -> dict[str, Any]:
            nonlocal done
            async with slots:
                sample = await bench.samples.get(trial.key, partial(_run, bench, sandbox, trial))
            done += 1
            if done % 50 == 0 or done == len(trials):
                bench.progress(done, len(trials), f"{trial.family}: {trial.damage}")
            return sample

        samples = await gather([partial(run, trial) for trial in trials])
    return findings_of(samples)


async def _subjects(sandbox: Sandbox, sources: Sequence[TaskSource], folder: Path, used: int) -> list[Subject]:
    made = tools_of_run(folder)
    splits = {source.name: paper_split(source.instances(), used=used) for source in sources if source.name in made}
    subjects = []
    for task, split in splits.items():
        foreign = [shown for other, of in splits.items() if other != task for shown in of.examples[:3]]
        others = [of.test[place] for other, of in splits.items() if other != task for place in range(5)]
        subject = Subject(task, made[task].tool.source, split, foreign, others[:UNSEEN])
        judged = await _judged(sandbox, subject, made[task].tool.source)
        if not judged["wrong"] and not judged["foreign_wrong"] and judged["answered"] == judged["asked"]:
            subjects.append(subject)
    if not subjects:
        raise InputError(f"No tool of the run {str(folder)!r} is right.", hint="Make others, by `latm bench compiled`.")
    return subjects


def _of_completions(subjects: Sequence[Subject]) -> list[Trial]:
    """Every damage of form and meaning on every task; the attacks, which are many, on one task each in turn."""
    control = Damage(Family.NONE, "nothing", lambda source, _shown: block(source))
    everywhere = [(damage, subject) for damage in (control, *FORMS, *MEANINGS) for subject in subjects]
    in_turn = [(damage, subjects[place % len(subjects)]) for place, damage in enumerate(hostile())]
    trials = []
    for damage, subject in [*everywhere, *in_turn]:
        examples = subject.split.examples
        bad = damage.write(subject.source, examples[:3])
        trials.append(Trial(damage.family, damage.name, "stubborn", subject, [bad], examples))
        if damage.family in {Family.FORM, Family.MEANING}:
            replies = [bad, block(subject.source)]
            trials.append(Trial(damage.family, damage.name, "corrected", subject, replies, examples))
    return trials


def _of_mutants(subjects: Sequence[Subject], count: int, seed: int) -> list[Trial]:
    return [
        Trial(Family.MUTANT, f"mutant {number}", "stubborn", subject, [block(source)], subject.split.examples)
        for subject in subjects
        for number, source in enumerate(mutants(subject.source, count, f"{subject.task} {seed}"), start=1)
    ]


def _of_examples(subjects: Sequence[Subject]) -> list[Trial]:
    """Damaged examples, for a maker that is right, and for one that learns the examples' mistakes by heart."""
    return [
        Trial(
            Family.EXAMPLES,
            f"{damage.name}, {maker}",
            "strict" if strict else "judged",
            subject,
            [reply],
            shown,
            strict,
        )
        for subject in subjects
        for damage in EXAMPLE_DAMAGES
        for strict in (True, False)
        for shown in [damage.spoil(list(subject.split.examples), subject.foreign)]
        for maker, reply in _makers(subject, damage, shown)
    ]


def _makers(subject: Subject, damage: ExampleDamage, shown: Sequence[Example]) -> list[tuple[str, str]]:
    makers = [("the maker is right", block(subject.source))]
    if damage.mislabels:
        table = {example.question: example.answer for example in shown[:3]}
        learnt = (
            f"{subject.source}\n\n_KNOWN = {table!r}\n_form = answer\ndef answer(value, question):\n"
            "    return _KNOWN.get(question) or _form(value, question)\n"
        )
        makers.append(("the maker learns mistakes by heart", block(learnt)))
    return makers


async def _run(bench: Bench, sandbox: Sandbox, trial: Trial) -> dict[str, Any]:
    """One making, and what became of the tool that it made, if it made one."""
    settings = bench.settings.model_copy(update={"gold_is_strict": trial.strict})
    asked = 0

    def say(_request: Request) -> str:
        nonlocal asked
        asked += 1
        return trial.replies[min(asked, len(trial.replies)) - 1]

    judge = None if trial.strict else DirectAnswer(ScriptedModel(_truths(trial.subject), name="truth"))
    workshop = Workshop(ScriptedModel(say), sandbox, settings, judge)
    started = time.monotonic()
    made: Mapping[str, Any] = {"outcome": "refused", "reason": "", "tool": None, "usage": None}
    try:
        async with asyncio.timeout(HANG_SECONDS):
            made = await workshop.make("compiled", trial.subject.task, trial.examples, trial.subject.foreign)
    except InputError as error:
        made = {**made, "reason": error.message}
    except TimeoutError:
        made = {**made, "outcome": "hung"}
    source = made["tool"]["source"] if made["tool"] else None
    return {
        "family": trial.family,
        "damage": trial.damage,
        "script": trial.script,
        "task": trial.subject.task,
        "outcome": made["outcome"],
        "reason": made["reason"],
        "cause": _cause(made),
        "completions": asked,
        "tokens": made["usage"]["input_tokens"] + made["usage"]["output_tokens"] if made["usage"] else 0,
        "seconds": round(time.monotonic() - started, 3),
        "changed": source is not None and source.strip() != trial.subject.source.strip(),
        "judged": await _judged(sandbox, trial.subject, source) if source else None,
    }


def _cause(made: Mapping[str, Any]) -> str:
    """What stopped a making: the gate that stopped its last try, or that it was not begun for want of examples."""
    stopped = [str(attempt["gate"]) for attempt in made.get("attempts", ()) if attempt["gate"]]
    if made["outcome"] == "refused":
        return "too few examples"
    return stopped[-1] if stopped else ""


def _truths(subject: Subject) -> Callable[[Request], str]:
    """A judge that is always right."""
    truths = {example.question: example.answer for example in subject.split.examples}

    def judge(request: Request) -> str:
        return truths.get(request.messages[-1].content, "unknown")

    return judge


async def _judged(sandbox: Sandbox, subject: Subject, source: str) -> dict[str, int]:
    """What a tool does with unseen questions of its own task, and of others."""
    own = subject.split.test[:UNSEEN]
    program = Program(source).code
    results = await sandbox.batch(program, ANSWER_FUNCTION, [(item.question,) for item in (*own, *subject.others)])
    pairs = list(zip((*own, *subject.others), results, strict=True))
    answered = [_is_right(item, result.text) for item, result in pairs[: len(own)] if result.verdict is Verdict.OK]
    foreign = [_is_right(item, result.text) for item, result in pairs[len(own) :] if result.verdict is Verdict.OK]
    return {
        "asked": len(own),
        "answered": len(answered),
        "wrong": answered.count(False),
        "foreign_wrong": foreign.count(False),
    }


def _is_right(item: Instance, value: object) -> bool:
    return str(value).strip() == str(item.answer).strip()


def is_bad(sample: Sample) -> bool:
    """Whether a tool was let through that answers an unseen question wrongly, of its own task or of another."""
    judged = sample["judged"]
    return judged is not None and bool(judged["wrong"] or judged["foreign_wrong"])


def findings_of(samples: Sequence[Sample]) -> Findings:
    """What the study found.

    Args:
        samples: one per making.
    """
    damaged = [one for one in samples if one["family"] not in {"undamaged", "mutant"}]
    mutants = [one for one in samples if one["family"] == "mutant"]
    bad, bad_mutants = sum(map(is_bad, damaged)), sum(map(is_bad, mutants))
    hung = sum(one["outcome"] == "hung" for one in samples)
    unexplained = sum(one["outcome"] not in LET_THROUGH and not one["cause"] for one in samples)
    return Findings(
        title="Verification under stress",
        lead="Tools that are right are damaged before the gates see them, or their examples are. A tool that is let "
        "through counts as bad if it answers any unseen question wrongly, of its own task or of another.",
        figures=[
            Figure(f"{len(damaged):,}", "damaged or hostile makings", f"and {len(mutants):,} mutants"),
            Figure(f"{bad:,}", "bad tools let through", f"at most {wilson(bad, len(damaged)).high:.2%} at 95 %"),
            Figure(f"{bad_mutants:,}", "mutants let through that are wrong somewhere", f"of {len(mutants):,}"),
            Figure(f"{hung:,}", "makings that hung"),
        ],
        sections=[
            Section("Families of damage", parts=[_family_table(samples)]),
            Section("Why makings failed", parts=[_cause_table(samples)]),
            Section("Every damage of form, meaning and examples", parts=[_damage_table(samples)]),
            Section("What was let through although it is wrong somewhere", parts=[_bad_table(samples)]),
        ],
        measures={
            "makings": len(samples),
            "damaged or hostile": len(damaged),
            "bad tools let through": bad,
            "mutants": len(mutants),
            "wrong mutants let through": bad_mutants,
            "hung": hung,
            "failures without a cause": unexplained,
        },
        data={"samples": list(samples)},
    )


_COLUMNS = (
    number("makings"),
    number("failed"),
    Column("failed, share (95 %)"),
    number("let through"),
    number("bad", note="tools let through that answer an unseen question wrongly"),
    number("hung"),
    number("completions", ",.2f", "mean per making"),
    number("tokens", ",.0f", "mean per making, four characters each"),
    number("slowest, s", ",.1f"),
)


def _cells(ones: Sequence[Sample]) -> list[Cell]:
    through = sum(one["outcome"] in LET_THROUGH for one in ones)
    failed: Rate = wilson(len(ones) - through, len(ones))
    return [
        len(ones),
        failed.hits,
        interval(failed),
        through,
        sum(map(is_bad, ones)),
        sum(one["outcome"] == "hung" for one in ones),
        fmean(one["completions"] for one in ones),
        fmean(one["tokens"] for one in ones),
        max(one["seconds"] for one in ones),
    ]


def _grouped(samples: Sequence[Sample], *names: str) -> dict[tuple[str, ...], list[Sample]]:
    groups: dict[tuple[str, ...], list[Sample]] = {}
    for one in samples:
        groups.setdefault(tuple(str(one[name]) for name in names), []).append(one)
    return groups


def _family_table(samples: Sequence[Sample]) -> Table:
    rows: list[list[Cell]] = [[*key, *_cells(ones)] for key, ones in _grouped(samples, "family", "script").items()]
    caption = (
        "Stubborn: the maker says the same at every try. Corrected: it goes wrong once and is right at the next try, "
        "which shows what a retry costs. Strict: gold labels stand. Judged: a fresh answer decides if tool and "
        "label differ."
    )
    return Table([Column("family"), Column("script"), *_COLUMNS], rows, ["all", None, *_cells(samples)], caption)


def _cause_table(samples: Sequence[Sample]) -> Table:
    failed = [one for one in samples if one["outcome"] not in LET_THROUGH]
    counts = Counter((one["family"], one["cause"] or "unknown") for one in failed)
    rows: list[list[Cell]] = [[family, cause, count] for (family, cause), count in sorted(counts.items())]
    return Table([Column("family"), Column("stopped by"), number("makings")], rows, ["all", None, len(failed)])


def _damage_table(samples: Sequence[Sample]) -> Table:
    shown = [
        one for one in samples if one["family"] in {"form", "meaning", "examples"} and one["script"] != "corrected"
    ]
    rows: list[list[Cell]] = [
        [*key, *_cells(ones), ", ".join(f"{cause or '–'} {count}" for cause, count in _causes(ones))]
        for key, ones in _grouped(shown, "family", "damage", "script").items()
    ]
    return Table([Column("family"), Column("damage"), Column("script"), *_COLUMNS, Column("stopped by")], rows)


def _causes(ones: Sequence[Sample]) -> list[tuple[str, int]]:
    return Counter(one["cause"] for one in ones if one["outcome"] not in LET_THROUGH).most_common()


def _bad_table(samples: Sequence[Sample]) -> Table:
    columns = [
        Column("family"), Column("damage"), Column("script"), Column("task"),
        number("asked"), number("answered"), number("wrong"), number("wrong on others"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [one["family"], one["damage"], one["script"], one["task"],
         *(one["judged"][name] for name in ("asked", "answered", "wrong", "foreign_wrong"))]
        for one in samples if is_bad(one)
    ]  # fmt: skip
    return Table(columns, rows)
