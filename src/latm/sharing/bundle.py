"""A tool on its way: its source, the examples it is checked against, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from latm.errors import InputError
from latm.question import Scope
from latm.task import Example
from latm.tool import Demonstration, Program

MANIFEST = "latm-tool.json"
"""The file that says what a tool is; its source stands beside it."""
SOURCE = "tool.py"
IMPORTED = "imported"
"""Where the answer of an example that came with a tool is said to come from: a stranger's word is not gold."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A tool apart from any tool cache.

    Attributes:
        task: what its task is called.
        program: what runs.
        examples: questions with the answers that it gives.
        uses: of a paper tool, questions with the code that answers them.
        instructions: the system text that its questions come with.
        form: the answer form that its questions ask for.
        provenance: by word, how it is said to have come to be; nobody relies on it.
    """

    task: str
    program: Program
    examples: tuple[Example, ...] = ()
    uses: tuple[Demonstration, ...] = ()
    instructions: str = ""
    form: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """What its questions share; the project is always the reader's own."""
        return Scope(instructions=self.instructions, form=self.form)


_LONGEST_NAME = 200
_Name = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class _Pair(BaseModel):
    model_config = ConfigDict(strict=True)
    question: Annotated[str, Field(min_length=1)]
    answer: str


class _Manifest(BaseModel):
    model_config = ConfigDict(strict=True)
    format: Literal["latm-tool/1"] = "latm-tool/1"
    task: _Name
    tool: Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
    instructions: str = ""
    answer_form: str = ""
    provenance: Annotated[dict[str, str], Field(max_length=100)] = {}
    examples: Annotated[list[_Pair], Field(max_length=10_000)] = []


def manifest_of(bundle: Bundle) -> str:
    """A bundle's manifest, as JSON."""
    pairs = [_Pair(question=one.question, answer=one.answer) for one in bundle.examples]
    manifest = _Manifest(
        task="".join(sign for sign in bundle.task if sign.isprintable())[:_LONGEST_NAME] or "tool",
        tool=bundle.program.id,
        instructions=bundle.instructions,
        answer_form=bundle.form,
        provenance=dict(bundle.provenance),
        examples=pairs,
    )
    return manifest.model_dump_json(indent=2) + "\n"


def bundle_of(manifest: bytes, source: bytes) -> Bundle:
    """The bundle that a manifest and the source beside it make.

    Raises:
        InputError: one of them cannot be read, or the manifest speaks of another source.
    """
    try:
        said = _Manifest.model_validate_json(manifest)
        program = Program(source.decode("utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise InputError(f"{MANIFEST} is not one of a tool: {where}: {first['msg'].lower()}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{SOURCE} is not text in UTF-8: {error.reason}.") from error
    if program.id != said.tool:
        raise InputError(f"{MANIFEST} says that the tool is {said.tool}, but {SOURCE} is {program.id}.")
    examples = tuple(Example(pair.question, pair.answer, IMPORTED) for pair in said.examples)
    provenance = said.provenance
    return Bundle(said.task, program, examples, (), said.instructions, said.answer_form, provenance)
