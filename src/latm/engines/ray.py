"""A crew of Ray actors on the machines of a cluster. No other module knows Ray."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

from latm import __version__
from latm.answering.snapshot import Snapshot
from latm.engines.fleet import WorkerLostError
from latm.engines.worker import Told, ToolWorker, packed
from latm.errors import LatmError, SettingsError
from latm.question import Question
from latm.settings import Settings


class RayCrew:
    """Workers as Ray actors of one core each. A snapshot is put into the object store once, for all of them.

    Args:
        settings: the settings of their sandboxes.
        address: the address of the cluster; None: the one that RAY_ADDRESS names, else a local one, which ends with
            this crew.

    Raises:
        SettingsError: Ray is not installed, or the cluster cannot be reached.
    """

    def __init__(self, settings: Settings, address: str | None = None) -> None:
        try:
            import ray
        except ImportError as error:
            raise SettingsError("Ray is not installed.", hint="Run `pip install 'latm[ray]'`.") from error
        self._ray: Any = ray
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            try:
                ray.init(address=address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
            except Exception as error:  # Ray raises bare exceptions if a cluster does not start in time
                said = " ".join(str(error).split())
                raise SettingsError(
                    f"The Ray cluster {address or 'of this machine'} cannot be reached: {said[:300]}",
                    hint="Correct --address; `ray status` on a machine of the cluster says whether it runs.",
                ) from error
        self._settings = settings
        self._numbers = count(1)
        self._actors: dict[int, Any] = {}
        self._revisions = count(1)
        self._shipped: tuple[Snapshot | None, int, Any] = None, 0, None

    async def hire(self) -> int:
        """Start an actor on a free core of the cluster."""
        number = next(self._numbers)
        actor = self._ray.remote(_Actor).options(num_cpus=1, max_restarts=0).remote(self._settings, __version__)
        await self._said(actor.pid.remote())
        self._actors[number] = actor
        return number

    async def dispatch(self, worker: int, snapshot: Snapshot, questions: Sequence[Question]) -> Sequence[Told]:
        """What its tools say."""
        if self._shipped[0] is not snapshot:
            self._shipped = snapshot, next(self._revisions), self._ray.put(packed(snapshot))
        _, revision, shipped = self._shipped
        # The reference is in a list, so that Ray does not fetch the snapshot for an actor that already has it.
        answered = self._actors[worker].dispatch.remote(revision, [shipped], list(questions))
        found: Sequence[Told] = await self._said(answered)
        return found

    async def close(self) -> None:
        """End the actors, and the cluster if it is local."""
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()
        if self._is_ours:
            await asyncio.to_thread(self._ray.shutdown)

    async def _said(self, reference: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return await asyncio.wrap_future(reference.future())
        except errors.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, LatmError):
                raise cause from error
            raise
        except errors.RayActorError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, LatmError):
                raise cause from error
            raise WorkerLostError(str(error).strip().partition("\n")[0]) from error


class _Actor:
    """A worker inside an actor.

    Args:
        settings: the settings of its sandbox.
        version: the version of the latm that starts it.
    """

    def __init__(self, settings: Settings, version: str) -> None:
        self._worker = ToolWorker(settings, version)
        self._revision = 0

    def pid(self) -> int:
        """Its process id."""
        import os

        return os.getpid()

    def dispatch(self, revision: int, shipped: Sequence[Any], questions: Sequence[Question]) -> list[Told]:
        """What the tools of a snapshot say. The snapshot is fetched if it is not the one that the actor has."""
        if revision != self._revision:
            import ray

            self._worker.learn(ray.get(shipped[0]))
            self._revision = revision
        return self._worker.dispatch(questions)
