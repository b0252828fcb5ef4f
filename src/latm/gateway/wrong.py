"""`POST /latm/v1/wrong`: a client says that an answer was wrong."""

import asyncio
from http import HTTPStatus
from typing import Any

from latm.gateway import chat, responses
from latm.gateway.access import Caller
from latm.gateway.asgi import RefusedError
from latm.gateway.wire import strict_json
from latm.latm import AsyncLatm
from latm.store import Audit

_LONGEST = 1 << 20


async def take_report(latm: AsyncLatm, caller: Caller, content: bytes, *, demotes: bool) -> dict[str, Any]:
    """Take one report: `{"id": …}`, with `"answer"` if the right one is known.

    Args:
        latm: open; the report is evidence there.
        caller: who reports; only answers of its own project are its business.
        content: the body.
        demotes: whether the tool serves no more from then on.

    Returns:
        What came of it.

    Raises:
        RefusedError: it is not a report, or no answer here is called so.
    """
    serial, answer = _read(content)
    mine = await _answers(latm, caller, serial)
    if not mine:
        # An answer of a moment ago may still wait to be written.
        await latm.written()
        mine = await _answers(latm, caller, serial)
    if not mine:
        raise RefusedError(HTTPStatus.NOT_FOUND, "No answer of a tool here has that id.", "unknown_answer")
    is_news = await latm.report(serial, answer)
    demoted = False
    if demotes and is_news and mine[0].task:
        demoted = bool(await latm.tools.retire(mine[0].task, why="a client reported a wrong answer"))
    return {"noted": is_news, "demoted": demoted}


async def _answers(latm: AsyncLatm, caller: Caller, serial: str) -> list[Audit]:
    """The answers of that name that are the caller's business."""
    named = await asyncio.to_thread(latm.cache.answered, [serial])
    return [one.audit for one in named if one.audit.scope.project == caller.project]


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
