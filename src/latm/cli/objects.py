"""The objects that `--json` prints: for each verb, every key and what it holds.

Money is in US dollars and null if a price is unknown; times are in seconds.
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
    prompt: Annotated[str, "what was added to the conversation; empty if nothing was asked"]
    completion: Annotated[str, "the tool maker's words"]
    gate: Annotated[str, "which gate stopped it; empty if it passed all"]
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
    right: Annotated[int | None, "answers equal to the input's; null if the input has none"]
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


class GuardObject(TypedDict):
    """One guard of a task's tool."""

    held: Annotated[int, "questions on which it kept the tool from answering, and the model answered"]
    wrong: Annotated[int, "of the answers that it held back, those that differ from the model's"]


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
    policy: Annotated[str | None, "certified, verified or shadow; null before a tool was watched"]
    max_error: Annotated[float | None, "the largest share of wrong answers that is asked for"]
    confidence: Annotated[float | None, "of the bound"]
    served: Annotated[int, "answers that its current version gave in this epoch of the bound"]
    wrong_at_most: Annotated[int, "how many of them are wrong at most"]
    bound: Annotated[float | None, "wrong_at_most / served; null if nothing is known"]
    audits: Annotated[int, "how many of them were audited, with a verdict"]
    found_wrong: Annotated[int, "how many of those were wrong, or have no verdict yet"]
    shadow_audits: Annotated[int, "answers compared before it served"]
    shadow_wrong: Annotated[int, "how many of those were wrong"]
    disagreed: Annotated[float | None, "how often the reference disagreed with itself, if it was asked twice"]
    judged: Annotated[int, "audits that a judge decided, because the answers differ in form"]
    judge_contradicted: Annotated[float | None, "share of them in which it contradicted itself; null without any"]
    reported_wrong: Annotated[int, "answers that gold answers or callers found wrong"]
    guards: Annotated[
        dict[str, GuardObject],
        "what kept the tool from answering: abstained, failed, form, disagreed, afterthought, absence",
    ]
    audited_at: Annotated[str, "when the newest audit ended; empty before"]
    answering_tokens: Annotated[int, "what its answers took"]
    making_tokens: Annotated[int, "what its makings took"]


class ToolsObject(TypedDict):
    """`latm tools --json`."""

    store: Annotated[str, "the tool cache"]
    tasks: Annotated[list[ToolRow], "every task, in the order in which they were found"]


class AuditRow(TypedDict):
    """One audit in `latm audit --json`."""

    serial: Annotated[str, "of the answer"]
    task: Annotated[str, "of the version that gave it"]
    version: Annotated[int, "within the task"]
    source: Annotated[str, "coin, shadow, extra or gold"]
    verdict: Annotated[str, "right or wrong; empty while it is due"]
    question: Annotated[str, "as it was asked"]
    text: Annotated[str | None, "the version's answer"]
    reference: Annotated[str | None, "what it was compared with"]
    again: Annotated[str | None, "the reference's second answer, if it was asked twice"]
    tokens: Annotated[int, "what the reference took"]
    cost: Annotated[float | None, "the same in US dollars"]
    settled_at: Annotated[str, "ISO 8601, UTC; empty while it is due"]


class AuditsObject(TypedDict):
    """`latm audit --json`."""

    recorded: Annotated[int, "reports that were new"]
    passed_over: Annotated[int, "reports of answers that no tool gave, or that were reported before"]
    audits: Annotated[list[AuditRow], "without a file: the newest audits; with one: what was reported"]


class EstimateObject(TypedDict):
    """An estimate from a task's direct answers, with a 95 % interval."""

    mean: Annotated[float, "the likeliest"]
    low: Annotated[float, "the lower end"]
    high: Annotated[float | None, "the upper end; null if nothing bounds it"]


class SpentObject(TypedDict):
    """What one thing was billed."""

    calls: Annotated[int, "completions"]
    tokens: Annotated[int, "sent and received"]
    cost: Annotated[float | None, "US dollars"]


class LedgerRow(TypedDict):
    """One task in `latm ledger --json`."""

    task: Annotated[str | None, "its name; null for questions of no known task"]
    billed: Annotated[
        dict[str, SpentObject], "direct, tool_user, dispatcher, making, repairs, audits, unfinished, unrecorded"
    ]
    answers: Annotated[int, "questions answered"]
    by_tool: Annotated[int, "how many of them a tool answered"]
    direct_answers: Annotated[int, "direct answers that were paid for, from which the rest is estimated"]
    avoided_tokens: Annotated[EstimateObject | None, "what direct answers to `by_tool` would have taken"]
    avoided_cost: Annotated[EstimateObject | None, "the same in US dollars"]
    pays_from: Annotated[EstimateObject | None, "answers by a tool after which making, repairs and audits have paid"]


