"""Replay: every completion from a recording, nothing from the network."""

from itertools import takewhile

from latm.errors import ReplayMissError
from latm.models.port import Completion, Request
from latm.models.recording import Entry, Recording, fingerprint

EXCERPT = 160
HINT = "Record again with `record` on the same file: only what is missing is asked for."


class Replay:
    """A model that has nothing but a recording.

    Args:
        recording: shared by all roles.
        name: of the model that is set for the role, if one is; completions keep the name of the model recorded.
    """

    def __init__(self, recording: Recording, *, name: str = "replay") -> None:
        self._recording = recording
        self.name = name

    async def complete(self, request: Request) -> Completion:
        """The completion recorded for this request, with the usage and the seconds recorded.

        Raises:
            ReplayMissError: there is none; says which prompt changed.
        """
        key = request.key
        with self._recording.occurrences.take(key) as occurrence:
            entry = self._recording.get(key, occurrence)
            if entry is None:
                raise ReplayMissError(explain_miss(self._recording, request), hint=HINT)
            return entry.replayed(request)

    async def close(self) -> None:
        """Does nothing: a replay has nothing open."""


def explain_miss(recording: Recording, request: Request) -> str:
    """Say in one sentence how this request differs from what was recorded for the same purpose."""
    asked = f"The recording has no completion for this {request.purpose!r} request"
    if recorded := sum(entry.key == request.key for entry in recording.entries):
        return f"{asked}: {recorded} are recorded, and it is now made once more."
    candidates = [entry for entry in recording.entries if entry.purpose == request.purpose]
    if not candidates:
        return f"{asked}, nor for any other of that purpose."
    prompt = [fingerprint(message) for message in request.messages]
    shared = max(_shared(entry, prompt) for entry in candidates)
    if shared == len(prompt):
        return f"{asked}: {_same_beginning(candidates, prompt, request)}"
    changed = request.messages[shared]
    return (
        f"{asked}: message {shared + 1} of {len(prompt)} ({changed.role}) was never recorded "
        f"{'after the ones before it' if shared else 'as the first'}; it now reads {_excerpt(changed.content)!r}."
    )


def _shared(entry: Entry, prompt: list[tuple[str, str]]) -> int:
    """How many messages at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(entry.prompt, prompt, strict=False)))


def _same_beginning(candidates: list[Entry], prompt: list[tuple[str, str]], request: Request) -> str:
    if any(list(entry.prompt) == prompt for entry in candidates):
        sampling = f"temperature={request.temperature}, max_tokens={request.max_tokens}"
        return f"its messages were recorded, but with other sampling parameters than {sampling}."
    return "its messages were recorded only as the beginning of a longer conversation."


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}…"
