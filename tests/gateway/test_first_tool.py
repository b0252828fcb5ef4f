"""From the first request to the first tool, through the official client."""

from pathlib import Path
from typing import Any

import openai
from gateway_double import Upstream, gateway_to, until

from toy import sum_question


def served(gateway: object) -> int:
    return sum(known.tool is not None for known in gateway.latm.snapshot.known)  # type: ignore[attr-defined]


def test_what_recurs_is_answered_by_a_tool(upstream: Upstream, tmp_path: Path) -> None:
    with gateway_to(upstream, tmp_path, policy="verified", making_tokens=0) as (url, gateway):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=0)

        def ask(number: int) -> Any:
            text = sum_question(number, 2 * number)
            chat = client.chat.completions.with_raw_response
            return chat.create(model="m", messages=[{"role": "user", "content": text}])

        for n in range(10, 22):
            assert ask(n).parse().choices[0].message.content == str(3 * n)
        until(lambda: served(gateway))
        before = len(upstream.asked)
        hit = ask(500)
        assert hit.headers["cache-status"] == "latm; hit; detail=tool"
        completion = hit.parse()
        assert completion.choices[0].message.content == "1500"
        assert completion.usage
        assert completion.usage.total_tokens == 0
        assert completion.model == "m-2026-01-01"
        assert len(upstream.asked) == before
