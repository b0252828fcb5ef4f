"""The stand-in behind an OpenAI-compatible endpoint on loopback, for what goes through the real client."""

from collections.abc import Iterator
from contextlib import contextmanager

from stand_in import reply

from openai_endpoint import completion_body, request_of, serving_replies


@contextmanager
def serving() -> Iterator[str]:
    """Serve for as long as the block runs; yields the base URL."""
    with serving_replies(lambda body, _: (200, completion_body(reply(request_of(body)), usage=(100, 400)))) as url:
        yield url