class LedgerObject(TypedDict):
    """`latm ledger --json`. What was billed and what was avoided are never added up."""

    store: Annotated[str, "the tool cache"]
    billed: Annotated[SpentObject, "all that was billed"]
    unknown_calls: Annotated[int, "calls without a reply; no sum has their cost"]
    tasks: Annotated[list[LedgerRow], "every task; questions of no known task first"]


class CaseRow(TypedDict):
    """One case in `latm plan --json`."""

    error: Annotated[float, "the tool's true error"]
    audits_to_promote: Annotated[int, "answers in shadow until it serves"]
    days_to_promote: Annotated[float, "how long that takes"]
    answers_to_bound: Annotated[int, "answers that it then serves until the bound on them is as low as asked"]
    days_to_bound: Annotated[float, "how long that takes"]
    audits_to_bound: Annotated[int, "audits until then"]
    tokens: Annotated[int | None, "of all these audits"]
    cost: Annotated[float | None, "the same in US dollars"]


class PlanObject(TypedDict):
    """`latm plan --json`."""

    max_error: Annotated[float, "what is asked"]
    confidence: Annotated[float, "with which confidence"]
    audit: Annotated[float, "share of the answers served that is audited"]
    per_day: Annotated[float, "questions of the task in a day"]
    cases: Annotated[list[CaseRow], "for a tool that never errs, and one that errs in a quarter or half of max_error"]
    audits_per_day: Annotated[float, "while it serves"]
    tokens_per_day: Annotated[float | None, "of these audits"]
    cost_per_day: Annotated[float | None, "the same in US dollars"]


class TaskRow(TypedDict):
    """One task in `latm tasks --json`."""

    task: Annotated[str, "its name"]
    status: Annotated[str, "collecting, served, untoolable or failed"]
    examples: Annotated[int, "by which the task is known"]
    template: Annotated[str, "the text that its questions share, {…} where they differ, boilerplate left out"]
    instructions: Annotated[str, "the system text that its questions come with; empty without one"]
    missing: Annotated[str, "why it has no tool, in one line; empty if one serves"]


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


class CopyObject(TypedDict):
    """`latm store copy --json`."""

    store: Annotated[str, "the tool cache that was copied"]
    target: Annotated[str, "where to"]
    rows: Annotated[dict[str, int], "by table, how many were copied; the two were compared, row by row"]


class FindingObject(TypedDict):
    """Something that is wrong with a tool cache."""

    table: Annotated[str, "where; empty if it is not a single table"]
    said: Annotated[str, "what is wrong, in one sentence"]


class StoreCheckObject(TypedDict):
    """`latm store check --json`."""

    store: Annotated[str, "the tool cache"]
    sound: Annotated[bool, "whether nothing was found"]
    findings: Annotated[list[FindingObject], "what is wrong; of rows with the same fault one is named"]


class CompactObject(TypedDict):
    """`latm store compact --json`."""

    store: Annotated[str, "the tool cache"]
    forgotten: Annotated[ForgetObject, "what was too old, by the settings"]
    bytes_before: Annotated[int, "what the tables took, with their indexes"]
    bytes_after: Annotated[int, "what they take now"]


class UpgradeObject(TypedDict):
    """`latm store upgrade --json`."""

    store: Annotated[str, "the tool cache"]
    before: Annotated[str | None, "the schema that it had; null if it was empty"]
    now: Annotated[str, "the schema that it has"]


class TaskObject(TaskRow):
    """`latm tasks show --json`."""

    came: Annotated[int, "questions of the kind that no tool answered"]
    shown: Annotated[list[dict[str, str]], "its newest examples: question, answer and source"]


class SplitObject(TypedDict):
    """`latm tasks split --json`."""

    task: Annotated[str, "what was split"]
    into: Annotated[list[str], "the tasks that it became, itself first"]


class ChangeObject(TypedDict):
    """`latm tools retire`, `restore`, `approve`, `pin`, `delete`, `export -o`; `latm tasks rename` to `unmerge`."""

    task: Annotated[str, "its name now"]
    tool: Annotated[str | None, "the id of the tool"]
    status: Annotated[str, "what has become of it"]
