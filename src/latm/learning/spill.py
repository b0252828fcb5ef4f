"""The spill: a file beside the store for answers that the store did not take."""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from latm.answer import Answer
from latm.errors import StoreFullError
from latm.observing import log

_ANSWER = TypeAdapter(Answer)


class Spill:
    """Answers as JSON lines, until the store is opened again.

    Args:
        store: the store's file; None for a store without one, whose spill goes to the temporary folder.
    """

    def __init__(self, store: Path | None) -> None:
        beside = store or Path(tempfile.gettempdir()) / "latm.db"
        self._path = beside.with_name(f"{beside.name}.spill.jsonl")

    def write(self, answers: Sequence[Answer]) -> str:
        """Append answers; where they are now. The temporary folder serves where the store's own takes nothing."""
        data = b"".join(_ANSWER.dump_json(answer, exclude={"scope": {"digest"}}) + b"\n" for answer in answers)
        for path in (self._path, Path(tempfile.gettempdir()) / self._path.name):
            with contextlib.suppress(OSError):
                with path.open("ab") as file:
                    file.write(data)
                return str(path)
        raise StoreFullError(
            f"{len(answers)} answers could be written neither to the store nor to {self._path}.", hint="Make room."
        )

    def take(self) -> list[Answer]:
        """The answers that were spilled, in order; a torn last line is passed over."""
        found: list[Answer] = []
        if not self._path.exists():
            return found
        for line in self._path.read_bytes().splitlines():
            try:
                found.append(_ANSWER.validate_json(line))
            except ValidationError:
                log.warning("a line of %s is torn, and was passed over", self._path)
        return found

    def clear(self) -> None:
        """They are in the store now."""
        self._path.unlink(missing_ok=True)
