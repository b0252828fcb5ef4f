"""A stand-in for the strong model: it knows the truths of a stream, and can write tools for two simple kinds."""

from latm.models import Models
from latm.models.metering import Meter, Metered
from latm.models.port import Model, Request
from latm.models.recording import Recorder, RecordingFile
from latm.models.testing import ScriptedModel
from latm_bench.tasks.generators import stream

SORTING = '''```python
"""Words in alphabetical order."""
import re
FRAME = (
    r"Sort these words in alphabetical order\\. Answer with the words only, separated by single spaces\\."
    r"\\nWords: ([a-z ]+)"
)
def parse(question):
    found = re.fullmatch(FRAME, question)
    return {"words": found[1].split()} if found else None
def solve(words):
    return sorted(words)
def answer(value, question):
    return " ".join(value)
```'''

CONVERTING = '''```python
"""A quantity in another unit."""
import re
from fractions import Fraction
FRAME = (
    r"Convert (\\d+(?:\\.\\d+)?) (\\w+) to (\\w+)\\. Use 1 (\\w+) = (\\d+(?:\\.\\d+)?) (\\w+)\\. "
    r"Round half up to exactly (\\d) decimals?\\. Answer with the number only, without the unit\\."
)
def parse(question):
    found = re.fullmatch(FRAME, question)
    if not found or {found[2], found[3]} != {found[4], found[6]}:
        return None
    return {"quantity": found[1], "factor": found[5], "forwards": found[2] == found[4], "decimals": int(found[7])}
def solve(quantity, factor, forwards, decimals):
    exact = Fraction(quantity) * (Fraction(factor) if forwards else 1 / Fraction(factor))
    units = str((2 * exact * 10**decimals + 1) // 2).rjust(decimals + 1, "0")
    return units[:-decimals] + "." + units[-decimals:]
def answer(value, question):
    return value
```'''

QUESTIONS, SEED = 280, 3
TRUTHS = {instance.question: str(instance.answer) for instance in stream(SEED, QUESTIONS)}


def reply(request: Request) -> str:
    """What it says, whatever its role."""
    said = "\n".join(message.content for message in request.messages)
    if request.purpose == "direct":
        question = said.rpartition("Request:\n")[2]
        return f"{'I think it over. ' * 300}\nAnswer: {TRUTHS[question]}"
    if request.purpose == "tool-user":
        return "null"
    if "Sort these words" in said:
        return SORTING
    return CONVERTING if "Round half up" in said else "NO PROGRAM: whose anger is the greater, no rule says"


def models(recorder: RecordingFile | None = None) -> Models:
    """The stand-in in all roles, recorded on request."""
    meter = Meter()
    model: Model = ScriptedModel(reply, name="stand-in")
    model = Recorder(model, recorder) if recorder else model
    maker, user, direct = (Metered(model, meter, role) for role in ("maker", "user", "direct"))
    return Models(maker, user, None, direct, meter)
