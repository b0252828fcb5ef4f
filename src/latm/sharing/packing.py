"""A stored tool as files of its own: a Python package with its tests, or an Agent Skill folder."""

import json
import keyword
import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from latm.errors import InputError, StoreFullError
from latm.sandbox import Isolation, Sandbox, Verdict
from latm.sharing.bundle import MANIFEST, SOURCE, Bundle, manifest_of
from latm.store import ToolCache
from latm.store.export import facts_of
from latm.task import Example
from latm.tool import ANSWER_FUNCTION, ToolKind

_READS_NOT = {ToolKind.HALF: "a half tool", ToolKind.PAPER: "of the paper's kind"}
_MOST = 50
_LONGEST_NAME = 50
_LONGEST_DESCRIPTION = 1_000


async def bundle_from(cache: ToolCache, sandbox: Sandbox, name: str) -> Bundle:
    """A stored tool, with those of its task's examples that it answers now, at most fifty.

    Args:
        cache: where it is.
        sandbox: where it is asked; started.
        name: a task that it serves, or its id, or the beginning of it.

    Raises:
        NotFoundError: there is no such tool.
        InputError: it is a half tool or of the paper's kind, which reads no question by itself.
        SandboxError: the machine failed.
    """
    tool = cache.tool(name)
    if tool.kind is not ToolKind.COMPILED:
        raise InputError(
            f"The tool {tool.id} is {_READS_NOT[tool.kind]}, which reads no question by itself.",
            hint="`latm tools export` without --as writes its source.",
        )
    task = cache.task(tool.task)
    shown = [example for example in task.examples if _is_written(example.question)]
    asked = [(example.question,) for example in shown]
    results = await sandbox.batch(tool.program.code, ANSWER_FUNCTION, asked, isolation=Isolation.BATCH)
    given = [
        Example(example.question, result.text)
        for example, result in zip(shown, results, strict=True)
        if result.verdict is Verdict.OK and result.text is not None and task.form.same(result.text, example.answer)
    ]
    making = next((one for one in reversed(cache.makings(tool.task)) if one.tool_id == tool.id), None)
    scope = task.scope
    facts = facts_of(tool, making)
    return Bundle(tool.task, tool.program, tuple(given[:_MOST]), (), scope.instructions, scope.form, facts)


def _is_written(text: str) -> bool:
    """Whether a file in UTF-8 can hold it: half of a surrogate pair cannot be written."""
    return text.isascii() or not re.search("[\ud800-\udfff]", text)


def package_of(bundle: Bundle) -> Mapping[str, str]:
    """The files of a Python package, by path: it needs nothing but Python, and its tests are the verified examples."""
    module, project = module_name(bundle.task), dashed(bundle.task)
    values = {"bundle": bundle, "module": module, "project": project, "summary": _summary(bundle)}
    return {
        "pyproject.toml": _rendered("pyproject.toml", **values),
        "README.md": _rendered("package.md", **values),
        f"{module}/__init__.py": _rendered("package.py", **values),
        f"{module}/{SOURCE}": bundle.program.source,
        f"{module}/{MANIFEST}": manifest_of(bundle),
        "tests/__init__.py": "",
        "tests/test_tool.py": _rendered("test_tool.py", **values),
    }


def skill_of(bundle: Bundle) -> Mapping[str, str]:
    """The files of a skill, by path, as agentskills.io specifies it."""
    name = dashed(bundle.task)
    kind = _one_line(bundle.task)
    when = f"{_summary(bundle)} Use it for requests of the kind {kind}, instead of working the answer out."
    description = json.dumps(when[:_LONGEST_DESCRIPTION], ensure_ascii=False)
    shown = bundle.examples[0] if bundle.examples else None
    return {
        "SKILL.md": _rendered("skill.md", name=name, description=description, bundle=bundle, shown=shown),
        "scripts/run.py": _rendered("run.py"),
        f"scripts/{SOURCE}": bundle.program.source,
        f"scripts/{MANIFEST}": manifest_of(bundle),
    }


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a new folder.

    Raises:
        InputError: the folder exists.
        StoreFullError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(text.encode("utf-8", "backslashreplace"))
    except FileExistsError as error:
        raise InputError(f"{folder} exists.", hint="Name another folder; nothing is overwritten.") from error
    except OSError as error:
        raise StoreFullError(f"{folder} cannot be written: {error.strerror}.") from error


def dashed(task: str) -> str:
    """A task's name in small letters, digits and single hyphens, as packages and skills are called."""
    plain = unicodedata.normalize("NFKD", task).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_NAME].strip("-") or "tool"


def module_name(task: str) -> str:
    """A task's name as a module that hides none of Python's own."""
    name = dashed(task).replace("-", "_")
    taken = name in sys.stdlib_module_names or name == "tests" or keyword.iskeyword(name)
    return f"tool_{name}" if taken or not name.isidentifier() else name


def _summary(bundle: Bundle) -> str:
    return _one_line(bundle.program.summary).replace('"""', "'''").replace("\\", "/") or "A tool made by latm."


def _one_line(text: str) -> str:
    """A text as front matter can hold it: no control signs, and nothing that would end it."""
    return re.sub("-{3,}", "–", "".join(sign if sign.isprintable() else " " for sign in text)).strip()


def _rendered(template: str, /, **values: object) -> str:
    return _environment().get_template(f"{template}.jinja").render(manifest=MANIFEST, source=SOURCE, **values)


@cache
def _environment() -> Environment:
    return Environment(  # noqa: S701  # these are no HTML
        loader=PackageLoader("latm.sharing"), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
