"""A run in synchronous use, to be stopped by Ctrl-C; says every answer, and in the end that it is done."""

import asyncio
import signal
import sys

from serving_models import toy

from latm import Latm
from toy import sum_question


async def slow(messages: list[dict[str, str]]) -> str:
    """A model that takes its time."""
    await asyncio.sleep(float(sys.argv[1]))
    return await toy(messages)


# Where the test itself runs in the background of a shell, Ctrl-C is ignored, and every child inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
with Latm(maker=slow, store="sqlite:///latm.db", block=2, making_tokens=50) as latm:
    print("open", flush=True)
    for answer in latm.run(sum_question(n, 1) for n in range(40)):
        print(answer.text, answer.route, flush=True)
print("done")
