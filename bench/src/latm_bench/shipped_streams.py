"""Write the streams that ship with latm's demo again: `python -m latm_bench.shipped_streams`."""

import json
from collections.abc import Callable, Iterator, Mapping

from latm import Instance
from latm.demo.streams import SEED, Stream
from latm_bench.tasks.generators import stream
from latm_bench.tasks.generators.everyday import everyday

MADE: Mapping[Stream, Callable[[int, int], Iterator[Instance]]] = {Stream.BARE: stream, Stream.EVERYDAY: everyday}


def text_of(which: Stream) -> str:
    """The file of a stream: one question with its truth a line."""
    return "".join(
        json.dumps({"question": one.question, "id": one.id, "answer": one.answer, "task": one.task}, ensure_ascii=False)
        + "\n"
        for one in MADE[which](SEED, which.length)
    )


if __name__ == "__main__":
    for which in Stream:
        which.shipped.write_text(text_of(which), encoding="utf-8")
