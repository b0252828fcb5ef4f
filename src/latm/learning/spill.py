"""The spill: files beside the store for answers that the store could not take."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from latm.answer import Answer
from latm.errors import StoreFullError
from latm.observing import log

_ANSWER = TypeAdapter(Answer)
_WHILE_WRITTEN = ".part"
_UNREAD = ".unread"
"""The ending of a file's name if some of its lines cannot be read, perhaps because another version wrote them."""


class Spill:
    """Keeps answers as JSON lines until the store is opened again.

    Each time a new file is written, as a whole or not at all: processes on one store need not wait for each
    other, and none removes what another one is writing.

    Args:
        store: the store's file; None for a store without a file, whose spill goes to the temporary folder.
        address: the store's address, which tells the spills of several stores apart there.
    """

    def __init__(self, store: Path | None, address: str = "") -> None:
        of_store = hashlib.sha256((str(store.resolve()) if store else address).encode()).hexdigest()[:16]
        elsewhere = Path(tempfile.gettempdir()) / f"latm-{of_store}"
        self._bases = (store, elsewhere) if store else (elsewhere,)
        self._taken: dict[Path, bool] = {}

    def write(self, answers: Sequence[Answer]) -> str:
        """Keep answers and return where. If the store's folder cannot take them, the temporary folder does."""
        data = b"".join(_ANSWER.dump_json(answer, exclude={"scope": {"digest"}}) + b"\n" for answer in answers)
        for base in self._bases:
            path = base.with_name(f"{base.name}.{secrets.token_hex(8)}.spill.jsonl")
            part = path.with_name(path.name + _WHILE_WRITTEN)
            try:
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(data)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                continue
            return str(path)
        raise StoreFullError(
            f"{len(answers)} answers could be written neither to the store nor beside {self._bases[0]}.",
            hint="Make room.",
        )

    def take(self) -> list[Answer]:
        """The answers that were spilled. `clear` keeps the text of a file with a line that cannot be read."""
        self._taken = dict.fromkeys(sorted(self._files(), key=lambda path: path.stat().st_mtime_ns), True)
        found: list[Answer] = []
        for path in self._taken:
            for line in path.read_bytes().splitlines():
                try:
                    found.append(_ANSWER.validate_json(line))
                except ValidationError:
                    self._taken[path] = False
                    log.warning("a line of %s cannot be read and is skipped; the file is kept", path)
        return found

    def clear(self) -> None:
        """Remove the files that were taken: their answers are in the store now."""
        for path, was_read in self._taken.items():
            if was_read:
                path.unlink(missing_ok=True)
            else:
                path.replace(path.with_name(path.name + _UNREAD))
        self._taken = {}

    def _files(self) -> Iterator[Path]:
        for base in self._bases:
            for path in base.parent.glob("*.spill.jsonl"):
                # Other users of a temporary folder could put false answers there.
                is_ours = os.name != "posix" or path.stat().st_uid == os.geteuid()
                if path.name.startswith(f"{base.name}.") and is_ours:
                    yield path
