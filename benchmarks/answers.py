"""What tools make of answers as they really come: `python benchmarks/answers.py --json`.

Eight kinds (those of the benchmark of kinds) and eight more of every shape come in streams of 480 questions, and a
simulated model replies in every layout. `made`: kinds with a tool, in the worst of the streams; `served`: answers of
tools in all of them; `right_by_content`: the share of those with the right content; `dress_constant`: the share of
kinds whose answers all are in one dress. `asked`: tools asked for a kind; `votes` and `judged`: fresh answers, and
classes of pairs, that makings bought a stream. The row of opinions counts a ninth kind, of opinions, among the eight.

`--forms` judges the forms alone, on pairs of replies, without any making.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from statistics import mean
from typing import Any

import answers_forms
from answers_making import SETS, Outcome, measured
from replies import LAYOUTS, OPINION, Kind
from replies_kinds import ISSUE_KINDS


def row(replies: str, questions: str, kinds: Sequence[Kind], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """One line of the table, over several streams."""
    names = {kind.name for kind in kinds}
    served, with_tool = (sum(one.served for one in outcomes), sum(len(one.looks) for one in outcomes))
    return {
        "replies": replies,
        "questions": questions,
        "kinds": len(kinds),
        "made": min(len(one.made & names) for one in outcomes),
        "served": served,
        "right_by_content": round(sum(one.right for one in outcomes) / served, 4) if served else None,
        "dress_constant": round(sum(one.constant for one in outcomes) / with_tool, 4) if with_tool else None,
        "asked": round(sum(one.asked[name] for one in outcomes for name in names) / len(outcomes) / len(kinds), 2),
        "votes": round(mean(one.votes for one in outcomes), 1),
        "judged": round(mean(one.judged for one in outcomes), 1),
    }


def rows(seeds: int, only: str) -> list[dict[str, Any]]:
    """The whole table."""
    found = []
    for questions, kinds in SETS.items():
        for layout in LAYOUTS:
            if only in f"{questions}, {layout}":
                outcomes = [measured(kinds, layout, str(seed)) for seed in range(seeds)]
                found.append(row(layout, questions, kinds, outcomes))
                _complain(f"{questions}, {layout}", outcomes)
    if only in "opinions":
        outcomes = [measured((*ISSUE_KINDS, OPINION), "opinions", str(seed)) for seed in range(seeds)]
        alone = [Outcome(one.made, one.asked, said=one.said) for one in outcomes]
        found.append(row("opinions", "opinions", (OPINION,), alone) | {"said": alone[0].said.get(OPINION.name)})
    return found


def _complain(name: str, outcomes: Sequence[Outcome]) -> None:
    print(f"{name}: done", file=sys.stderr)
    for seed, outcome in enumerate(outcomes):
        for question, answer in outcome.misses:
            print(f"{name}, {seed}: {question!r} was answered {answer!r}", file=sys.stderr)
        for kind, why in outcome.said.items():
            if kind not in outcome.made:
                print(f"{name}, {seed}: no tool for {kind}: {why}", file=sys.stderr)


def main() -> None:
    """Print the table, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=3, help="streams a row")
    parser.add_argument("--only", default="", help="only rows with this in 'questions, replies'")
    parser.add_argument("--forms", action="store_true", help="judge pairs of replies by their forms instead")
    options = parser.parse_args()
    found = answers_forms.rows() if options.forms else rows(options.seeds, options.only)
    if options.json:
        print(json.dumps({"rows": found}))
        return
    for one in found:
        print(*(f"{value!s:>9}" for value in list(one.values())[1:]), one["replies"])


if __name__ == "__main__":
    main()
