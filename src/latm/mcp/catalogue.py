"""The tools that serve a project, each under a name that clients of the protocol accept."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from latm.answering.snapshot import Snapshot
from latm.errors import NotFoundError
from latm.known import Known
from latm.mcp.schemas import Schema, input_schema, output_schema
from latm.tool import ToolVersion

OWN_NAMES = frozenset({"search_tools", "run_tool"})
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_WORD = re.compile(r"\w+")
_LONGEST = 100


@dataclass(frozen=True)
class Entry:
    """One tool as clients see it.

    Attributes:
        name: that of its task, as far as the protocol allows.
        task: the task's own name.
        version: what runs.
        question: a question of its kind; looked at by searches, shown to nobody.
    """

    name: str
    task: str
    version: ToolVersion
    question: str = ""

    @cached_property
    def description(self) -> str:
        """What it is for, and how far its answers can be trusted."""
        summary = self.version.program.summary or f"Answers requests of the kind {self.task}."
        error = self.version.error
        return summary if error >= 1 else f"{summary} At most {error:.2%} of its answers are wrong."

    @cached_property
    def takes(self) -> Schema:
        """The schema of its arguments."""
        return input_schema(self.version)

    @cached_property
    def gives(self) -> Schema:
        """The schema of its result."""
        return output_schema(self.version)

    @cached_property
    def words(self) -> frozenset[str]:
        """What a search may find it by."""
        return frozenset(_words(f"{self.task} {self.version.program.summary} {self.question}"))


@dataclass(frozen=True)
class Catalogue:
    """All of them at one moment, by name, in order."""

    entries: Mapping[str, Entry]

    @property
    def programs(self) -> Mapping[str, str]:
        """Which program each name stands for."""
        return {name: entry.version.id for name, entry in self.entries.items()}

    def entry(self, name: str) -> Entry:
        """The tool of that name, or of the task of that name.

        Raises:
            NotFoundError: there is none.
        """
        if found := self.entries.get(name) or self.entries.get(name_of(name)):
            return found
        raise NotFoundError(f"No tool {name!r} serves.", hint="search_tools finds those that do.")

    def after(self, name: str, count: int) -> Sequence[Entry]:
        """The next tools by name, after a name; from the first on after an empty one."""
        return [entry for known, entry in self.entries.items() if known > name][:count]

    def search(self, query: str, count: int) -> Sequence[Entry]:
        """The tools that share most words with a query, best first; none that shares no word."""
        wanted = set(_words(query))
        scored = [(len(wanted & entry.words), entry) for entry in self.entries.values()]
        best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1].name))
        return [entry for _, entry in best[:count]]


def catalogue_of(snapshot: Snapshot, project: str, before: Catalogue | None = None) -> Catalogue:
    """The tools that serve a project's tasks; other projects' are none of its business.

    Args:
        snapshot: what is known.
        project: whose tools.
        before: the catalogue before; what was read of a tool that is still the same is kept.
    """
    old = before.entries if before else {}
    found: dict[str, Entry] = {}
    for known in snapshot.known:
        if known.tool is not None and known.task.scope.project == project:
            name = name_of(known.task.name)
            same = name in old and old[name].version == known.tool
            found[name] = old[name] if same else _entry(name, known, known.tool)
    return Catalogue(dict(sorted(found.items())))


def _entry(name: str, known: Known, version: ToolVersion) -> Entry:
    question = known.task.examples[0].question if known.task.examples else known.task.wording
    return Entry(name, known.task.name, version, question)


def name_of(task: str) -> str:
    """A task's name if the protocol allows it, else as much of it as it does, with a digest behind."""
    fitting = _UNFIT.sub("-", task)[:_LONGEST]
    if fitting == task and fitting not in OWN_NAMES:
        return task
    digest = hashlib.sha256(task.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{fitting.strip('-') or 'tool'}-{digest}"


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower().replace("_", " ").replace("-", " ")) if len(word) > 1]
