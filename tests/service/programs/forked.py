"""Opens, forks as a pre-fork server does, and asks in the child and in the parent."""

import multiprocessing
import warnings

from serving_models import toy

from latm import Latm, LatmError
from toy import sum_question

FORKS = multiprocessing.get_context("fork")


def made() -> Latm:
    """One that answers sums."""
    return Latm(maker=toy, store="sqlite:///latm.db", making="never")


def child(latm: Latm) -> None:
    """A worker that was forked after opening."""
    try:
        latm.ask(sum_question(1, 1))
    except LatmError as error:
        print("child refused:", type(error).__name__)
        print(error, flush=True)
    latm.close()
    try:
        made().open()
    except LatmError as error:
        print("child's own refused:", error, flush=True)


def late_child() -> None:
    """A worker that was forked when all was closed."""
    with made() as own:
        print("late child", own.ask(sum_question(3, 4)).text, flush=True)


def main() -> None:
    """Ask, fork, ask again; close, and fork once more."""
    warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forks beside threads, the very point
    with made() as latm:
        print("parent", latm.ask(sum_question(1, 2)).text, flush=True)
        worker = FORKS.Process(target=child, args=(latm,))
        worker.start()
        worker.join()
        print("child exits", worker.exitcode)
        print("parent", latm.ask(sum_question(5, 6)).text, flush=True)
    late = FORKS.Process(target=late_child)
    late.start()
    late.join()


if __name__ == "__main__":
    main()
