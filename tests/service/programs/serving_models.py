"""A model of one's own for these programs."""

from openai_endpoint import request_of
from toy import toy_reply


async def toy(messages: list[dict[str, str]]) -> str:
    """What a competent model would say."""
    return toy_reply(request_of({"messages": messages}))
