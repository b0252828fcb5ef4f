"""Named tasks, found in one place."""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from latm.errors import InputError, NotFoundError
from latm_bench.tasks.generators import KINDS, VARIANTS
from latm_bench.tasks.sources import TaskSource, from_folder, from_generator, from_packages


class Registry:
    """Task sources by name, in the order in which they came.

    Raises:
        InputError: two of them have the same name.
    """

    def __init__(self, sources: Iterable[TaskSource]) -> None:
        self._sources: dict[str, TaskSource] = {}
        for source in sources:
            if source.name in self._sources:
                raise InputError(f"Two tasks are named {source.name}.", hint="Rename one of them.")
            self._sources[source.name] = source

    def __iter__(self) -> Iterator[TaskSource]:
        return iter(self._sources.values())

    def __len__(self) -> int:
        return len(self._sources)

    def find(self, name: str) -> TaskSource:
        """Return the task of that name.

        Raises:
            NotFoundError: there is none.
        """
        if name not in self._sources:
            close = difflib.get_close_matches(name, self._sources, n=3) or list(self._sources)
            raise NotFoundError(f"There is no task named {name}.", hint=f"Known are {', '.join(close)}.")
        return self._sources[name]


def known_tasks(folder: Path | None = None) -> Registry:
    """Collect the tasks of a folder, the generated ones (`generated/…`), and those of installed packages.

    Raises:
        InputError: the folder or a package's entry point cannot be read, or two tasks have the same name.
    """
    files = from_folder(folder) if folder else ()
    generated = (from_generator(kind) for kind in (*KINDS, *VARIANTS))
    return Registry((*files, *generated, *from_packages()))
