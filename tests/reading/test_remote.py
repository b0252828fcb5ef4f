"""Questions are read from wherever fsspec reaches; `memory://` stands for an object store."""

import gzip
from collections.abc import Iterator

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
