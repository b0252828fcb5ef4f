"""Answers that are compared with a reference: audits, verdicts, and their totals."""

from dataclasses import dataclass, field

from latm.auditing import Bound, Certificate, Source
from latm.ledger import Usage
from latm.question import ANY, Scope

RIGHT, WRONG, ABSTAINED = "right", "wrong", "abstained"


@dataclass(frozen=True, slots=True)
class Audit:
    """One answer that is, was or will be compared.

    Attributes:
        id: the audit's id within the store.
        serial: the answer's serial.
        task: the name of the task whose version gave the answer; empty if the task is gone.
        version: the version's number there.
        source: why the answer is audited.
        question: the question.
        scope: the question's scope.
        text: the version's answer; None in shadow before the version is asked.
        reference: the answer that it is compared with; None before that is known.
        again: the reference's second answer, if it was asked twice.
        verdict: `right` or `wrong`; empty while the audit is due.
        tries: how often the reference could not be asked.
        asks_twice: whether the reference is asked a second time, by decision of the coin.
        usage: what the reference has used for it.
        why: what failed last, or how the verdict was found.
        settled_at: when it got its verdict, ISO 8601, UTC; empty while it is due.
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
    """The verdict of an audit.

    Attributes:
        verdict: `right`, `wrong`, or `abstained` if the version in shadow gave no answer.
        text: the version's answer.
        reference: the answer that it was compared with.
        again: the reference's second answer; None if it was asked once.
        agrees: whether the reference's two answers are the same; None if it was asked once.
        judged: whether a judge of the answer said the same in either order; None if no judge was asked.
        usage: what this took.
        source: the name of the reference.
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
    """A recorded answer, by the name under which it was asked for.

    Attributes:
        name: its serial, its question's id or its question.
        audit: the answer as an audit that nobody has asked for yet.
        by_tool: whether a version that still exists gave it; only such answers are evidence about a tool.
        is_exact: whether it was taken from an earlier answer to the same request.
    """

    name: str
    audit: Audit
    by_tool: bool
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Certified:
    """What is known about the answers of one version.

    Attributes:
        task: the task's name.
        version: the version's number there.
        state: the version's certificate.
        audits: how many audits have a verdict.
        due: how many are still to be carried out; those by the coin count as found wrong.
        asked_twice: how many of them asked the reference twice.
        disagreed: how often the reference then disagreed with itself.
        judged: how many of them a judge decided.
        contradicted: how often the judge then contradicted itself.
        audited_at: the time of the newest verdict, ISO 8601, UTC; empty before.
        begun_at: since when the version is watched.
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
        """The bound on the answers that it served in the current epoch."""
        return self.state.bound
