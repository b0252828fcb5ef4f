"""LangChain, unmodified but for the base URL: python langchain_client.py THROUGH DIRECT HIT."""

import sys
from typing import Any

from langchain_openai import ChatOpenAI  # type: ignore[import-not-found,unused-ignore]  # no dependency of ours

SCHEMA = {
    "title": "sum",
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
FUNCTION = {"type": "function", "function": {"name": "add", "parameters": SCHEMA}}


def model(url: str, name: str = "m", **more: Any) -> Any:
    return ChatOpenAI(model=name, base_url=url, api_key="k", max_retries=0, **more)


def said(url: str, text: str) -> list[object]:
    """Plain and streamed, by either endpoint."""
    found: list[object] = []
    ways: tuple[dict[str, Any], ...] = ({}, {"use_responses_api": True})
    for more in ways:
        whole = model(url, **more).invoke(text)
        meta = {
            name: value
            for name, value in whole.response_metadata.items()
            if name not in {"id", "token_usage", "created_at", "completed_at"}
        }
        found += [whole.text, meta, "".join(chunk.text for chunk in model(url, **more).stream(text))]
    return found


def passed(url: str, text: str) -> list[object]:
    """Functions, a schema, an error, and a stream that is left."""
    bound = model(url).bind_tools([FUNCTION])
    called = [bound.invoke(text).tool_calls, [chunk.tool_calls for chunk in bound.stream(text)]]
    formed = model(url).with_structured_output(SCHEMA, method="json_schema").invoke(text)
    try:
        model(url, "missing").invoke(text)
    except Exception as error:  # noqa: BLE001  # whichever it is, it is to be the same
        failed = type(error).__name__, str(error)
    stream = model(url, "slow").stream(text)
    next(stream)
    stream.close()
    return [called, formed, failed]


if __name__ == "__main__":
    through, direct, question = sys.argv[1:]
    for text in ("Which flock is the more graceful: 1 swans or 2 herons?", question):
        one, other = said(through, text), said(direct, text)
        assert one == other, (one, other)
    one, other = passed(through, question), passed(direct, question)
    assert one == other, (one, other)
    print("same")
