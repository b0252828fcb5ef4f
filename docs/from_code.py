"""The parts of these pages that are read from the code, so that they cannot drift from it.

A page asks for one by a line such as `<!-- latm: settings -->`; some want a word more, as in
`<!-- latm: objects latm.cli.objects -->`.
"""

import re
import types
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

MARKER = re.compile(r"^<!-- latm: (?P<what>\S+)(?: (?P<of>\S+))? -->$", re.MULTILINE)

_JSON = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null", Any: "anything"}
_WORDS = {
    dict: "an object in JSON",
    str: "text",
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "`true`, `false`",
    Path: "path",
}
_FIELD = re.compile(r"^    (\w+): (.*(?:\n      .*)*)", re.MULTILINE)


def filled(page: str) -> str:
    """A page with every marker replaced by what it asks for."""
    return MARKER.sub(lambda found: GENERATORS[found["what"]](*([found["of"]] if found["of"] else [])), page)


def settings() -> str:
    """Every setting under the headings that `--help` has."""
    from latm.cli.options import SECTIONS

    parts = []
    for heading, fields in SECTIONS.items():
        parts += [f"## {heading}", *map(_setting, fields)]
    return "\n\n".join(parts)


def _setting(name: str) -> str:
    from latm.cli.options import SettingOption
    from latm.settings import Settings

    field, option = Settings.model_fields[name], SettingOption(name)
    flags = " / ".join(f"`{flag}`" for flag in (*option.opts, *option.secondary_opts))
    facts = (flags, f"`LATM_{name.upper()}`", _values(field.annotation), f"default: {_default(field)}")
    return f"### `{name}`\n\n{' · '.join(facts)}\n\n{field.description}"


def _default(field: Any) -> str:
    if field.default_factory is not None:
        where = _first_line(field.default_factory).rstrip(".")
        return where[0].lower() + where[1:]
    if field.default is None:
        return "not set"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _values(annotation: Any) -> str:
    kinds = get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    return ", ".join(_values_of(kind) for kind in kinds if kind is not types.NoneType)


def _values_of(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if isinstance(kind, type) and hasattr(kind, "__members__"):
        return ", ".join(f"`{member.value}`" for member in kind.__members__.values())
    return _WORDS[get_origin(kind) or kind]


def errors() -> str:
    """Every error of `latm.errors`, with its parent and its exit code."""
    rows = [
        (f"`{kind.__name__}`", f"`{kind.__base__.__name__}`", str(kind.exit_code), _first_line(kind))
        for kind in _errors()
    ]
    return _table(("error", "is a", "exit code", "raised where"), rows)


def exit_codes() -> str:
    """Every code with which `latm` ends."""
    from latm.cli.failing import INTERRUPTED
    from latm.cli.make import NO_TOOL
    from latm.cli.run import SOME_FAILED
    from latm.errors import LatmError

    meanings: dict[int, list[str]] = {0: ["It is done."]}
    meanings.setdefault(NO_TOOL, []).append("`latm make`: no tool came of it.")
    meanings.setdefault(SOME_FAILED, []).append("`latm run`: questions failed; `--allow-failed` makes it 0.")
    meanings[2] = ["The command line is wrong: an unknown command or option."]
    for kind in _errors():
        if kind is not LatmError:
            meanings.setdefault(kind.exit_code, []).append(f"`{kind.__name__}`: {_first_line(kind)}")
    meanings[INTERRUPTED] = ["Stopped by Ctrl-C; what was paid for is kept."]
    return _table(("code", "meaning"), [(str(code), "<br>".join(said)) for code, said in sorted(meanings.items())])


def _errors() -> list[Any]:
    from latm import errors

    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.LatmError)]


def objects(module: str) -> str:
    """Every JSON object that a module declares, with each key, its type and what it holds."""
    declared = [kind for kind in vars(import_module(module)).values() if is_typeddict(kind)]
    return "\n\n".join(_object(kind) for kind in declared if kind.__module__ == module)


def _object(kind: Any) -> str:
    rows = [(f"`{name}`", _json_type(annotation), note) for name, annotation, note in _keys(kind)]
    return f"### {kind.__name__}\n\n{cleandoc(kind.__doc__)}\n\n{_table(('key', 'type', 'holds'), rows)}"


def _keys(kind: Any) -> Iterator[tuple[str, Any, str]]:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        is_optional = get_origin(hint) is NotRequired
        held = get_args(hint)[0] if is_optional else hint
        annotation, note = get_args(held)[:2] if get_origin(held) is Annotated else (held, "")
        yield name, annotation, f"{note}; may be absent" if is_optional else note


def _json_type(kind: Any) -> str:
    if isinstance(kind, types.UnionType):
        return " or ".join(_json_type(part) for part in get_args(kind))
    if is_typeddict(kind):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    match get_origin(kind), get_args(kind):
        case (None, _):
            return _JSON.get(kind, "object")
        case (_, (_, value)):
            return f"object of {_json_type(value)}"
        case (_, (item, *_)):
            return f"array of {_json_type(item)}"
    return "object"


def fields(path: str) -> str:
    """The attributes that a class documents, as a table; `path` is `module:class`."""
    module, name = path.split(":")
    documented = cleandoc(getattr(import_module(module), name).__doc__).partition("Attributes:\n")[2]
    rows = [(f"`{field}`", " ".join(text.split())) for field, text in _FIELD.findall(documented)]
    return _table(("field", "holds"), rows)


def modules() -> str:
    """The modules that a tool may import."""
    from latm.sandbox.stdlib import ALLOWED

    return ", ".join(f"`{name}`" for name in sorted(ALLOWED))


def _first_line(thing: Any) -> str:
    return str(cleandoc(thing.__doc__).splitlines()[0])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *escaped]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parts() -> str:
    """What `latm.parts` holds, each with the first sentence of what it says of itself."""
    from latm import parts as found

    rows = []
    for name in found.__all__:
        part = getattr(found, name)
        plain = f"`{part!r}`" if isinstance(part, str | int) else "a table of constants"
        said = cleandoc(part.__doc__ or "").partition("\n")[0] if callable(part) else plain
        rows.append(f"| `{name}` | {said} |")
    return "\n".join(["| name | what it is |", "|---|---|", *rows])


GENERATORS: dict[str, Callable[..., str]] = {
    "errors": errors,
    "exit-codes": exit_codes,
    "fields": fields,
    "modules": modules,
    "objects": objects,
    "parts": parts,
    "settings": settings,
}
