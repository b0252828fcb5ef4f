"""Event streams are read by the standard, however their bytes are cut."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from gateway_double import chat_events, response_events
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.gateway.chat import ChatStream
from latm.gateway.responses import ResponseStream
from latm.gateway.sse import Events, event
from latm.gateway.wire import Listener

CASES = {
    "one event": (b"data: a\n\n", ["a"]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", ["a", "b"]),
    "both": (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
    "mixed": (b"data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
    "several lines": (b"data: a\ndata: b\n\n", ["a\nb"]),
    "no space": (b"data:a\n\n", ["a"]),
    "one space goes": (b"data:  a\n\n", [" a"]),
    "comments": (b": ping\n\n: ping\ndata: a\n: ping\n\n", ["a"]),
    "other fields": (b"event: x\nid: 7\nretry: 9\ndata: a\n\n", ["a"]),
    "a field without a colon": (b"data\n\ndata: a\n\n", ["", "a"]),
    "no data": (b"event: x\n\n", []),
    "an end without its empty line": (b"data: a\n\ndata: b\n", ["a"]),
    "a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    "many bytes a character": ("data: äöü 漢字 🦊\n\n".encode(), ["äöü 漢字 🦊"]),
    "a colon in the data": (b'data: {"a": 1}\n\n', ['{"a": 1}']),
    "empty lines": (b"\n\n\ndata: a\n\n\n\n", ["a"]),
}


@pytest.mark.parametrize("case", CASES)
def test_an_event_is_the_same_wherever_its_bytes_are_cut(case: str) -> None:
    stream, expected = CASES[case]
    for at in range(len(stream) + 1):
        events = Events()
        assert [*events.feed(stream[:at]), *events.feed(stream[at:])] == expected, at
    events = Events()
    assert [data for byte in stream for data in events.feed(bytes([byte]))] == expected


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1)), st.data())
def test_what_is_written_is_read(texts: list[str], data: st.DataObject) -> None:
    stream = b"".join(map(event, texts))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    events = Events()
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [found for piece in pieces for found in events.feed(piece)] == texts
    assert events.is_at_rest


def test_a_line_without_end_is_given_up() -> None:
    events = Events()
    for _ in range(8):
        assert not list(events.feed(b"x" * 2**20))
    with pytest.raises(ValueError, match="no end"):
        list(events.feed(b"x"))


STREAMS: dict[str, tuple[Callable[[], Listener], Callable[[Any, str], list[bytes]]]] = {
    "chat": (ChatStream, chat_events),
    "responses": (ResponseStream, response_events),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_only_a_stream_that_came_whole_is_an_answer(kind: str) -> None:
    make, events_of = STREAMS[kind]
    stream = b"".join(events_of({"model": "m"}, "forty-two ✓"))
    whole = make()
    whole.feed(stream)
    assert whole.heard(complete=True).text == "forty-two ✓"
    for end in range(len(stream) - 1):
        cut = make()
        cut.feed(stream[:end])
        assert cut.heard(complete=True).text is None, end


BROKEN = {
    "an error amid it": lambda events: [*events[:2], b'data: {"error": {"message": "no"}}\n\n', *events[2:]],
    "more behind its end": lambda events: [*events, events[1]],
    "a chunk twice the role": lambda events: [
        *events[:-2],
        b'data: {"choices": [{"index": 1, "delta": {}}]}\n\n',
        *events[-2:],
    ],
    "a call": lambda events: [
        *events[:-2],
        b'data: {"choices": [{"index": 0, "delta": {"tool_calls": [{}]}, "finish_reason": null}]}\n\n',
        *events[-2:],
    ],
    "a refusal": lambda events: [
        *events[:-2],
        b'data: {"choices": [{"index": 0, "delta": {"refusal": "no"}, "finish_reason": null}]}\n\n',
        *events[-2:],
    ],
    "cut off by its length": lambda events: [one.replace(b'"stop"', b'"length"') for one in events],
    "no last chunk": lambda events: [*events[:-2], events[-1]],
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_stream_that_is_no_plain_text_is_no_answer(how: str) -> None:
    heard = ChatStream()
    heard.feed(b"".join(BROKEN[how](chat_events({"model": "m"}, "42"))))
    assert heard.heard(complete=True).text is None


def test_events_out_of_order_are_no_answer() -> None:
    events = response_events({"model": "m"}, "forty")
    events[4], events[5] = events[5], events[4]
    heard = ResponseStream()
    heard.feed(b"".join(events))
    assert heard.heard(complete=True).text is None


@pytest.mark.parametrize("content", [b"data: {\n\n", b"data: " + b"[" * 9000 + b"\n\n"])
def test_what_is_no_json_is_an_error_of_reading(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the words are json's own
        ChatStream().feed(content)


def test_usage_is_heard_also_where_the_answer_is_not_whole() -> None:
    events = chat_events({"model": "m", "stream_options": {"include_usage": True}}, "42")
    heard = ChatStream()
    heard.feed(b"".join(events[:-1]))
    found = heard.heard(complete=False)
    assert found.text is None
    assert found.tokens is not None
    assert json.dumps([found.tokens.sent, found.tokens.received]) == "[20, 4]"
