"""The spill: what cannot be read of it is not thrown away."""

from pathlib import Path

from latm.answer import Answer, Route
from latm.learning.spill import Spill


def test_of_the_files_that_were_taken_only_one_with_a_line_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "latm.db"
    Spill(store).write([Answer("1 + 0", "1", Route.DIRECT)])
    path = Path(Spill(store).write([Answer("1 + 1", "2", Route.DIRECT)]))
    of_a_newer_latm = b'{"question": "1 + 2", "text": "3", "route": "oracle"}\n'
    path.write_bytes(path.read_bytes() + of_a_newer_latm)
    spill = Spill(store)
    assert {answer.text for answer in spill.take()} == {"1", "2"}
    spill.clear()
    assert not Spill(store).take()
    (kept,) = tmp_path.iterdir()
    assert kept.name.endswith(".unread")
    assert of_a_newer_latm in kept.read_bytes()
