"""Where named tasks come from: files, folders, generators, Hugging Face, and other packages."""

import importlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from latm import Instance
from latm.errors import InputError
from latm.parts import FORMAT_OF_SUFFIX, read
from latm_bench.tasks.generators.kinds import Kind

ENTRY_POINTS = "latm.tasks"
UNSTATED = "not stated"


class Origin(StrEnum):
    """What kind of source a task has."""

    FILE = "file"
    GENERATOR = "generator"
    HUGGING_FACE = "hugging-face"


@dataclass(frozen=True, slots=True)
class TaskSource:
    """A named task and how to get at its items.

    Attributes:
        name: unique within a registry.
        origin: what kind of source it has.
        load: a fresh iterator over its items, each with the right answer; called again for each use.
        description: what it is, in one line.
        licence: of the items, as far as it is known.
        transform: applied to every item, if the task's definition asks for one.
    """

    name: str
    origin: Origin
    load: Callable[[], Iterable[Instance]]
    description: str = ""
    licence: str = UNSTATED
    transform: Callable[[Instance], Instance] | None = None

    def instances(self) -> Iterator[Instance]:
        """Yield the task's items in their order, each carrying the task's name.

        Raises:
            InputError: the source cannot be read.
        """
        for item in self.load():
            yield replace(self.transform(item) if self.transform else item, task=self.name)


def from_file(path: Path, *, name: str | None = None, licence: str = UNSTATED) -> TaskSource:
    """Make a task of a file of questions, named after it; a malformed line stops the reading."""
    return TaskSource(
        name or path.stem, Origin.FILE, lambda: read(path, strict=True), description=path.name, licence=licence
    )


def from_folder(folder: Path, *, licence: str = UNSTATED) -> tuple[TaskSource, ...]:
    """Make one task of each file of questions in a folder, sorted by name.

    Raises:
        InputError: there is no such folder, or it holds no such files.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", hint="Name a folder of task files.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in FORMAT_OF_SUFFIX)
    if not paths:
        raise InputError(f"{folder} holds no task files.", hint=f"Their suffixes are {', '.join(FORMAT_OF_SUFFIX)}.")
    return tuple(from_file(path, licence=licence) for path in paths)


def from_generator(kind: Kind, *, seed: int = 0, count: int = 250, name: str | None = None) -> TaskSource:
    """Make a task of `count` questions of a generated kind; by default its name is `generated/` and the kind's."""

    def load() -> Iterator[Instance]:
        for number, item in enumerate(itertools.islice(kind.instances(seed), count), start=1):
            yield replace(item, id=str(number))

    return TaskSource(
        name or f"generated/{kind.name}",
        Origin.GENERATOR,
        load,
        description=f"{kind.summary} (seed {seed}, {count} questions)",
        licence="that of latm",
    )


def from_hugging_face(
    dataset: str,
    *,
    config: str | None = None,
    split: str = "test",
    columns: tuple[str, str] = ("question", "answer"),
    name: str | None = None,
) -> TaskSource:
    """Make a task of a Hugging Face dataset, which is streamed when the items are first asked for.

    Args:
        dataset: its name on the hub, or a local path.
        config: the configuration of the dataset, if it has several.
        split: which of its splits.
        columns: the columns that hold question and answer; other values than strings are written as Python does.
        name: of the task; the dataset's own by default.
    """

    def load() -> Iterator[Instance]:
        for number, row in enumerate(_rows(dataset, config, split), start=1):
            yield _instance_of_row(row, columns, number, dataset)

    return TaskSource(
        name or dataset.rsplit("/", 1)[-1],
        Origin.HUGGING_FACE,
        load,
        description=f"{dataset}, split {split}",
        licence="see the dataset's card",
    )


def _rows(dataset: str, config: str | None, split: str) -> Iterable[Mapping[str, Any]]:
    try:
        library: Any = importlib.import_module("datasets")
    except ImportError as error:
        raise InputError(
            f"The dataset {dataset} needs the package `datasets`, which is not installed.",
            hint="Install it with `pip install datasets`.",
        ) from error
    try:
        rows: Iterable[Mapping[str, Any]] = library.load_dataset(dataset, config, split=split, streaming=True)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The dataset {dataset} cannot be loaded: {error}.", hint="Check its name, configuration and split."
        ) from error
    return rows


def _instance_of_row(row: Mapping[str, Any], columns: tuple[str, str], number: int, dataset: str) -> Instance:
    for column in columns:
        if column not in row:
            raise InputError(
                f"The dataset {dataset} has no column {column!r}.", hint=f"Its columns are {', '.join(row)}."
            )
    question, answer = (str(row[column]) for column in columns)
    return Instance(question, id=str(number), answer=answer)


def from_packages() -> tuple[TaskSource, ...]:
    """Collect the tasks that installed packages offer as entry points of the group `latm.tasks`.

    An entry point is a `TaskSource`, an iterable of them, or a function without arguments that returns either.

    Raises:
        InputError: an entry point cannot be loaded, or is something else.
    """
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return tuple(source for point in points for source in _of_package(point))


def _of_package(point: EntryPoint) -> tuple[TaskSource, ...]:
    hint = "Correct or uninstall the package that offers it."
    try:
        offered = point.load()
        offered = offered() if callable(offered) else offered
        sources = (offered,) if isinstance(offered, TaskSource) else tuple(offered)
    except Exception as error:  # another package's code may raise anything
        raise InputError(
            f"The entry point {point.name} = {point.value} cannot be loaded: {error}.", hint=hint
        ) from error
    if not all(isinstance(source, TaskSource) for source in sources):
        raise InputError(f"The entry point {point.name} = {point.value} is not a TaskSource.", hint=hint)
    return sources
