"""What audits have shown of a task's tool, as `latm tools` and the gateway's page list it."""

from datetime import UTC, datetime
from typing import TypedDict

from latm.store import Certified
from latm.tool import ToolStatus

_DAY = 86_400
_HOUR = 3_600


class CertifiedPart(TypedDict):
    """The keys of a `ToolRow` that audits fill."""

    policy: str | None
    max_error: float | None
    confidence: float | None
    served: int
    wrong_at_most: int
    bound: float | None
    audits: int
    found_wrong: int
    shadow_audits: int
    shadow_wrong: int
    disagreed: float | None
    judged: int
    judge_contradicted: float | None
    reported_wrong: int
    audited_at: str


def current(known: list[Certified]) -> Certified | None:
    """The version of a task to show: the one that serves, else the one that is compared, else the newest."""
    for status in (ToolStatus.SERVING, ToolStatus.SHADOW):
        if found := [one for one in known if one.state.status is status]:
            return found[-1]
    return known[-1] if known else None


def certified_part(one: Certified | None) -> CertifiedPart:
    """What audits have shown, as `--json` prints it."""
    if one is None:
        nothing: CertifiedPart = {
            "policy": None, "max_error": None, "confidence": None, "served": 0, "wrong_at_most": 0, "bound": None,
            "audits": 0, "found_wrong": 0, "shadow_audits": 0, "shadow_wrong": 0, "disagreed": None,
            "judged": 0, "judge_contradicted": None,
            "reported_wrong": 0, "audited_at": "",
        }  # fmt: skip
        return nothing
    goal, bound = one.state.goal, one.bound
    return {
        "policy": goal.policy,
        "max_error": goal.max_error,
        "confidence": goal.confidence,
        "served": bound.served,
        "wrong_at_most": bound.wrong,
        "bound": bound.rate if bound.served and bound.audits else None,
        "audits": bound.audits,
        "found_wrong": bound.found,
        "shadow_audits": one.state.audits,
        "shadow_wrong": one.state.wrong,
        "disagreed": one.disagreed / one.asked_twice if one.asked_twice else None,
        "judged": one.judged,
        "judge_contradicted": one.contradicted / one.judged if one.judged else None,
        "reported_wrong": one.state.gold[1],
        "audited_at": one.audited_at,
    }


def said(part: CertifiedPart) -> str:
    """The bound in a few words; a dash if nothing is known."""
    if part["bound"] is not None:
        most = f"≤ {part['wrong_at_most']:,} of {part['served']:,} wrong ({part['bound'] * 100:.1f} %)"
        return f"{most}\n{part['audits']:,} audits{_age(part['audited_at'])}"
    if part["shadow_audits"]:
        return f"in shadow: {part['shadow_wrong']:,} of {part['shadow_audits']:,} wrong"
    return "–"


def _age(at: str) -> str:
    if not at:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    for length, name in ((_DAY, "d"), (_HOUR, "h"), (60, "min")):
        if seconds >= length:
            return f", {seconds // length:.0f} {name} ago"
    return ", just now"
