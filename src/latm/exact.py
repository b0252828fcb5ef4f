"""Exact answers: if the settings say so, a question asked before in the same words gets the earlier answer."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from latm.answering.answerer import Climb
from latm.errors import LatmError, StoreError
from latm.learning.watcher import Watcher
from latm.observing import log
from latm.question import Question
from latm.settings import Settings
from latm.store import ToolCache, before

_DIGITS = 32


def named(question: Question, settings: Settings, parameters: str, *, is_cold: bool) -> Question:
    """The question with the name that equal requests share, if the settings let one answer serve them all.

    Args:
        question: as it is asked.
        settings: whether answers are kept for that, and of which requests.
        parameters: all that decides an answer beside the question and its scope.
        is_cold: whether it is asked at temperature 0.
    """
    if settings.exact_answers == "never" or not (is_cold or settings.exact_answers == "always"):
        return question
    # As JSON, since a text may hold lone surrogates, which have no UTF-8.
    whole = json.dumps([question.scope.digest, parameters, question.text]).encode()
    return replace(question, exact=hashlib.sha256(whole).hexdigest()[:_DIGITS])


class ExactAnswers:
    """Finds earlier answers to the same requests in the store.

    Args:
        cache: has every answer on record.
        watcher: knows whether the store is away.
        settings: of which requests an answer serves others, and how old it may be.
        model: answers directly; empty if there is none.
    """

    def __init__(self, cache: ToolCache, watcher: Watcher, settings: Settings, model: str) -> None:
        self._cache = cache
        self._watcher = watcher
        self._settings = settings
        self._asked = f"{settings.answer_style} {model}"
        self._lasts = timedelta(seconds=settings.exact_seconds)

    def named(self, question: Question) -> Question:
        """As `named`, of a question that is asked here, and not by a caller with parameters of its own."""
        return named(question, self._settings, self._asked, is_cold=self._settings.answer_style == "reasoned")

    async def find(self, climbs: Sequence[Climb | LatmError]) -> None:
        """Give each question that no tool answered the newest earlier answer; none, if the store is away."""
        open_ = [one for one in climbs if isinstance(one, Climb) and one.dispatch.text is None and one.exact]
        if not open_ or self._watcher.is_away:
            return
        since = before(datetime.now(UTC) - self._lasts)
        try:
            found = await asyncio.to_thread(self._cache.exact, [one.exact for one in open_], since)
        except StoreError as error:
            log.warning("no earlier answers are had, the store is away: %s", error)
            return
        for one in open_:
            one.kept = found.get(one.exact)
