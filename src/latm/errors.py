"""Every error that latm raises on purpose.

    LatmError
    ├── SettingsError            a setting has a value that cannot be used
    ├── InputError               a file or a line of it cannot be read
    ├── NotFoundError            no task or tool by that name
    ├── ModelError               a language model could not answer
    │   ├── ProviderError        unknown provider, missing key, or a refusal that a retry cannot mend
    │   ├── PassingModelError    a failure that may pass, such as a rate limit; it outlasted the retries
    │   ├── ModelTimeoutError    no answer within the time for the whole call, retries included
    │   ├── BudgetError          the hard stop in money or tokens was reached
    │   └── ReplayMissError      a replayed recording has no completion for this request
    ├── SandboxError             tool code could not be run safely
    │   ├── SandboxUnavailableError   no jail can be had on this machine
    │   └── SandboxFailureError       the machine failed, not the tool; the call may be tried again
    └── StoreError               the tool cache could not be read or written
        ├── StoreCorruptError    the file is no database of latm, or is damaged
        ├── StoreNewerError      the database was written by a newer latm
        └── StoreFullError       nothing more can be written: the disk is full or the folder is read-only

Each error is one sentence that names the value, and a `hint`: what to do about it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


class InputError(LatmError):
    """A file, or a line of it, cannot be read."""

    exit_code = 3


class NotFoundError(LatmError):
    """No task or tool has that name."""

    exit_code = 3


class ModelError(LatmError):
    """A language model could not answer.

    Attributes:
        reason: in a word or two, for programs.
        ends_run: whether the next question would meet it too.
        usage: what the failed call spent; None where nothing is known of it.
    """

    exit_code = 4
    reason = "model failure"
    ends_run = True
    usage: "Usage | None" = None


class ProviderError(ModelError):
    """Unknown provider, missing key, or a refusal that a retry cannot mend."""


class PassingModelError(ModelError):
    """A failure that may pass: a rate limit, an overloaded or broken server, a lost connection.

    Args:
        message: one sentence that names the offending value.
        hint: what the reader can do about it; may be empty.
        retry_after: seconds that the provider asked to wait; None where it did not say.
    """

    reason = "passing failure"
    ends_run = False

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ModelTimeoutError(ModelError):
    """No answer came within the time for the whole call, retries included."""

    reason = "timeout"
    ends_run = False


class BudgetError(ModelError):
    """The hard stop in money or tokens was reached; nothing more was asked."""

    exit_code = 5


class ReplayMissError(ModelError):
    """A replayed recording has no completion for this request."""


class SandboxError(LatmError):
    """Tool code could not be run safely."""

    exit_code = 6


class SandboxUnavailableError(SandboxError):
    """No jail can be had on this machine; nothing was run."""


class SandboxFailureError(SandboxError):
    """The machine failed, not the tool; the call may be tried again."""


class StoreError(LatmError):
    """The tool cache could not be read or written."""

    exit_code = 7


class StoreCorruptError(StoreError):
    """The file is no database of latm, or it is damaged."""


class StoreNewerError(StoreError):
    """The database was written by a newer latm."""


class StoreFullError(StoreError):
    """Nothing more can be written: the disk is full or the folder is read-only."""
