"""The public names and their signatures. A change of them must be meant: run pytest with --inline-snapshot=fix."""

import ast
import inspect
import textwrap

from inline_snapshot import snapshot

import latm
from latm.arguments import Overrides
from latm.settings import Settings


def shown(kind: type) -> list[str]:
    """A public class as its source has it: its fields and members, and its methods with their signatures."""
    [written] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(written, ast.ClassDef)
    return [said for node in written.body if (said := _said(node)) and not said.startswith(("_", "async _"))]


def _said(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name, arguments) | ast.AsyncFunctionDef(name, arguments):
            if any(isinstance(mark, ast.Name) and mark.id == "property" for mark in node.decorator_list):
                return f"{name}: {_written(node.returns)}"
            prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
            return f"{prefix}{name}({ast.unparse(arguments)}) -> {_written(node.returns)}"
        case ast.AnnAssign() | ast.Assign():
            return ast.unparse(node)
    return ""


def _written(node: ast.expr | None) -> str:
    return ast.unparse(node) if node else ""


def constructor(kind: type) -> list[str]:
    """How a class is called."""
    [written] = ast.parse(textwrap.dedent(inspect.getsource(kind.__init__))).body  # type: ignore[misc]  # of this very class
    assert isinstance(written, ast.FunctionDef)
    return ast.unparse(written.args).split(", ")


def test_the_public_names_are_meant() -> None:
    assert latm.__all__ == snapshot(
        [
            "Answer",
            "AnswerDict",
            "AsyncLatm",
            "Completion",
            "Event",
            "Example",
            "Form",
            "Health",
            "Instance",
            "Latm",
            "LatmError",
            "Making",
            "Message",
            "Model",
            "Observer",
            "Program",
            "Question",
            "Request",
            "Route",
            "Scope",
            "Settings",
            "Task",
            "ToolVersion",
            "Usage",
            "wrap",
        ]
    )


def test_the_constructors_are_meant() -> None:
    assert {kind.__name__: constructor(kind) for kind in (latm.Latm, latm.AsyncLatm)} == snapshot(
        {
            "Latm": [
                "self",
                "settings: Settings | None=None",
                "*",
                "sandbox: Sandbox | SandboxName | None=None",
                "observer: Observer | None=None",
                "form: Same | Compares | None=None",
                "**overrides: Unpack[Overrides]",
            ],
            "AsyncLatm": [
                "self",
                "settings: Settings | None=None",
                "*",
                "models: Models | None=None",
                "sandbox: Sandbox | SandboxName | None=None",
                "observer: Observer | None=None",
                "form: Same | Compares | None=None",
                "engine: Engine | None=None",
                "**overrides: Unpack[Overrides]",
            ],
        }
    )


def test_what_latm_does_is_meant() -> None:
    assert shown(latm.AsyncLatm) == snapshot(
        [
            "async open(self) -> Self",
            "async close(self, *, wait: bool=True) -> None",
            "snapshot: Snapshot",
            "is_behind: bool",
            "health(self) -> Health",
            "async ask(self, question: Asked, *, instructions: str | None=None, scope: Scope | str | None=None, max_error: float | None=None) -> Answer",
            "async attempt(self, question: Asked, *, accepts: Callable[[str], bool] | None=None) -> Attempt",
            "learn_answer(self, attempt: Attempt, text: str, *, usage: Usage, seconds: float=0.0) -> Answer",
            "async ask_many(self, questions: Iterable[Asked], *, instructions: str | None=None, scope: Scope | str | None=None) -> list[Answer]",
            "run(self, questions: Stream | Blocks, *, length: int | None=None, instructions: str | None=None, scope: Scope | str | None=None) -> AsyncIterator[Answer]",
            "async learn(self, task: str, examples: Sequence[Example], *, instructions: str | None=None, scope: Scope | str | None=None) -> Task",
            "tools: Tools",
            "async written(self) -> None",
            "async audited(self) -> None",
            "async report(self, serial: str, answer: str | None=None) -> bool",
            "async why(self, task: str) -> Outlook",
            "async forget(self, *, scope: Scope | str | None=None, task: str | None=None, older_than: timedelta | None=None, containing: str='', everything: bool=False, tools: bool=False) -> Forgotten",
            "async adopt(self, making: Making, tool: ToolVersion) -> None",
            "async import_tool(self, bundle: Bundle, *, task: str | None=None, examples: Sequence[Example]=(), instructions: str | None=None, scope: Scope | str | None=None) -> Making",
            "async make(self, task: str, examples: Sequence[Example], *, instructions: str | None=None, scope: Scope | str | None=None, protocol: ToolKind | str=ToolKind.COMPILED) -> Making",
        ]
    )


