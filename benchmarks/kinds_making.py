"""What a tool maker would say to a benchmark's groups, told truthfully from the labels that the grouping never saw."""

from collections import Counter, deque
from collections.abc import Sequence

from kinds_questions import Asked

from latm.kinds import Group, by_form, choose, split

SHOWN, HELD_OUT, AT_MOST = 6, 3, 12


class Making:
    """Tries the groups of a stream, the coarsest first, until every question that can be is answered.

    A tool answers the kind and the variants (layouts, preambles) among the examples that its maker saw. A maker that
    sees examples of several kinds says which belong together; one that sees one-off questions refuses.
    """

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.makings = 0
        self.made: set[str] = set()
        self._asked = asked
        self._questions = [one.question for one in asked]
        self._covered: set[tuple[str | None, str]] = set()

    def run(self, groups: Sequence[Group]) -> None:
        """Go through the groups; what a making splits goes to the end of the queue."""
        queue = deque(sorted(groups, key=lambda one: -len(one.members)))
        while queue:
            group = queue.popleft()
            answered = {index: self._is_answered(index) for index in group.members}
            if sum(not done for done in answered.values()) < SHOWN:
                continue
            if any(answered.values()):
                queue.extend(one for one in split(self._questions, group, answered) if not answered[one.members[0]])
            elif forms := by_form(self._questions, group, {i: self._asked[i].form for i in group.members}):
                queue.extend(split(self._questions, group, forms))
            elif not group.may_be_one:
                queue.extend(group.parts)
            else:
                queue.extend(self._make(group))

    def _is_answered(self, index: int) -> bool:
        return (self._asked[index].kind, self._asked[index].variant) in self._covered

    def _make(self, group: Group) -> list[Group]:
        self.makings += 1
        members = group.members
        choice = choose([self._questions[index] for index in members], SHOWN, HELD_OUT, at_most=AT_MOST)
        shown = {members[at]: self._asked[members[at]] for at in (*choice.shown, *choice.held_out)}
        kinds = Counter(one.kind for one in shown.values())
        if len(kinds) > 1 and kinds != {None: len(shown)}:
            return split(self._questions, group, {index: one.kind for index, one in shown.items()})
        if None in kinds:
            return []
        self.made |= {kind for kind in kinds if kind}
        self._covered |= {(one.kind, one.variant) for one in shown.values()}
        return [group]
