"""Tokens if the endpoint does not count them."""

from latm.models.port import Request

CHARACTERS_PER_TOKEN = 4
"""Of English, the usual rule of thumb; other scripts have fewer characters a token, so there it counts too few."""


def estimated_tokens(request: Request, text: str) -> tuple[int, int]:
    """Tokens sent and received, at four characters each and one at least."""
    sent = sum(len(message.content) for message in request.messages)
    return _tokens(sent), _tokens(len(text))


def _tokens(characters: int) -> int:
    return max(1, -(-characters // CHARACTERS_PER_TOKEN))
