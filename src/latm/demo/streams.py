"""The streams of questions that the demo sends: one of each ships with latm, others come from packages."""

import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path

from latm.errors import PluginError
from latm.task import Instance

GROUP = "latm.streams"
"""Entry points of functions from a seed and a number to as many questions with their truths."""
SEED = 1
"""Of the streams that ship."""
QUESTIONS = 1_400
"""A hundred of each kind."""
EVERYDAY_QUESTIONS = 700
_FOLDER = Path(__file__).parent


class Stream(StrEnum):
    """Which questions are asked: fourteen kinds, bare; or eight as they come to a company, with others between."""

    BARE = "bare"
    EVERYDAY = "everyday"

    @property
    def recording(self) -> Path:
        """What models said to it, as it ships with latm."""
        return _FOLDER / ("recording.jsonl" if self is Stream.BARE else "everyday.jsonl")

    @property
    def shipped(self) -> Path:
        """The questions with their truths, as they ship with latm."""
        return _FOLDER / "streams" / f"{self}.jsonl"

    @property
    def length(self) -> int:
        """Questions that its recording has."""
        return QUESTIONS if self is Stream.BARE else EVERYDAY_QUESTIONS

    def instances(self, seed: int, count: int) -> Sequence[Instance]:
        """The questions with their truths.

        Raises:
            PluginError: it is another stream than the one that ships, and no package is installed that makes it.
        """
        if (seed, count) == (SEED, self.length):
            return [Instance(**json.loads(line)) for line in self.shipped.read_text(encoding="utf-8").splitlines()]
        return list(self._made(seed, count))

    def _made(self, seed: int, count: int) -> Iterator[Instance]:
        points = entry_points(group=GROUP, name=self.value)
        if not points:
            raise PluginError(
                f"latm ships {self.length:,} questions of the stream {self.value!r} with seed {SEED}, and no others.",
                hint="The package latm-bench makes others: install it, or leave out --questions and --seed.",
            )
        make: Callable[[int, int], Iterator[Instance]] = next(iter(points)).load()
        return make(seed, count)
