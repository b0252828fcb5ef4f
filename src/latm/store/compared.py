"""What is known of answers that are compared with a reference: audits, verdicts, and what they add up to."""

from dataclasses import dataclass, field

from latm.auditing import Bound, Certificate, Source
from latm.ledger import Usage
from latm.question import ANY, Scope

RIGHT, WRONG, ABSTAINED = "right", "wrong", "abstained"


@dataclass(frozen=True, slots=True)
class Audit:
    """One answer that is, was or will be compared.

    Attributes:
        id: within the store.
        serial: of the answer.
        task: the name of the task of the version that gave it; empty where the task is gone.
        version: its number there.
        source: why it is audited.
        question: what was asked.
        scope: the question's.
        text: the version's answer; None in shadow, before it was asked.
        reference: what it is compared with; None before that was asked for.
        again: the reference's second answer, where it was asked twice.
        verdict: `right` or `wrong`; empty while it is due.
        tries: how often the reference could not be asked.
        asks_twice: whether the reference is asked a second time, which the coin has decided.
        usage: what the reference has spent on it.
        why: what failed last, or how the verdict was found.
        settled_at: ISO 8601, UTC; empty while it is due.
    """

    id: int
    serial: str
    task: str
    version: int
    source: Source
    question: str
    scope: Scope = ANY
    text: str | None = None
    reference: str | None = None
    again: str | None = None
    verdict: str = ""
    tries: int = 0
    asks_twice: bool = False
    usage: Usage = field(default_factory=Usage)
    why: str = ""
    settled_at: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an audit.

    Attributes:
        verdict: `right`, `wrong`, or `abstained` where the version in shadow gave no answer.
        text: the version's answer.
        reference: the one it was compared with.
        again: the reference's second answer; None where it was asked once.
        agrees: whether the two are the same; None where it was asked once.
        judged: whether a judge that was asked about the answer said the same in either order; None where none was.
        usage: spent now.
        source: the name of what answered.
    """

    verdict: str
    text: str | None
    reference: str | None
    again: str | None = None
    agrees: bool | None = None
    judged: bool | None = None
    usage: Usage = field(default_factory=Usage)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """An answer on record, by the name that it was asked for.

    Attributes:
        name: its serial, its question's id, or its question.
        audit: as one that nobody has asked for yet.
        by_tool: whether a version that is still known gave it; only such answers are evidence of a tool.
        is_exact: whether it came of an earlier answer to the same request.
    """

    name: str
    audit: Audit
    by_tool: bool
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Certified:
    """What is known of the answers of one version.

    Attributes:
        task: its name.
        version: its number there.
        state: its certificate.
        audits: how many have a verdict.
        due: how many are still to be carried out; by the coin, they count as found wrong.
        asked_twice: how many of them asked the reference twice.
        disagreed: how often it then disagreed with itself.
        judged: how many of them a judge decided.
        contradicted: how often it then contradicted itself.
        audited_at: of the newest verdict; ISO 8601, UTC; empty before.
        begun_at: since when it is watched.
    """

    task: str
    version: int
    state: Certificate
    audits: int = 0
    due: int = 0
    asked_twice: int = 0
    disagreed: int = 0
    judged: int = 0
    contradicted: int = 0
    audited_at: str = ""
    begun_at: str = ""

    @property
    def bound(self) -> Bound:
        """On the answers that it served in the current epoch."""
        return self.state.bound
