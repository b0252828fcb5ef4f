"""`POST /latm/v1/wrong`: a client says that an answer was wrong."""

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Any

from latm.gateway import chat, responses
from latm.gateway.access import Caller
from latm.gateway.asgi import RefusedError
from latm.gateway.wire import strict_json
from latm.latm import AsyncLatm

_LONGEST = 1 << 20


class Wrong:
    """Takes reports.

    Args:
        latm: open; the report is evidence there.
        demotes: whether the tool serves no more from then on.
    """

    def __init__(self, latm: AsyncLatm, *, demotes: bool) -> None:
        self._latm = latm
        self._demotes = demotes

    async def said(self, caller: Caller, content: bytes) -> dict[str, Any]:
        """Take one report: `{"id": …}`, with `"answer"` if the right one is known.

        Args:
            caller: who reports; only answers of its own project are its business.
            content: the body.

        Returns:
            What came of it.

        Raises:
            RefusedError: it is not a report, or no answer here is called so.
        """
        serial, answer = _read(content)
        named = await asyncio.to_thread(partial(self._latm.cache.answered, [serial]))
        if not any(one.audit.scope.project == caller.project for one in named):
            # An answer of a moment ago may still wait to be written.
            await self._latm.written()
            named = await asyncio.to_thread(partial(self._latm.cache.answered, [serial]))
        mine = [one for one in named if one.audit.scope.project == caller.project]
        if not mine:
            raise RefusedError(HTTPStatus.NOT_FOUND, "No answer of a tool here has that id.", "unknown_answer")
        is_news = await self._latm.report(serial, answer)
        demoted = False
        if self._demotes and is_news and mine[0].audit.task:
            demoted = bool(await self._latm.tools.retire(mine[0].audit.task, why="a client reported a wrong answer"))
        return {"noted": is_news, "demoted": demoted}


def _read(content: bytes) -> tuple[str, str | None]:
    told = 'Send {"id": "…"}, the id of an answer, and "answer" if you know the right one.'
    try:
        body = strict_json(content) if len(content) <= _LONGEST else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(named := body.get("id"), str):
        raise RefusedError(HTTPStatus.BAD_REQUEST, told, "invalid_report")
    answer = body.get("answer")
    if answer is not None and not isinstance(answer, str):
        raise RefusedError(HTTPStatus.BAD_REQUEST, told, "invalid_report")
    serial = named.removeprefix(chat.ID).removeprefix(responses.ID)
    if serial == named:
        raise RefusedError(HTTPStatus.NOT_FOUND, "No answer of a tool here has that id.", "unknown_answer")
    return serial, answer
