"""Questions are read from wherever fsspec reaches; `memory://` stands for an object store."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest
from pyarrow import Table, parquet

from latm.errors import InputError
from latm.reading.reading import read

LINES = b'{"question": "2 + 2?", "id": "a"}\n{"question": "3 + 3?", "id": "b"}\n'


@pytest.fixture
def bucket() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    yield store
    store.rm("/bucket", recursive=True)


@pytest.mark.parametrize("name", ["part.jsonl", "part.jsonl.gz", "part.csv", "part.parquet"])
def test_a_file_elsewhere_reads_as_one_here(bucket: fsspec.AbstractFileSystem, name: str) -> None:
    with bucket.open(f"/bucket/{name}", "wb") as stream:
        if name.endswith("parquet"):
            parquet.write_table(
                Table.from_pylist([{"question": "2 + 2?", "id": "a"}, {"question": "3 + 3?", "id": "b"}]), stream
            )
        elif name.endswith("csv"):
            stream.write(b"id,question\na,2 + 2?\nb,3 + 3?\n")
        else:
            stream.write(gzip.compress(LINES) if name.endswith("gz") else LINES)
    found = read(f"memory://bucket/{name}")
    assert [(one.question, one.id) for one in found] == [("2 + 2?", "a"), ("3 + 3?", "b")]
    assert len(list(found)) == 2  # each iteration starts afresh


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("memory://bucket/none.jsonl", "none.jsonl cannot be read"),
        ("nowhere://bucket/none.jsonl", "Protocol not known"),
        ("s3://bucket/none.jsonl", "s3fs"),
        ("memory://bucket/none", "suffix"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(bucket: fsspec.AbstractFileSystem, source: str, said: str) -> None:
    bucket.touch("/bucket/other")
    with pytest.raises(InputError, match=said):
        list(read(source))


class _Site(BaseHTTPRequestHandler):
    """Has every file but what is called `none`; what is called `half` ends before its end."""

    def do_HEAD(self) -> None:
        is_there = "none" not in self.path
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Length", str(len(LINES) * (2 if "half" in self.path else 1) if is_there else 0))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        if "none" not in self.path:
            self.wfile.write(LINES)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Its address, with a password."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://me:secret@127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_signed_url_tells_its_format_before_its_signature(site: str) -> None:
    assert len(list(read(f"{site}/part.jsonl?signature=secret"))) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.jsonl", "no such file|404"),
        ("half.jsonl", "not completed"),
        ("part.txt", "suffix"),
        ("part.json", "not JSON"),
        ("half.parquet", "cannot be read"),
    ],
)
def test_an_error_says_what_is_wrong_and_no_secret_of_the_url(site: str, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        list(read(f"{site}/{name}?signature=secret"))
    assert f"/{name}" in raised.value.message
    assert "secret" not in raised.value.message


def test_a_missing_file_of_a_store_is_said_to_be_missing(bucket: fsspec.AbstractFileSystem) -> None:
    bucket.touch("/bucket/other")
    with pytest.raises(InputError, match=r"memory://bucket/none\.jsonl cannot be read: there is no such file\."):
        list(read("memory://bucket/none.jsonl"))
