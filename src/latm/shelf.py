"""The tools of a running latm: what there is, and what a person decides about it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from latm.circle import Circle
from latm.errors import InputError
from latm.event import Event, EventKind
from latm.learning.breadth import told_apart
from latm.lifecycle import Life
from latm.provenance import Making
from latm.store import ToolCache
from latm.task import Task
from latm.tool import ToolVersion

T = TypeVar("T")

DECISIONS = (
    EventKind.PROMOTED,
    EventKind.SHADOWED,
    EventKind.SUSPENDED,
    EventKind.RETIRED,
    EventKind.RESTORED,
    EventKind.PINNED,
    EventKind.UNPINNED,
)
"""What a person can decide about one version."""


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """All that is on record of a task and its tool.

    Attributes:
        task: with its examples that stand.
        versions: of its tool, the oldest first.
        makings: whole, the oldest first.
        events: what happened, the oldest first.
    """

    task: Task
    versions: Sequence[ToolVersion]
    makings: Sequence[Making]
    events: Sequence[Event]


class Tools:
    """What `latm.tools` offers. Whatever is changed here serves, or serves no more, once the call returns.

    A name is that of a task, or a program's id, or as much of it as makes it unique. What is not a text, or an empty
    one, is an `InputError`; so is a reason that is not a text.

    Args:
        cache: where tools are kept.
        circle: makes the changes, and shows them.
        life: of what they belong to; closing waits for a call under way.
    """

    def __init__(self, cache: ToolCache, circle: Circle, life: Life) -> None:
        self._cache = cache
        self._circle = circle
        self._life = life

    async def list(self) -> Sequence[ToolVersion]:
        """Every version of every task's tool, by task and number."""
        return await self._read(self._cache.tools)

    async def show(self, task: str) -> ToolRecord:
        """All that is on record of a task.

        Raises:
            NotFoundError: there is no such task.
        """
        check_name(task)
        return await self._read(partial(self._record, task))

    async def retire(self, name: str, *, why: str = "") -> Sequence[ToolVersion]:
        """Let a tool answer no more questions.

        Raises:
            NotFoundError: there is no such tool.
        """
        return await self._decided(self._cache.retire, name, why=why)

    async def restore(self, name: str, *, why: str = "") -> Sequence[ToolVersion]:
        """Let a tool that was retired or suspended serve again.

        Raises:
            NotFoundError: there is no such tool.
        """
        return await self._decided(self._cache.restore, name, why=why)

    async def approve(self, name: str, *, why: str = "") -> Sequence[ToolVersion]:
        """Let a tool serve that waits for it, as all do with the setting `approval`; `retire` says no.

        Raises:
            NotFoundError: there is no such tool, or none that waits.
        """
        return await self._decided(self._cache.approve, name, why=why)

    async def promote(self, name: str | None = None, *, why: str = "") -> Sequence[ToolVersion]:
        """Let a tool serve that is only compared with the model's answers; without a name, every such tool.

        Raises:
            NotFoundError: there is no such tool, or none in shadow.
        """
        if name is not None:
            check_name(name)
        _check_text("why", why)
        return await self._changed(partial(self._cache.promote, name, why=why))

    async def pin(self, name: str, *, pinned: bool = True, why: str = "") -> Sequence[ToolVersion]:
        """Keep the version that serves: no newer one takes its place, and its task is not deleted.

        Raises:
            NotFoundError: there is no such tool, or it does not serve.
        """
        check_name(name)
        _check_text("why", why)
        if not isinstance(pinned, bool):
            raise InputError(f"`pinned` is True or False, and this is a {type(pinned).__name__}: {pinned!r}.")
        return await self._changed(partial(self._cache.pin, name, pinned=pinned, why=why))

    async def decide(self, task: str, version: int, kind: EventKind, *, why: str = "") -> Sequence[ToolVersion]:
        """Decide about one version of one task: one of `DECISIONS`.

        Raises:
            InputError: it is not one of them.
            NotFoundError: there is no such version, or it is to be pinned and does not serve.
        """
        check_name(task)
        _check_text("why", why)
        if not isinstance(version, int) or isinstance(version, bool):
            raise InputError(f"`version` is the number of one, and this is a {type(version).__name__}: {version!r}.")
        if kind not in DECISIONS:
            hint = f"One of {', '.join(DECISIONS)}."
            raise InputError(f"Nobody decides this of a version: {kind!r}.", hint=hint)
        return await self._changed(partial(self._cache.decide, task, version, kind, why=why))

    async def rename(self, task: str, new: str) -> None:
        """Give a task a better name.

        Raises:
            NotFoundError: there is no such task.
            StoreError: the name is another task's, or a tool is being made for either.
        """
        check_name(task)
        check_name(new)
        await self._changed(partial(self._cache.rename_task, task, new))

    async def merge(self, into: str, others: Sequence[str], *, why: str = "") -> None:
        """Let kinds be one: what was learnt of the others goes to `into`, whose tool goes on serving.

        The tools of the others are retired. `unmerge` undoes it.

        Raises:
            NotFoundError: there is no such task.
            InputError: they are one task, of different scopes, or one is part of another already.
            StoreError: a tool is being made for one of them, or is pinned for one of the others.
        """
        if isinstance(others, str | bytes) or not isinstance(others, Sequence) or not others:
            said = f"a {type(others).__name__}: {others!r}"
            raise InputError(f"`others` is a list of the tasks to merge, and this is {said}.")
        for name in (into, *others):
            check_name(name)
        _check_text("why", why)
        await self._changed(partial(self._cache.merge_kinds, into, others, why=why))

    async def unmerge(self, task: str, *, why: str = "") -> None:
        """Give a task back what it had when it was merged into another, its tool included.

        Raises:
            NotFoundError: there is no such task.
            InputError: it is not a part of another.
            StoreError: a tool is being made for either.
        """
        await self._decided(self._cache.unmerge_kind, task, why=why)

    async def split(self, task: str, *, containing: str = "", part: str = "", why: str = "") -> Sequence[str]:
        """Let a kind be several: the largest part keeps its name. Its tool is retired; `merge` undoes all of it.

        Args:
            task: its name.
            containing: what the questions of the part that goes have in them, in any case, and the others have not;
                empty: as their wordings tell them apart.
            part: with `containing`: what that part is called; empty: after its wording.
            why: in one sentence.

        Returns:
            The names of the tasks that it became, its own first.

        Raises:
            NotFoundError: there is no such task.
            InputError: that tells nothing apart, or the name is taken.
            StoreError: a tool is being made for it, or is pinned.
        """
        check_name(task)
        for parameter, said in (("containing", containing), ("part", part), ("why", why)):
            _check_text(parameter, said)

        return await self._changed(partial(split_by_hand, self._cache, task, containing, part, why))

    async def delete(self, task: str) -> None:
        """Forget a task with its examples and tools; makings, events and answers stay on record.

        Raises:
            NotFoundError: there is no such task.
            StoreError: a tool is being made for it, or is pinned.
        """
        check_name(task)
        await self._changed(partial(self._cache.delete_task, task))

    async def export(self, name: str) -> str:
        """A tool's source as a file of its own, with how it came to be in a comment at its head.

        Raises:
            NotFoundError: there is no such tool.
        """
        check_name(name)
        return await self._read(partial(self._cache.export, name))

    def _record(self, task: str) -> ToolRecord:
        cache = self._cache
        return ToolRecord(cache.task(task), cache.tools(task=task), cache.makings(task), cache.events(task))

    async def _read(self, look: Callable[[], T]) -> T:
        with self._life.use():
            return await asyncio.to_thread(look)

    async def _decided(self, decide: Callable[..., T], name: str, *, why: str) -> T:
        check_name(name)
        _check_text("why", why)
        return await self._changed(partial(decide, name, why=why))

    async def _changed(self, change: Callable[[], T]) -> T:
        with self._life.use():
            return await self._circle.change(change)


