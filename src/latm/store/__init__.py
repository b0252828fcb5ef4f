"""The tool cache: tasks, tools, events, makings and answers, in a database."""

from latm.store.answers import RouteTotals, TaskTotals
from latm.store.cache import Batch, ToolCache
from latm.store.claims import Claim
from latm.store.compared import ABSTAINED, RIGHT, WRONG, Audit, Certified, Named, Verdict
from latm.store.counting import Recorded
from latm.store.course import Step
from latm.store.database import before
from latm.store.examples import KEPT
from latm.store.forgetting import Forgotten, Selection
from latm.store.guards import Guarded
from latm.store.ledgers import PURPOSES, Estimate, TaskLedger
from latm.store.makings import Journal
from latm.store.owners import is_alive, new_owner
from latm.store.revisions import Changes

__all__ = [
    "ABSTAINED",
    "KEPT",
    "PURPOSES",
    "RIGHT",
    "WRONG",
    "Audit",
    "Batch",
    "Certified",
    "Changes",
    "Claim",
    "Estimate",
    "Forgotten",
    "Guarded",
    "Journal",
    "Named",
    "Recorded",
    "RouteTotals",
    "Selection",
    "Step",
    "TaskLedger",
    "TaskTotals",
    "ToolCache",
    "Verdict",
    "before",
    "is_alive",
    "new_owner",
]
