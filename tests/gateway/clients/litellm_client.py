"""The litellm client, unmodified but for the base URL: python litellm_client.py THROUGH DIRECT HIT."""

import sys

import litellm  # type: ignore[import-not-found,unused-ignore]  # no dependency of ours


def said(url: str, text: str) -> list[object]:
    asked = {"model": "openai/m", "api_base": url, "api_key": "k", "messages": [{"role": "user", "content": text}]}
    whole = litellm.completion(**asked).model_dump()
    stream = [chunk.choices[0] for chunk in litellm.completion(**asked, stream=True)]
    for name in ("id", "created", "usage"):
        whole.pop(name)
    return [whole, "".join(choice.delta.content or "" for choice in stream), stream[-1].finish_reason]


if __name__ == "__main__":
    through, direct, question = sys.argv[1:]
    for text in ("Which flock is the more graceful: 1 swans or 2 herons?", question):
        one, other = said(through, text), said(direct, text)
        assert one == other, (one, other)
    print("same")
