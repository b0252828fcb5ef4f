"""What keeps the names of kinds apart."""

import hashlib

from latm.question import Scope

_DIGITS = 6
_DIGITS_OF_MANY = 12
"""Equal kinds of thousands of scopes have equal words in their names. Only these digits tell them apart."""


def name_digest(question: str, scope: Scope) -> str:
    """The end of a kind's name: a digest of its first question, and of its scope if that is not the default."""
    text = (scope.digest + question).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[: _DIGITS_OF_MANY if scope.digest else _DIGITS]
