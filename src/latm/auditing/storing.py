"""Facts and certificates as JSON-like data, and back."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import Discriminator, TypeAdapter

from latm.auditing.certificate import Certificate
from latm.auditing.facts import Fact


@cache
def _facts() -> TypeAdapter[Fact]:
    return TypeAdapter(Annotated[Fact, Discriminator("kind")])


@cache
def _certificates() -> TypeAdapter[Certificate]:
    return TypeAdapter(Certificate)


def to_plain(fact: Fact) -> dict[str, Any]:
    """A fact as JSON-like data."""
    plain: dict[str, Any] = _facts().dump_python(fact, mode="json")
    return plain


def from_plain(plain: Mapping[str, Any]) -> Fact:
    """The fact that `to_plain` made this of.

    Raises:
        pydantic.ValidationError: it is not one.
    """
    return _facts().validate_python(plain)


def dump_certificate(state: Certificate) -> dict[str, Any]:
    """A certificate as JSON-like data, to go on from without folding all facts; they alone are the truth."""
    plain: dict[str, Any] = _certificates().dump_python(state, mode="json")
    return plain


def load_certificate(plain: Mapping[str, Any]) -> Certificate:
    """The certificate that `dump_certificate` made this of, to the last bit.

    Raises:
        pydantic.ValidationError: it is not one.
    """
    return _certificates().validate_python(plain)
