"""A short way to write a request."""

from latm.models import Message, Request


def ask(*turns: str, purpose: str = "direct", temperature: float | None = None) -> Request:
    """The turns are the user's and the assistant's, one after the other."""
    messages = [Message("assistant" if number % 2 else "user", text) for number, text in enumerate(turns)]
    return Request(messages, purpose, temperature=temperature)
