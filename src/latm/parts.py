"""The parts behind the public names, for programs that study how tools are made: stable, and documented.

An application needs none of them. `latm-bench` is built on these, on the public names, and on nothing else.
"""

from latm.answering.direct import DirectAnswer
from latm.answering.dispatcher import Dispatcher
from latm.answering.model_dispatcher import ModelDispatcher
from latm.answering.paper_user import PaperToolUser
from latm.answering.snapshot import Snapshot
from latm.auditing import Bound
from latm.form import find_form
from latm.known import Known
from latm.ledger import break_even
from latm.making.maker import ToolMaker
from latm.making.order import Made, Order
from latm.making.paper import PaperMaker
from latm.models import Meter, Models, open_models
from latm.models import Model as RoleModel
from latm.models.counting import CHARACTERS_PER_TOKEN
from latm.models.recording import load_recording
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.reading.formats import FORMAT_OF_SUFFIX
from latm.reading.reading import read
from latm.sandbox import Result, Sandbox, Verdict, open_sandbox
from latm.sandbox.conformance import attacks
from latm.store import Certified, TaskLedger, ToolCache
from latm.task import TaskStatus
from latm.tool import ANSWER_FUNCTION, Demonstration, ToolKind

__all__ = [
    "ANSWER_FUNCTION",
    "CHARACTERS_PER_TOKEN",
    "FORMAT_OF_SUFFIX",
    "Bound",
    "Certified",
    "Demonstration",
    "DirectAnswer",
    "Dispatcher",
    "Known",
    "Made",
    "Meter",
    "ModelDispatcher",
    "Models",
    "Order",
    "Outcome",
    "PaperMaker",
    "PaperToolUser",
    "Result",
    "RoleModel",
    "Sandbox",
    "ScriptedModel",
    "Snapshot",
    "TaskLedger",
    "TaskStatus",
    "ToolCache",
    "ToolKind",
    "ToolMaker",
    "Verdict",
    "attacks",
    "break_even",
    "find_form",
    "load_recording",
    "open_models",
    "open_sandbox",
    "read",
]