def split_by_hand(cache: ToolCache, task: str, containing: str, new: str, why: str = "") -> Sequence[str]:
    """Let a kind be several, as `Tools.split` says; the names of the tasks that it became."""
    if new and not containing:
        raise InputError(f"Nothing says what {new!r} is to be.", hint="Say what its questions have in them.")
    parts = told_apart(cache.task(task), containing, new)
    cache.split_kind(task, parts, why=why)
    return [task, *parts]


def check_name(name: object) -> None:
    """Refuse what names neither a task nor a tool.

    Raises:
        InputError: it is not a text, or an empty one.
    """
    if not isinstance(name, str) or not name.strip():
        said = f"a {type(name).__name__}: {name!r}"
        raise InputError(f"Tasks and tools are named by a text, and this is {said}.", hint="`tools.list()` shows them.")


def _check_text(parameter: str, said: object) -> None:
    if not isinstance(said, str):
        raise InputError(f"`{parameter}` is a text, and this is a {type(said).__name__}: {said!r}.")


class Call(Protocol):
    """Runs a coroutine elsewhere, and waits for it."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> T:
        """What it returns."""
        ...


class SyncTools:
    """`latm.tools` for callers without an event loop; see `Tools`.

    Args:
        tools: the same.
        call: runs a coroutine on the loop, and waits for it.
    """

    def __init__(self, tools: Tools, call: Call) -> None:
        self._tools = tools
        self._call = call

    def list(self) -> Sequence[ToolVersion]:
        """See `Tools.list`."""
        return self._call(self._tools.list())

    def show(self, task: str) -> ToolRecord:
        """See `Tools.show`."""
        return self._call(self._tools.show(task))

    def retire(self, name: str, *, why: str = "") -> Sequence[ToolVersion]:
        """See `Tools.retire`."""
        return self._call(self._tools.retire(name, why=why))

    def restore(self, name: str, *, why: str = "") -> Sequence[ToolVersion]:
        """See `Tools.restore`."""
        return self._call(self._tools.restore(name, why=why))

    def approve(self, name: str, *, why: str = "") -> Sequence[ToolVersion]:
        """See `Tools.approve`."""
        return self._call(self._tools.approve(name, why=why))

    def promote(self, name: str | None = None, *, why: str = "") -> Sequence[ToolVersion]:
        """See `Tools.promote`."""
        return self._call(self._tools.promote(name, why=why))

    def pin(self, name: str, *, pinned: bool = True, why: str = "") -> Sequence[ToolVersion]:
        """See `Tools.pin`."""
        return self._call(self._tools.pin(name, pinned=pinned, why=why))

    def decide(self, task: str, version: int, kind: EventKind, *, why: str = "") -> Sequence[ToolVersion]:
        """See `Tools.decide`."""
        return self._call(self._tools.decide(task, version, kind, why=why))

    def rename(self, task: str, new: str) -> None:
        """See `Tools.rename`."""
        self._call(self._tools.rename(task, new))

    def merge(self, into: str, others: Sequence[str], *, why: str = "") -> None:
        """See `Tools.merge`."""
        self._call(self._tools.merge(into, others, why=why))

    def unmerge(self, task: str, *, why: str = "") -> None:
        """See `Tools.unmerge`."""
        self._call(self._tools.unmerge(task, why=why))

    def split(self, task: str, *, containing: str = "", part: str = "", why: str = "") -> Sequence[str]:
        """See `Tools.split`."""
        return self._call(self._tools.split(task, containing=containing, part=part, why=why))

    def delete(self, task: str) -> None:
        """See `Tools.delete`."""
        self._call(self._tools.delete(task))

    def export(self, name: str) -> str:
        """See `Tools.export`."""
        return self._call(self._tools.export(name))
