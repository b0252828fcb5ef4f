"""LangChain, unmodified but for the base URL: python langchain_client.py THROUGH DIRECT HIT."""

import sys

from langchain_openai import ChatOpenAI  # type: ignore[import-not-found,unused-ignore]  # no dependency of ours


def said(url: str, text: str) -> list[object]:
    found: list[object] = []
    for more in ({}, {"use_responses_api": True}):
        model = ChatOpenAI(model="m", base_url=url, api_key="k", max_retries=0, **more)
        whole = model.invoke(text)
        meta = {
            name: value
            for name, value in whole.response_metadata.items()
            if name not in {"id", "token_usage", "created_at", "completed_at"}
        }
        found += [whole.text, meta, "".join(chunk.text for chunk in model.stream(text))]
    return found


if __name__ == "__main__":
    through, direct, question = sys.argv[1:]
    for text in ("Which flock is the more graceful: 1 swans or 2 herons?", question):
        one, other = said(through, text), said(direct, text)
        assert one == other, (one, other)
    print("same")
