"""What one whole batch may cost, however its tool behaves: memory of the host, and time of the workers."""

from dataclasses import dataclass

from latm.sandbox.protocol import Limits, Result, Verdict

_BYTES = 1 << 25
"""Of replies. Text may take four times that in the host, if its characters are wide."""
_BYTES_PER_CALL = 1 << 10
_FAILURES = 8
"""So many time limits a batch may spend, however small it is."""
_SHARE_OF_LIMIT = 0.125
"""Of its time limit that each call may spend beyond, on an average."""


@dataclass(slots=True)
class Allowance:
    """What is left to one batch; all its workers draw on it.

    Attributes:
        bytes: of replies.
        seconds: of running, all workers together.
    """

    bytes: int
    seconds: float

    @classmethod
    def of(cls, limits: Limits, calls: int) -> "Allowance":
        """What a batch of so many calls may cost."""
        return cls(_BYTES + _BYTES_PER_CALL * calls, limits.seconds * (_FAILURES + _SHARE_OF_LIMIT * calls))

    def refusal(self, running: float = 0.0) -> Result | None:
        """The result of a call for which too little is left; None if there is enough.

        Args:
            running: seconds that are not yet taken away.
        """
        if self.bytes < 0:
            return Result(Verdict.OUTPUT, detail="the results of this batch are together larger than a batch's may be")
        if self.seconds <= running:
            return Result(Verdict.TIME, detail="this batch has used all the time that a batch of its size may use")
        return None
