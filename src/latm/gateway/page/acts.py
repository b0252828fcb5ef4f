"""What a person can decide on the page: each is on record, and each can be undone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from latm.errors import InputError, LatmError
from latm.event import Event, EventKind
from latm.latm import AsyncLatm
from latm.observing import log
from latm.tool import ToolStatus

Form = Mapping[str, str]
_Act = Callable[["Acts", Form], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Undo:
    """The act that undoes an event.

    Attributes:
        label: what it is called.
        act: its name.
        fields: what it needs to know.
    """

    label: str
    act: str
    fields: Form


@dataclass
class Acts:
    """Carries out acts; makings go on in the background.

    Args:
        latm: open.

    Attributes:
        failures: by task, why the last making that was asked for here could not be carried out.
    """

    latm: AsyncLatm
    failures: dict[str, str] = field(default_factory=dict)
    _making: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    @property
    def making(self) -> list[str]:
        """The tasks for which a making that was asked for here is under way."""
        return sorted(self._making)

    async def carry_out(self, act: str, form: Form) -> str:
        """Do it; a sentence that says what was done.

        Raises:
            InputError: there is no such act, or something that it needs is missing.
            LatmError: it cannot be done; nothing has changed.
        """
        if act in _DECISIONS:
            return await self.decide(act, form)
        if act in _ACTS:
            return await _ACTS[act](self, form)
        raise InputError(f"There is no act {act[:40]!r}.")

    async def make(self, form: Form) -> str:
        """Begin a making now."""
        task = _given(form, "task")
        known = self.latm.snapshot.task(task)
        if known is None or task in self._making:
            raise InputError(f"A tool is being made for {task!r} already, or there is no such kind.")
        wanted = self.latm.settings.examples_shown + self.latm.settings.examples_held_out
        if len(known.examples) < wanted:
            raise InputError(f"A making takes {wanted} examples, and {task!r} has {len(known.examples)}.")
        if self.latm.models.maker is None:
            raise InputError("No tool maker is set.", hint="Set one: --maker, or LATM_MAKER.")
        self.failures.pop(task, None)
        begun = asyncio.create_task(self._make(task), name=f"latm page making {task}")
        self._making[task] = begun
        begun.add_done_callback(partial(self._ended, task))
        return f"A tool for {task} is being made."

    async def _make(self, task: str) -> None:
        known = self.latm.snapshot.task(task)
        try:
            await self.latm.make(task, known.examples if known else ())
        except LatmError as error:
            self.failures[task] = str(error)
            log.warning("the making of %s that a person asked for failed: %s", task, error)

    def _ended(self, task: str, making: "asyncio.Task[None]") -> None:
        del self._making[task]
        if not making.cancelled() and (error := making.exception()) is not None:
            self.failures[task] = f"it broke: {type(error).__name__}"
            log.error("the making of %s that a person asked for broke", task, exc_info=error)

    async def decide(self, act: str, form: Form) -> str:
        """Decide about one version."""
        task, version = _given(form, "task"), _number(form)
        kind, said = _DECISIONS[act]
        await self.latm.tools.decide(task, version, kind, why="by hand")
        return f"Version {version} of {task} {said}."

    async def promote_all(self, _form: Form) -> str:
        """Let every version that is compared, and was never wrong, serve."""
        clean = [
            one
            for one in await asyncio.to_thread(self.latm.cache.certificates)
            if one.state.status is ToolStatus.SHADOW and one.state.audits and not one.state.wrong
        ]
        for one in clean:
            await self.latm.tools.decide(one.task, one.version, EventKind.PROMOTED, why="by hand, as never wrong")
        return f"{len(clean)} kinds are switched on."

    async def rename(self, form: Form) -> str:
        """Give a kind a better name."""
        task, new = _given(form, "task"), _given(form, "new")
        await self.latm.tools.rename(task, new)
        return f"{task} is now {new}."

    async def merge(self, form: Form) -> str:
        """Make one kind of two."""
        task, into = _given(form, "task"), _given(form, "into")
        await self.latm.tools.merge(into, [task])
        return f"{task} is part of {into} now."

    async def unmerge(self, form: Form) -> str:
        """Separate them again."""
        task = _given(form, "task")
        await self.latm.tools.unmerge(task)
        return f"{task} is a kind of its own again."

    async def split(self, form: Form) -> str:
        """Make two kinds of one."""
        task, new = _given(form, "task"), _given(form, "new")
        await self.latm.tools.split(task, containing=_given(form, "containing"), part=new)
        return f"A part of {task} is now {new}."


_ACTS: Mapping[str, _Act] = {
    "make": Acts.make,
    "promote-all": Acts.promote_all,
    "rename": Acts.rename,
    "merge": Acts.merge,
    "unmerge": Acts.unmerge,
    "split": Acts.split,
}
_DECISIONS: Mapping[str, tuple[EventKind, str]] = {
    "promote": (EventKind.PROMOTED, "serves"),
    "shadow": (EventKind.SHADOWED, "is only compared with the model"),
    "suspend": (EventKind.SUSPENDED, "is suspended"),
    "retire": (EventKind.RETIRED, "is retired"),
    "restore": (EventKind.RESTORED, "serves again"),
    "pin": (EventKind.PINNED, "is pinned: no newer one takes its place"),
    "unpin": (EventKind.UNPINNED, "is no longer pinned"),
}
_UNDONE_BY: Mapping[EventKind, str] = {
    EventKind.PROMOTED: "shadow",
    EventKind.SHADOWED: "promote",
    EventKind.RETIRED: "restore",
    EventKind.SUSPENDED: "restore",
    EventKind.RESTORED: "retire",
    EventKind.PINNED: "unpin",
    EventKind.UNPINNED: "pin",
}


def undo_of(event: Event, names: Mapping[int, str]) -> Undo | None:
    """What undoes an event that a person caused; None if nothing does.

    Args:
        event: as it happened.
        names: what tasks are called, by their ids.
    """
    if event.who != "person":
        return None
    if act := _UNDONE_BY.get(event.kind):
        return Undo(act, act, {"task": event.task, "version": str(event.version)})
    return _undo_of_kinds(event, names)


def _undo_of_kinds(event: Event, names: Mapping[int, str]) -> Undo | None:
    """The same of what changed a kind as a whole."""
    evidence = event.evidence
    match event.kind:
        case EventKind.RENAMED if "from" in evidence:
            return Undo(f"call it {evidence['from']}", "rename", {"task": event.task, "new": evidence["from"]})
        case EventKind.MERGED if evidence.get("into") in names:
            return Undo("part again", "unmerge", {"task": event.task})
        case EventKind.SPLIT if evidence.get("from") in names:
            return Undo("merge again", "merge", {"task": event.task, "into": names[evidence["from"]]})
        case EventKind.SPLIT if len(evidence.get("ids", ())) == 1 and evidence["ids"][0] in names:
            return Undo("merge again", "merge", {"task": names[evidence["ids"][0]], "into": event.task})
        case _:
            return None


def _given(form: Form, name: str) -> str:
    if not (value := form.get(name, "").strip()):
        raise InputError(f"The act needs a {name}.")
    return value


def _number(form: Form) -> int:
    value = _given(form, "version")
    if not value.isdecimal():
        raise InputError(f"{value[:20]!r} is not a version.")
    return int(value)
