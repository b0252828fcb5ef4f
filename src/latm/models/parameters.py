"""What one model's endpoint turns out not to know: learnt from its own errors, and gone without from then on."""

import logging
import re
from collections.abc import Mapping, Sequence

from latm.models.port import Message, Request

LOG = logging.getLogger("latm.models")

LIMITS = ("max_completion_tokens", "max_tokens")
"""The two names that OpenAI-compatible endpoints have for one limit."""
SYSTEM = "the system role"

_UNKNOWN = re.compile(r"(?:un|extra|not_)\w*", re.IGNORECASE)
"""Codes such as unsupported_value, unknown_parameter, extra_forbidden; a value out of range is another fault."""
_ROLE = re.compile(r"messages(?:\[\d+\]|\.\d+)?\.role|messages")


class Parameters:
    """What may be sent to one model.

    Args:
        name: the model's, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._unknown: set[str] = set()

    def forbid(self, parameter: str) -> None:
        """Go without a parameter from the beginning."""
        self._unknown.add(parameter)

    def takes(self, parameter: str) -> bool:
        """Whether it may be sent, for all that is known."""
        return parameter not in self._unknown

    def limit_name(self, preferred: str) -> str | None:
        """Under which name the limit on tokens is sent; None: under none."""
        names = (preferred, *(name for name in LIMITS if name != preferred))
        return next((name for name in names if self.takes(name)), None)

    def sent(self, request: Request, preferred_limit: str) -> frozenset[str]:
        """Which parameters a request is sent with."""
        sent = set()
        if request.temperature is not None and self.takes("temperature"):
            sent.add("temperature")
        if request.max_tokens is not None and (limit := self.limit_name(preferred_limit)):
            sent.add(limit)
        if self.takes(SYSTEM) and any(message.role == "system" for message in request.messages):
            sent.add(SYSTEM)
        return frozenset(sent)

    def messages(self, request: Request) -> Sequence[Message]:
        """The conversation; what the system says opens the user's first turn if the role is not known."""
        if self.takes(SYSTEM) or not any(message.role == "system" for message in request.messages):
            return request.messages
        system = "\n\n".join(message.content for message in request.messages if message.role == "system")
        turns = [message for message in request.messages if message.role != "system"]
        if not turns or turns[0].role != "user":
            return [Message("user", system), *turns]
        return [Message("user", f"{system}\n\n{turns[0].content}"), *turns[1:]]

    def learn(self, refused: str | None, sent: frozenset[str]) -> bool:
        """Take note of a refused parameter; whether the request is worth sending again without it."""
        if refused is None or refused not in sent:
            return False
        if self.takes(refused):
            self._unknown.add(refused)
            LOG.warning("%s does not know %s; it is asked without from now on.", self._name, refused)
        return True


def refused_parameter(body: object) -> str | None:
    """Which parameter an error's body says to be unknown, by its fields alone; None if it says no such thing.

    Args:
        body: OpenAI's error object (`param`, `code`), or FastAPI's (`detail`: list of `loc`, `type`).
    """
    if not isinstance(body, Mapping):
        return None
    details = body.get("detail")
    if isinstance(details, list):
        found = (_refused(_path(detail.get("loc")), detail.get("type")) for detail in details if _is_object(detail))
        return next((name for name in found if name), None)
    return _refused(body.get("param"), body.get("code"))


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _path(location: object) -> str | None:
    if not isinstance(location, list):
        return None
    return ".".join(str(step) for step in location if step != "body")


def _refused(parameter: object, code: object) -> str | None:
    if not isinstance(parameter, str):
        return None
    if _ROLE.fullmatch(parameter):
        is_role = parameter.endswith("role") or code == "unsupported_role"
        return SYSTEM if is_role else None
    return parameter if code is None or (isinstance(code, str) and _UNKNOWN.match(code)) else None
