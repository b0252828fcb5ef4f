"""The objects that `--json` prints: for each verb, every key and what it holds.

Money is in US dollars and null where a price is unknown; times are in seconds.
"""

from typing import Annotated, Any, TypedDict


class BatchSavingObject(TypedDict):
    """What a batch saved: an estimate."""

    tokens: Annotated[float | None, "that answering all directly would have taken more"]
    cost: Annotated[float | None, "the same in US dollars"]
    style: Annotated[str, "how direct answers are asked for: plain or reasoned"]


class AttemptObject(TypedDict):
    """One try of the tool maker."""

    stage: Annotated[str, "propose or verify"]
    prompt: Annotated[str, "what was added to the conversation; empty where nothing was asked"]
    completion: Annotated[str, "the tool maker's words"]
    gate: Annotated[str, "which gate stopped it; empty where all passed"]
    failure: Annotated[str, "what that gate saw, as it was fed back"]


class MakingObject(TypedDict):
    """`latm make --json`, and each of `makings` in `latm tools show --json`."""

    task: Annotated[str, "for which task"]
    outcome: Annotated[str, "made, reused, untoolable or failed"]
    reason: Annotated[str, "why, in one sentence"]
    tool: Annotated[str | None, "the id of the tool it led to"]
    model: Annotated[str, "the tool maker's model"]
    attempts: Annotated[list[AttemptObject], "every try, in order"]
    caught: Annotated[dict[str, int], "by gate, how many tries it stopped"]
    notes: Annotated[list[str], "further facts, such as labels dropped with their evidence"]
    model_calls: Annotated[int, "completions asked for, fresh direct answers included"]
    tokens: Annotated[int, "sent and received"]
    cost: Annotated[float | None, "US dollars"]
    started_at: Annotated[str, "ISO 8601, UTC"]
    seconds: Annotated[float, "wall time"]
    version: Annotated[str, "the latm that made it"]


class RunObject(TypedDict):
    """`latm run --json`. Counts are of the whole output; what was spent is of this run, its makings included."""

    output: Annotated[str, "the file of answers"]
    questions: Annotated[int, "answers in it"]
    resumed: Annotated[int, "how many of them an earlier run had written"]
    routes: Annotated[dict[str, int], "answers by route: tool, tool_user, direct, failed"]
    right: Annotated[int | None, "answers equal to the input's; null where the input has none"]
    wrong: Annotated[int | None, "answers different from the input's"]
    skipped: Annotated[int, "malformed lines of the input"]
    skipped_lines: Annotated[list[dict[str, Any]], "the first 1,000 of them: line and reason"]
    tokens: Annotated[int, "sent and received"]
    cost: Annotated[float | None, "US dollars"]
    model_calls: Annotated[int, "completions asked for"]
    replayed_calls: Annotated[int, "how many of them came from a recording"]
    saving: Annotated[BatchSavingObject, "what answering all directly would have taken more; an estimate"]
    tools_made: Annotated[list[str], "ids of the tools that came into service"]
    seconds: Annotated[float, "wall time"]


class ToolRow(TypedDict):
    """One task in `latm tools --json`."""

    task: Annotated[str, "its name"]
    status: Annotated[str, "collecting, served, untoolable or failed"]
    reason: Annotated[str, "why no tool serves it"]
    tool: Annotated[str | None, "the id of the tool that serves it"]
    version: Annotated[int | None, "of that tool, within the task"]
    summary: Annotated[str, "what the tool is for, in its maker's words"]
    examples: Annotated[int, "by which the task is known"]
    questions: Annotated[int, "answered so far"]
    by_tool: Annotated[int, "how many of them a tool answered with no model call"]
    answering_tokens: Annotated[int, "what its answers took"]
    making_tokens: Annotated[int, "what its makings took"]


class ToolsObject(TypedDict):
    """`latm tools --json`."""

    store: Annotated[str, "the tool cache"]
    tasks: Annotated[list[ToolRow], "every task, in the order in which they were found"]


class TaskRow(TypedDict):
    """One task in `latm tasks --json`."""

    task: Annotated[str, "its name"]
    status: Annotated[str, "collecting, served, untoolable or failed"]
    examples: Annotated[int, "by which the task is known"]
    template: Annotated[str, "the text that its questions share, {…} where they differ, boilerplate left out"]
    instructions: Annotated[str, "the system text that its questions come with; empty without one"]


class TasksObject(TypedDict):
    """`latm tasks --json`."""

    store: Annotated[str, "the tool cache"]
    tasks: Annotated[list[TaskRow], "every task, in the order in which they were found"]


class ToolVersionObject(TypedDict):
    """One version of a tool in `latm tools show --json`."""

    tool: Annotated[str, "its id: 16 digits of the hash of its source"]
    version: Annotated[int, "within the task"]
    status: Annotated[str, "candidate, serving, suspended or retired"]
    kind: Annotated[str, "compiled or paper"]
    verification: Annotated[dict[str, int], "examples answered, held_out, abstained, rewritten; foreign questions"]
    source: Annotated[str, "the Python module"]
    demonstrations: Annotated[list[dict[str, Any]], "question and arguments of the verified examples"]


class ShowObject(TypedDict):
    """`latm tools show --json`."""

    task: Annotated[str, "its name"]
    status: Annotated[str, "collecting, served, untoolable or failed"]
    reason: Annotated[str, "why no tool serves it"]
    form: Annotated[str, "how its answers look; empty for plain text"]
    examples: Annotated[list[dict[str, str]], "question, answer and source"]
    tools: Annotated[list[ToolVersionObject], "every version, or the one that was named by its id"]
    makings: Annotated[list[MakingObject], "every making that led there, whole, the newest last"]


class ForgetObject(TypedDict):
    """`latm forget` with `--json`."""

    answers: Annotated[int, "answered questions that were forgotten"]
    examples: Annotated[int, "examples of tasks that were forgotten"]
    makings: Annotated[int, "makings whose conversations were emptied; what they cost stays"]
    demonstrations: Annotated[int, "versions of tools whose demonstrations were emptied"]
    tasks: Annotated[int, "tasks that were deleted with their tools"]


class ChangeObject(TypedDict):
    """`latm tools retire`, `restore`, `approve`, `pin`, `delete`, `rename` and `export -o` with `--json`."""

    task: Annotated[str, "its name now"]
    tool: Annotated[str | None, "the id of the tool"]
    status: Annotated[str, "what has become of it"]
