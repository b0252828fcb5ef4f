"""One making as a sample: made by either protocol, kept as JSON, and read back with its tool."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from latm import Example, Program, Settings, ToolVersion
from latm.parts import (
    Demonstration,
    DirectAnswer,
    Order,
    PaperMaker,
    RoleModel,
    Sandbox,
    ToolKind,
    ToolMaker,
    find_form,
)
from latm.parts import Made as Result
from latm_bench.provenance import usage_json

Protocol = Literal["compiled", "paper"]
PROTOCOLS: tuple[Protocol, ...] = ("compiled", "paper")


@dataclass(frozen=True, slots=True)
class Made:
    """How one making came out.

    Attributes:
        tool: None if it led to none.
        outcome: as in `Making`.
        reason: as in `Making`.
        completions: that the maker gave.
        caught: by gate, how many tries it stopped.
        tokens: sent and received.
        cost: US dollars; None if a price is unknown.
        seconds: wall time.
    """

    tool: ToolVersion | None
    outcome: str
    reason: str
    completions: int
    caught: Mapping[str, int]
    tokens: int
    cost: float | None
    seconds: float

    @classmethod
    def of(cls, sample: Mapping[str, Any]) -> "Made":
        """Read a sample back."""
        usage = sample["usage"]
        return cls(
            tool=_tool_of(sample["tool"]) if sample["tool"] else None,
            outcome=sample["outcome"],
            reason=sample["reason"],
            completions=sum(bool(attempt["completion"]) for attempt in sample["attempts"]),
            caught=sample["caught"],
            tokens=usage["input_tokens"] + usage["output_tokens"],
            cost=usage["cost"],
            seconds=sample["seconds"],
        )


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where makings are made.

    Attributes:
        model: the maker's.
        sandbox: where proposals run.
        settings: examples, tries, temperature.
        judge: gives fresh direct answers if a tool and a label differ; None: every label stands.
    """

    model: RoleModel
    sandbox: Sandbox
    settings: Settings
    judge: DirectAnswer | None = None

    async def make(
        self, protocol: Protocol, task: str, examples: Sequence[Example], foreign: Sequence[Example] = ()
    ) -> dict[str, Any]:
        """Make one tool; the sample.

        Args:
            protocol: ours, or the paper's.
            task: its name.
            examples: shown ones first.
            foreign: examples of other tasks, which a compiled tool must leave alone.

        Raises:
            LatmError: there are too few examples, or a model or the machine failed.
        """
        if protocol == "paper":
            made = await PaperMaker(self.model, self.sandbox, self.settings).make(task, examples)
        else:
            maker = ToolMaker(self.model, self.judge, self.sandbox, self.settings)
            form = find_form([example.answer for example in examples])
            made = await maker.make(Order(task, examples, [("", example) for example in foreign], form=form))
        return made_json(made)


def made_json(made: Result) -> dict[str, Any]:
    """A making as a sample."""
    making, program = made.making, made.program
    tool = (
        {
            "task": making.task,
            "source": program.source,
            "kind": program.kind,
            "demonstrations": [asdict(shown) for shown in made.demonstrations],
        }
        if program
        else None
    )
    return {
        **{name: value for name, value in asdict(making).items() if name != "usage"},
        "usage": usage_json(making.usage),
        "tool": tool,
    }


def _tool_of(kept: Mapping[str, Any]) -> ToolVersion:
    shown = tuple(Demonstration(**demonstration) for demonstration in kept["demonstrations"])
    return ToolVersion(kept["task"], Program(kept["source"], ToolKind(kept["kind"])), 1, shown)
