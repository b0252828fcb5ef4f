"""Event streams: the data of each event, however the bytes are cut; by the HTML standard, section 9.2.6."""

import codecs
from collections.abc import Iterator

LONGEST_LINE = 8 * 2**20


class Events:
    """Reads an event stream piece by piece.

    Lines end with CR, LF or both; a line that begins with a colon is a comment; an event ends with an empty line; what
    stands after the last of them is not an event.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._data: list[str] = []
        self._at_start = True
        self._after_cr = False

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing of an event is left open."""
        return not self._text and not self._data

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of the events that this piece completes.

        Raises:
            ValueError: a line is longer than any event.
        """
        text = self._decoder.decode(chunk)
        if self._at_start and text:
            text, self._at_start = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), False
        if self._after_cr and text:
            text, self._after_cr = text.removeprefix("\n"), False
        self._after_cr = self._after_cr or text.endswith("\r")
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if not lines:
            self._text += rest
            if len(self._text) > LONGEST_LINE:
                raise ValueError("a line of an event stream has no end")
            return
        lines[0], self._text = self._text + lines[0], rest
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                data, self._data = "\n".join(self._data), []
                yield data

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))


def event(data: str, name: str = "") -> bytes:
    """One event on the wire; the data is one line, as JSON is."""
    return f"event: {name}\ndata: {data}\n\n".encode() if name else f"data: {data}\n\n".encode()


DONE = "[DONE]"
"""The data of the event that ends a stream of chat completions."""
