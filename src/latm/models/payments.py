"""What tries have cost, noted in a file before anything else is done with what they brought: a kill forgets none."""

import os
from dataclasses import replace
from pathlib import Path

from latm.errors import ModelError, ModelTimeoutError
from latm.ledger import Payment, Usage
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper
from latm.paid import Paid


class Payments:
    """The running totals of one process, in a file that is written over in place with every try that begins or ends.

    A file outlives a killed process without being synchronized to the disk; only a machine that loses power may lose
    the last seconds. Before `keep`, and for a store without a file, nothing is noted.

    Attributes:
        payer: the name under which they are noted; empty before `keep`.
    """

    def __init__(self) -> None:
        self.payer = ""
        self._paid = Paid()
        self._file: int | None = None

    def keep(self, payer: str, path: Path) -> None:
        """Note from now on.

        Raises:
            OSError: the file cannot be written.
        """
        self._paid = Paid()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.payer = payer
        self._note(self._paid)

    def close(self) -> None:
        """Stop noting; safe to call again."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def begun(self) -> None:
        """A try goes out; until it has ended, nobody knows what it costs."""
        self._note(replace(self._paid, begun=self._paid.begun + 1))

    def ended(self, usage: Usage) -> Usage:
        """A reply came, and has cost so much; the same with the note of it."""
        if self._file is None:
            return usage
        self._note(Paid(self._paid.usage + usage.settled, self._paid.begun, self._paid.ended + 1))
        return replace(usage, payments=(Payment(self.payer, usage.settled),)) if usage.calls else usage

    def _note(self, paid: Paid) -> None:
        if self._file is not None:
            self._paid = paid
            os.pwrite(self._file, paid.dump().encode(), 0)


class Noted(Wrapper):
    """Notes what each try of a model has cost.

    Args:
        model: every request to it is one try.
        payments: where that is noted.
    """

    def __init__(self, model: Model, payments: Payments) -> None:
        super().__init__(model)
        self._payments = payments

    async def complete(self, request: Request) -> Completion:
        """Ask, and note what it has cost; a try without a reply stays one whose cost is not known."""
        self._payments.begun()
        try:
            completion = await super().complete(request)
        except ModelError as error:
            if error.usage.calls or not _is_without_reply(error):
                error.usage = self._payments.ended(error.usage)
            raise
        return replace(completion, usage=self._payments.ended(completion.usage))


def _is_without_reply(error: ModelError) -> bool:
    return isinstance(error, ModelTimeoutError) or error.reason == "connection"
