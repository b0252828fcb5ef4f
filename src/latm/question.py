"""Questions, and what two of them must share to share anything."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from types import NoneType

from latm.errors import InputError


@dataclass(frozen=True, slots=True)
class Scope:
    """What two requests must have in common before they are grouped, dispatched or shown to a maker together.

    Attributes:
        project: whose request it is: a tenant, a key, a team; empty if there is only one.
        instructions: the system text that comes with the question; empty without one.
        form: the answer form that the caller asks for, such as a response schema; empty without one.
        model: the model that the caller asks, if a request names one; empty if there is only one.
        digest: names the scope: 16 hexadecimal digits of a SHA-256; empty for the scope that sets nothing.
    """

    project: str = ""
    instructions: str = ""
    form: str = ""
    model: str = ""
    digest: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        parts = [self.project, self.instructions, self.form, *filter(None, [self.model])]
        text = json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")  # no two scopes become one text
        digest = hashlib.sha256(text).hexdigest()[:16] if any(parts) else ""
        object.__setattr__(self, "digest", digest)

    @property
    def system(self) -> str:
        """What a model that answers directly is told before the question; empty if nothing is."""
        form = f"Give the answer in this form: {self.form}" if self.form else ""
        return "\n\n".join(filter(None, (self.instructions, form)))


ANY = Scope()
"""The scope of a question that comes with nothing but its text."""


def scope_of(instructions: str | None = None, scope: Scope | str | None = None, *, within: Scope = ANY) -> Scope:
    """The scope that a caller means.

    Args:
        instructions: the system text; None leaves that of `scope`.
        scope: a scope, or the name of a project; None: `within`.
        within: what a question has by itself.

    Raises:
        InputError: one of them is neither text nor a scope.
    """
    for name, value, kind in (("instructions", instructions, "a text"), ("scope", scope, "a latm.Scope or a project")):
        if not isinstance(value, (str, NoneType) if name == "instructions" else (str, Scope, NoneType)):
            raise InputError(f"`{name}` is {kind}, and this is a {type(value).__name__}: {str(value)[:60]!r}.")
    base = replace(within, project=scope) if isinstance(scope, str) else scope or within
    return base if instructions is None else replace(base, instructions=instructions)


@dataclass(frozen=True, slots=True)
class Question:
    """One request.

    Attributes:
        text: what is asked.
        scope: what it shares with others.
        id: the caller's name for it; may be empty.
        max_error: the largest share of wrong answers of a tool that may answer it; None: as the task's goal says.
        exact: names the request among all; equal ones have the same, and one answer may serve them. Empty: none may.
    """

    text: str
    scope: Scope = ANY
    id: str = ""
    max_error: float | None = None
    exact: str = ""
