"""Every error that latm raises on purpose.

    LatmError
    ├── SettingsError            a setting has a value that cannot be used
    ├── LifecycleError           not open, closed, forked, or on another event loop; nothing was spent
    ├── InputError               what was given cannot be read: a question, a file, a line of it
    ├── NotFoundError            no task or tool by that name
    ├── PluginError              a command of another package is missing, or cannot be loaded
    ├── ModelError               a language model could not answer; see below
    │   ├── ProviderError        E  what must be corrected first: key, model, address, provider, package, proxy
    │   │   └── QuotaError       E  quota
    │   ├── RequestError            rejected, too long, flagged: a fault of this one request
    │   │   ├── CutOffError         cut off: the completion ended before its end
    │   │   ├── EmptyError          empty: the completion holds no answer
    │   │   └── RefusedError        refused: the model or a filter would not answer
    │   ├── PassingModelError    P  rate limit, server, connection; it outlasted the retries
    │   │   ├── MalformedError   P  malformed: what came is not a completion
    │   │   └── ModelTimeoutError P timeout: no answer within the time for the whole call, retries included
    │   ├── BudgetError          E  budget: the hard stop in money or tokens was reached
    │   └── ReplayMissError      E  replay miss: a replayed recording has no completion for this request
    ├── SandboxError             tool code could not be run safely
    │   ├── SandboxUnavailableError   no jail is available on this machine
    │   └── SandboxFailureError       the machine failed, not the tool; the call may be tried again
    └── StoreError               the tool cache could not be read or written
        ├── StoreCorruptError    the file is not a database of latm, or is damaged
        ├── StoreNewerError      the database was written by a newer latm
        ├── StoreFullError       nothing more can be written: the disk is full or the folder is read-only
        ├── StoreAwayError       the database cannot be reached now, or is held by another process
        └── OutdatedError        what was to be written rests on what another process has changed meanwhile

Each error is one sentence that names the value, and a `hint`: what to do about it.

A model error has one of the reasons written behind it in `reason`. E: every further question would meet it too, so it
`ends_run`. P: it `may_pass`, so the same question may be asked again later. Without a letter: only this question fails.
What a failed call has cost all the same is its `usage`.
"""

from typing import ClassVar

from latm.ledger import Usage


class LatmError(Exception):
    """The root of the tree.

    Args:
        message: one sentence that names the offending value.
        hint: what the reader can do about it; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class SettingsError(LatmError):
    """A setting has a value that cannot be used."""

    exit_code = 2


class LifecycleError(LatmError):
    """It is not open, closed, or was opened elsewhere: before a fork, or on another event loop."""


class InputError(LatmError):
    """What was given cannot be read: a question, a file, a line of it."""

    exit_code = 3


class NotFoundError(LatmError):
    """No task or tool has that name."""

    exit_code = 3


class PluginError(LatmError):
    """A command of another package is missing, or cannot be loaded."""

    exit_code = 2


class ModelError(LatmError):
    """A language model could not answer.

    Args:
        message: one sentence that names the offending value.
        hint: what the reader can do about it; may be empty.
        reason: why, in one or two words for programs; None for the usual one of the class.
        retry_after: seconds that the provider asked to wait; None if it did not say.
        usage: what the call has cost although it failed.

    Attributes:
        reason: as above; never empty.
        ends_run: whether every further question would meet it too.
        may_pass: whether the same question may be answered later.
        retry_after: as above.
        usage: as above.
    """

    exit_code = 4
    ends_run: ClassVar[bool] = False
    may_pass: ClassVar[bool] = False
    usual_reason: ClassVar[str] = "failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        reason: str | None = None,
        retry_after: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason or self.usual_reason
        self.retry_after = retry_after
        self.usage = usage or Usage()


class ProviderError(ModelError):
    """What has to be corrected before any question can be answered."""

    ends_run = True
    usual_reason = "provider"


class QuotaError(ProviderError):
    """The quota or the credits behind the key are spent."""

    usual_reason = "quota"


class RequestError(ModelError):
    """A fault of this one request: another question may well be answered."""

    usual_reason = "rejected"


class CutOffError(RequestError):
    """The completion ended before its end, so what there is of it is not an answer."""

    usual_reason = "cut off"


class EmptyError(RequestError):
    """The completion holds no answer."""

    usual_reason = "empty"


class RefusedError(RequestError):
    """The model, or a filter around it, would not answer."""

    usual_reason = "refused"


class PassingModelError(ModelError):
    """A failure that may pass: a rate limit, an overloaded or broken server, a lost connection."""

    may_pass = True
    usual_reason = "server"


class MalformedError(PassingModelError):
    """What came is not a completion, such as a proxy's error page."""

    usual_reason = "malformed"


class ModelTimeoutError(PassingModelError):
    """No answer came within the time for the whole call, retries included."""

    usual_reason = "timeout"


class BudgetError(ModelError):
    """The hard stop in money or tokens was reached; nothing more was asked."""

    exit_code = 5
    ends_run = True
    usual_reason = "budget"


class ReplayMissError(ModelError):
    """A replayed recording has no completion for this request."""

    ends_run = True
    usual_reason = "replay miss"


class SandboxError(LatmError):
    """Tool code could not be run safely."""

    exit_code = 6


class SandboxUnavailableError(SandboxError):
    """No jail is available on this machine; nothing was run."""


class SandboxFailureError(SandboxError):
    """The machine failed, not the tool; the call may be tried again."""


class StoreError(LatmError):
    """The tool cache could not be read or written."""

    exit_code = 7


class StoreCorruptError(StoreError):
    """The file is not a database of latm, or it is damaged."""


class StoreAwayError(StoreError):
    """The database cannot be reached now, or another process holds it: the same may work a little later."""


class OutdatedError(StoreError):
    """What was to be written rests on what another process has changed meanwhile: look again, and decide again."""


class StoreNewerError(StoreError):
    """The database was written by a newer latm."""


class StoreFullError(StoreError):
    """Nothing more can be written: the disk is full or the folder is read-only."""
