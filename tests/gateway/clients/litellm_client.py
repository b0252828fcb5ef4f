"""The litellm client, unmodified but for the base URL: python litellm_client.py THROUGH DIRECT HIT."""

import sys
from typing import Any

import litellm  # type: ignore[import-not-found,unused-ignore]  # no dependency of ours

SCHEMA = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
FUNCTION = {"type": "function", "function": {"name": "add", "parameters": SCHEMA}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "sum", "strict": True, "schema": SCHEMA}}


def asked(url: str, text: str, model: str = "m") -> dict[str, Any]:
    return {
        "model": f"openai/{model}",
        "api_base": url,
        "api_key": "k",
        "messages": [{"role": "user", "content": text}],
    }


def whole(url: str, text: str, **more: Any) -> object:
    found = litellm.completion(**asked(url, text), **more).model_dump()
    for name in ("id", "created", "usage"):
        found.pop(name)
    return found


def said(url: str, text: str) -> list[object]:
    """Plain and streamed, and by the other endpoint."""
    stream = [chunk.choices[0] for chunk in litellm.completion(**asked(url, text), stream=True)]
    response = litellm.responses(model="openai/m", api_base=url, api_key="k", input=text)
    streamed = "".join(choice.delta.content or "" for choice in stream)
    return [whole(url, text), streamed, stream[-1].finish_reason, response.output_text]


def passed(url: str, text: str) -> list[object]:
    """Functions, a schema, an error, and a stream that is left."""
    try:
        litellm.completion(**asked(url, text, "missing"), max_retries=0)
    except Exception as error:  # noqa: BLE001  # whichever it is, it is to be the same
        failed = type(error).__name__, str(error)
    stream = iter(litellm.completion(**asked(url, text, "slow"), stream=True))
    next(stream)
    stream.completion_stream.close()
    return [whole(url, text, tools=[FUNCTION]), whole(url, text, response_format=FORMAT), failed]


if __name__ == "__main__":
    through, direct, question = sys.argv[1:]
    for text in ("Which flock is the more graceful: 1 swans or 2 herons?", question):
        one, other = said(through, text), said(direct, text)
        assert one == other, (one, other)
    one, other = passed(through, question), passed(direct, question)
    assert one == other, (one, other)
    print("same")
