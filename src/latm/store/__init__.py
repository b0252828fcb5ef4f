"""The tool cache: tasks, tools, events, makings and answers in a database."""

from latm.store.answers import RouteTotals, TaskTotals
from latm.store.cache import Batch, ToolCache
from latm.store.claims import Claim
from latm.store.examples import KEPT
from latm.store.makings import Journal
from latm.store.owners import is_alive, new_owner
from latm.store.revisions import Changes

__all__ = [
    "KEPT",
    "Batch",
    "Changes",
    "Claim",
    "Journal",
    "RouteTotals",
    "TaskTotals",
    "ToolCache",
    "is_alive",
    "new_owner",
]
