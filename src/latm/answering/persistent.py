"""Changes to persistent maps, collected first and then made at once, so that what changes twice is written once."""

from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from rpds import HashTrieMap

Key = TypeVar("Key")
Value = TypeVar("Value")


class Changes(Generic[Key, Value]):
    """Changes to a persistent map; None stands for a removal."""

    def __init__(self, before: "HashTrieMap[Key, Value]") -> None:
        self._before = before
        self._changed: dict[Key, Value | None] = {}

    def get(self, key: Key) -> Value | None:
        """The value of a key after the changes; None if there is none."""
        return self._changed[key] if key in self._changed else self._before.get(key)

    def __getitem__(self, key: Key) -> Value:
        if (value := self.get(key)) is None:
            raise KeyError(key)
        return value

    def set(self, key: Key, value: Value | None) -> None:
        """Set the value of a key; None removes it."""
        self._changed[key] = value

    def done(self) -> "HashTrieMap[Key, Value]":
        """The map after the changes; the original stays as it is."""
        if len(self._changed) > len(self._before):
            every = dict(self._before) | self._changed if len(self._before) else self._changed
            return HashTrieMap({key: value for key, value in every.items() if value is not None})
        after = self._before
        for key, value in self._changed.items():
            after = after.discard(key) if value is None else after.insert(key, value)
        return after


class Counts(Changes[str, int]):
    """Changes to a persistent map of counts; a count of zero is removed."""

    def add(self, more: Mapping[str, int]) -> None:
        """Add to the count of each key, or subtract from it; once, before anything else."""
        before = self._before.get
        self._changed = {key: before(key, 0) + count or None for key, count in more.items() if count}

    def of(self, keys: Collection[str]) -> list[int]:
        """The counts of some keys.

        Raises:
            KeyError: one of the keys has no count.
        """
        counts = map(self._changed.get, keys)
        return [count or self._before[key] for key, count in zip(keys, counts, strict=True)]
