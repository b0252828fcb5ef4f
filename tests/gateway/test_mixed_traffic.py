"""A shuffled mix of recurring kinds becomes tools untouched by hand: seen, made, compared, promoted, serving."""

import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openai
from gateway_double import Body, Upstream, gateway_to, metric

from openai_endpoint import request_of
from toy import MAKER_STAGES, SUM_TOOL

SCHEMA = {
    "type": "object",
    "properties": {"product": {"type": "integer"}},
    "required": ["product"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "product", "strict": True, "schema": SCHEMA}}
REFERENCE = "Give the ticket its reference, made of the number and the length of the subject."
SUBJECTS = ("The invoice is wrong", "My parcel is late", "The screen stays black", "I cannot log in", "Please call me")


def ticket(number: int) -> tuple[Body, str]:
    """A help-desk template: the instruction and the data in one message."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    text = f"{REFERENCE}\nNumber: {number}\nSubject: {subject}"
    return {"messages": [{"role": "user", "content": text}]}, f"T{number}-{len(subject)}"


def pair(number: int) -> tuple[Body, str]:
    """A system prompt, and the data alone."""
    system = {"role": "system", "content": "You get two numbers. Reply with the larger one only."}
    return {"messages": [system, {"role": "user", "content": f"{number}, {777 - number}"}]}, str(
        max(number, 777 - number)
    )


def product(number: int) -> tuple[Body, str]:
    """An answer in JSON, by a schema."""
    text = f"Multiply {number} by {number + 3} and give the product."
    body = {"messages": [{"role": "user", "content": text}], "response_format": FORMAT}
    return body, json.dumps({"product": number * (number + 3)})


KINDS: tuple[Callable[[int], tuple[Body, str]], ...] = (ticket, pair, product)
TOOLS = {
    "Give the ticket its reference": (
        REFERENCE.replace(".", r"\.") + r"\nNumber: (\d+)\nSubject: ([A-Za-z]+(?: [A-Za-z]+)*)\s*",
        "return {'a': found[1], 'b': found[2]} if found else None",
        "return 'T' + a + '-' + str(len(b))",
        "return value",
    ),
    "Reply with the larger one": (
        r"(\d+), (\d+)",
        "return {'a': int(found[1]), 'b': int(found[2])} if found else None",
        "return max(a, b)",
        "return str(value)",
    ),
    "and give the product": (
        r"Multiply (\d+) by (\d+) and give the product\.",
        "return {'a': int(found[1]), 'b': int(found[2])} if found else None",
        "return a * b",
        "return '{\"product\": %d}' % value",
    ),
}


def made(prompt: str) -> str:
    """What a competent maker writes for one of the kinds."""
    for words, (pattern, parsed, solved, answered) in TOOLS.items():
        if words in prompt:
            tool = SUM_TOOL.replace('r"Add the numbers (\\d+) and (\\d+)\\. Reply with the sum only\\."', repr(pattern))
            tool = tool.replace('return {"a": int(found[1]), "b": int(found[2])} if found else None', parsed)
            return tool.replace("return a + b", solved).replace("return str(value)", answered)
    return "NO PROGRAM: this is of no kind"


def said(body: Body) -> str:
    asked = request_of(body)
    last = asked.messages[-1].content
    if asked.purpose in MAKER_STAGES:
        return made("\n".join(message.content for message in asked.messages))
    for number in range(10, 900):
        for kind in KINDS:
            request, answer = kind(number)
            if request["messages"][-1]["content"] == last and len(request["messages"]) == len(body["messages"]):
                return answer
    return "what?"


def test_a_shuffled_mix_becomes_tools_by_itself(upstream: Upstream, tmp_path: Path) -> None:
    upstream.text = said
    numbers = random.Random(7).sample(range(10, 770), 600)
    with ExitStack() as stack:
        url, gateway = stack.enter_context(gateway_to(upstream, tmp_path, max_error=0.3, making_tokens=0, audit=0.2))
        client = stack.enter_context(openai.OpenAI(base_url=url, api_key="k", max_retries=0))
        hits: Counter[str] = Counter()
        for place, number in enumerate(numbers):
            kind = KINDS[place % len(KINDS)]
            body, answer = kind(number)
            stream: Any = client.chat.completions.with_raw_response.create(model="m", **body)
            assert stream.parse().choices[0].message.content == answer
            hits[kind.__name__] += stream.headers["cache-status"] == "latm; hit; detail=tool"
            if len(hits) == len(KINDS) and min(hits.values()) >= 5:
                break
        assert min(hits.values()) >= 5, hits
        assert metric(url, "latm_audits_total", source="shadow", verdict="right") >= 3
        assert metric(url, "latm_answers_total", route="tool") >= 15
        tools = [known.tool for known in gateway.latm._circle.watcher.snapshot.known if known.tool]
    assert len({tool.id for tool in tools}) == len(KINDS)
