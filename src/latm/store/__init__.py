"""The tool cache: tasks, tools, events, makings and answers in a database."""

from latm.store.answers import RouteTotals, TaskTotals
from latm.store.cache import Batch, ToolCache
from latm.store.claims import Claim
from latm.store.examples import KEPT
from latm.store.forgetting import Forgotten, Selection, before
from latm.store.makings import Journal
from latm.store.owners import is_alive, new_owner
from latm.store.revisions import Changes

__all__ = [
    "KEPT",
    "Batch",
    "Changes",
    "Claim",
    "Forgotten",
    "Journal",
    "RouteTotals",
    "Selection",
    "TaskTotals",
    "ToolCache",
    "before",
    "is_alive",
    "new_owner",
]
