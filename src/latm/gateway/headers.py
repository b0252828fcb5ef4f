"""HTTP headers: which of them are one connection's alone, and those that say what became of a request."""

from collections.abc import Iterable, Mapping, Sequence

Raw = Sequence[tuple[bytes, bytes]]
"""Headers as they stand on the wire, in order; names in lower case."""

_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""RFC 9110, section 7.6.1, and what older hops send beside it."""
_SET_ANEW = frozenset((b"host", b"content-length", b"expect"))
_OF_BROWSERS = frozenset((b"cookie", b"origin", b"referer"))
"""What a browser tells a site; it does not concern an upstream."""


def end_to_end(headers: Raw) -> list[tuple[bytes, bytes]]:
    """The headers that go on: all but those of this connection alone, and those that `Connection` names."""
    named = {
        part.strip().lower() for name, value in headers if name.lower() == b"connection" for part in value.split(b",")
    }
    dropped = _HOP_BY_HOP | named
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def onward(headers: Raw, authorization: bytes | None, *, readable: bool) -> list[tuple[bytes, bytes]]:
    """A request's headers as they go to an upstream.

    Args:
        headers: as the client sent them.
        authorization: replaces the client's; None: the client's goes on; empty: none does.
        readable: whether the answer must come uncompressed, because it is read along.
    """
    dropped = _SET_ANEW | _OF_BROWSERS
    dropped |= {b"authorization", b"api-key", b"x-api-key"} if authorization is not None else frozenset()
    dropped |= {b"accept-encoding"} if readable else frozenset()
    kept = [
        (name, value)
        for name, value in end_to_end(headers)
        if name.lower() not in dropped and not name.lower().startswith(b"x-latm-")
    ]
    if readable:
        kept.append((b"accept-encoding", b"identity"))
    if authorization:
        kept.append((b"authorization", authorization))
    return kept


def backward(headers: Raw, added: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """An upstream's headers as they go to the client, with what the gateway says of itself.

    No cookie goes back: it would be of the upstream's site, and this is another.
    """
    kept = [(name, value) for name, value in end_to_end(headers) if name.lower() != b"set-cookie"]
    return [*kept, *added]


def first(headers: Raw, name: bytes) -> str:
    """The first value of a header; empty without one."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return ""


def cache_status(kind: str, detail: str = "") -> tuple[bytes, bytes]:
    """RFC 9211: `latm; hit; detail=tool`, `latm; fwd=miss`, `latm; fwd=bypass`."""
    said = f"latm; {kind}; detail={detail}" if detail else f"latm; {kind}"
    return b"cache-status", said.encode("latin-1")


def told(values: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """`x-latm-…` headers, by what follows the prefix; values keep to printable ASCII."""
    return [(f"x-latm-{name}".encode(), _printable(value)) for name, value in values.items() if value]


def _printable(value: str) -> bytes:
    return value.encode("ascii", "backslashreplace").translate(_SAFE)[:200]


_SAFE = bytes(byte if 32 <= byte < 127 else ord("?") for byte in range(256))  # noqa: PLR2004  # printable ASCII


def directives(headers: Raw) -> frozenset[str]:
    """The directives of a request's `Cache-Control` (RFC 9111), in lower case, without their arguments."""
    said = [value.decode("latin-1") for name, value in headers if name == b"cache-control"]
    return frozenset(part.partition("=")[0].strip().lower() for each in said for part in each.split(","))
