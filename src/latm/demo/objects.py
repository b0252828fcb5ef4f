"""The object that `latm demo --json` prints: every key and what it holds. The command's help is made from it."""

from typing import Annotated, TypedDict


class RoutesObject(TypedDict):
    """Answers by route."""

    tool: Annotated[int, "by a tool, with no model call"]
    tool_user: Annotated[int, "by a tool on arguments that the tool user read"]
    direct: Annotated[int, "by the model, without a tool"]
    failed: Annotated[int, "no answer"]


class CountsObject(TypedDict):
    """What some of the questions add up to."""

    questions: Annotated[int, "how many were asked; each is right or wrong"]
    right: Annotated[int, "answers equal to the truth, white space at the ends apart"]
    wrong: Annotated[int, "all others, failed ones included"]
    by_tool: Annotated[int, "answered by a tool, with no model call"]
    right_by_tool: Annotated[int, "those of them that are right"]
    after_tool: Annotated[int, "questions in blocks that came once a tool for their kind stood"]
    by_tool_after: Annotated[int, "those of them that a tool answered"]
    routes: Annotated[RoutesObject, "answers by route: tool, tool_user, direct, failed"]


class FoundObject(CountsObject):
    """A task that the product found, with the counts over its own questions."""

    name: Annotated[str, "the product's name for it; (no task) for questions that joined none"]
    status: Annotated[str, "collecting, served, untoolable or failed; unassigned for questions that joined none"]
    reason: Annotated[str, "why no tool serves it"]
    tool_id: Annotated[str | None, "the tool that serves it"]
    kind: Annotated[str, "the generators' name for what most of its questions are"]
    kinds: Annotated[dict[str, int], "how many of its questions are of which kind"]
    tokens: Annotated[int, "its answers and its makings"]
    making_tokens: Annotated[int, "its makings alone"]


class KindObject(CountsObject):
    """A kind of question, whatever the product found."""

    name: Annotated[str, "the generators' name for it"]


class ReplayedObject(TypedDict):
    """What came from a recording."""

    completions: Annotated[int, "how many of the run's completions"]
    models: Annotated[list[str], "which models the recording says answered"]
    since: Annotated[str, "when the first was recorded, ISO 8601, UTC"]
    until: Annotated[str, "when the last was"]


class SavingObject(TypedDict):
    """What was spent against answering everything directly, which is an estimate."""

    spent_tokens: Annotated[int, "all that models spent, makings included"]
    all_direct_tokens_estimated: Annotated[int, "every question at the mean of its kind's direct answers in this run"]
    saved_share_estimated: Annotated[float, "the share of tokens saved"]
    style: Annotated[str, "how direct answers were asked for: plain or reasoned"]
    priced_as: Annotated[str | None, "the model of --price-as"]
    spent_usd: Annotated[float | None, "the tokens spent, at its list price"]
    all_direct_usd_estimated: Annotated[float | None, "the estimate, at its list price"]


class DemoObject(CountsObject):
    """`latm demo --json`."""

    tokens: Annotated[int, "all that models spent, makings included, as the recording reports it"]
    model_calls: Annotated[int, "completions, replayed ones included"]
    calls_by_purpose: Annotated[dict[str, int], "the same, by what they were for"]
    tasks: Annotated[list[FoundObject], "what the product found, most questions first"]
    kinds: Annotated[list[KindObject], "the same counts by the generators' kinds"]
    replayed: Annotated[ReplayedObject | None, "what came from a recording; null if nothing"]
    saving: Annotated[SavingObject, "against answering everything directly, which is an estimate"]
    seconds: Annotated[float, "wall time of the run"]
    seed: Annotated[int, "of the stream"]