def test_the_sync_face_does_the_same() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert names(latm.Latm) - {"map", "settings"} == names(latm.AsyncLatm) - {"adopt", "snapshot"}


def test_what_goes_in_and_comes_back_is_meant() -> None:
    kinds = (latm.Answer, latm.Question, latm.Scope, latm.Instance, latm.Example, latm.Health, latm.Making, latm.Route)
    assert {kind.__name__: shown(kind) for kind in kinds} == snapshot(
        {
            "Answer": [
                "question: str",
                "text: str",
                "route: Route",
                "task: str | None = None",
                "tool_id: str | None = None",
                "usage: Usage = field(default_factory=Usage)",
                "seconds: float = 0.0",
                "evidence: str = ''",
                "id: str = ''",
                "scope: Scope = ANY",
                "reason: str = ''",
                "abstained: bool = False",
                "serial: str = field(default='', compare=False)",
                "tool: tuple[str, int] | None = field(default=None, compare=False)",
                "bound: float | None = field(default=None, compare=False)",
                "retry_after: float | None = field(default=None, compare=False)",
                "earlier: Mapping[str, Usage] = field(default_factory=dict, compare=False)",
                "guard: str = field(default='', compare=False)",
                "held: str = field(default='', compare=False)",
                "exact: str = field(default='', compare=False)",
                "missing: tuple[str, ...] = field(default=(), compare=False)",
                "ok: bool",
                "cost: Decimal | None",
                "waited: float",
                "to_dict(self) -> AnswerDict",
            ],
            "Question": [
                "text: str",
                "scope: Scope = ANY",
                "id: str = ''",
                "max_error: float | None = None",
                "exact: str = ''",
            ],
            "Scope": [
                "project: str = ''",
                "instructions: str = ''",
                "form: str = ''",
                "model: str = ''",
                "digest: str = field(init=False, compare=False)",
                "system: str",
            ],
            "Instance": [
                "question: str",
                "id: str = ''",
                "answer: str | None = None",
                "task: str | None = None",
                "scope: Scope = ANY",
                "accepted: tuple[str, ...] = ()",
                "kept: tuple[tuple[str, str | None], ...] = ()",
                "asked: Question",
            ],
            "Example": [
                "question: str",
                "answer: str",
                "source: str = GOLD",
                "scope: Scope = ANY",
                "dropped: str = ''",
                "is_gold: bool",
            ],
            "Health": [
                "ok: bool",
                "reason: str = ''",
                "store_ok: bool = False",
                "tasks: int = 0",
                "tools: int = 0",
                "makings: int = 0",
                "unwritten: int = 0",
            ],
            "Making": [
                "task: str",
                "outcome: Outcome",
                "reason: str",
                "tool_id: str | None",
                "model: str",
                "attempts: Sequence[Attempt] = ()",
                "caught: Mapping[str, int] = field(default_factory=dict)",
                "notes: Sequence[str] = ()",
                "usage: Usage = field(default_factory=Usage)",
                "started_at: str = ''",
                "seconds: float = 0.0",
                "version: str = ''",
            ],
            "Route": [
                "TOOL = 'tool'",
                "TOOL_USER = 'tool-user'",
                "EXACT = 'exact'",
                "DIRECT = 'direct'",
                "FAILED = 'failed'",
            ],
        }
    )


def test_the_ports_are_meant() -> None:
    assert {
        kind.__name__: shown(kind) for kind in (latm.Model, latm.Observer, latm.Completion, latm.Request)
    } == snapshot(
        {
            "Model": ["complete(self, request: Request) -> Awaitable[Completion | str]"],
            "Observer": ["on_event(self, event: Notice, /) -> None"],
            "Completion": [
                "text: str",
                "model: str",
                "usage: Usage",
                "seconds: float = 0.0",
                "recorded_at: str | None = None",
                "estimated: bool = False",
            ],
            "Request": [
                "messages: Sequence[Message]",
                "purpose: str",
                "temperature: float | None = None",
                "max_tokens: int | None = None",
                "scope: Scope = ANY",
                "key: str",
            ],
        }
    )


def test_every_setting_is_a_typed_keyword() -> None:
    assert set(Overrides.__annotations__) | {"sandbox"} == set(Settings.model_fields)
