import bisect
import functools
import heapq
import itertools
from collections import Counter, defaultdict, deque


def shortest_path(edges, start, goal):
    graph = defaultdict(list)
    for a, b, weight in edges:
        graph[a].append((weight, b))
        graph[b].append((weight, a))
    queue, seen = [(0, start, (start,))], set()
    while queue:
        cost, place, path = heapq.heappop(queue)
        if place == goal:
            return cost, path
        if place not in seen:
            seen.add(place)
            for weight, other in graph[place]:
                heapq.heappush(queue, (cost + weight, other, (*path, other)))
    return None


def flood(grid):
    rows, todo, filled = [list(row) for row in grid], deque([(0, 0)]), 0
    while todo:
        x, y = todo.popleft()
        if 0 <= x < len(rows) and 0 <= y < len(rows[0]) and rows[x][y] == ".":
            rows[x][y] = "#"
            filled += 1
            todo.extend([(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)])
    return filled, ["".join(row) for row in rows]


def queens(size):
    found = []

    def place(row, columns):
        if row == size:
            found.append(columns)
            return
        for column in range(size):
            if all(column != c and abs(column - c) != row - r for r, c in enumerate(columns)):
                place(row + 1, (*columns, column))

    place(0, ())
    return len(found), found[:3]


def knapsack(items, limit):
    @functools.lru_cache(maxsize=None)
    def best(index, left):
        if index == len(items):
            return 0
        weight, value = items[index]
        without = best(index + 1, left)
        return max(without, value + best(index + 1, left - weight)) if weight <= left else without

    return best(0, limit), best.cache_info().hits > 0


def permute(text):
    return sorted({"".join(order) for order in itertools.permutations(text)})


def combine(numbers, target):
    return [pick for size in range(1, 4) for pick in itertools.combinations(numbers, size) if sum(pick) == target]


def topological(pairs):
    from graphlib import TopologicalSorter

    sorter = TopologicalSorter()
    for after, before in pairs:
        sorter.add(after, before)
    return list(sorter.static_order())


def topological_cycle(pairs):
    from graphlib import CycleError, TopologicalSorter

    try:
        return list(TopologicalSorter({a: [b] for a, b in pairs}).static_order())
    except CycleError as error:
        return error.args[0]


def position(numbers, wanted):
    return bisect.bisect_left(numbers, wanted), bisect.bisect_right(numbers, wanted), bisect.insort(numbers, wanted), numbers


def merge_runs(runs):
    return list(heapq.merge(*runs)), heapq.nlargest(3, itertools.chain(*runs)), heapq.nsmallest(2, *runs[:1])


def top_words(text, count):
    words = Counter(text.lower().split())
    return words.most_common(count), words.total(), dict(words - Counter(["the"] * 2))


def groups(numbers):
    return {key: list(group) for key, group in itertools.groupby(sorted(numbers, key=lambda n: n % 3), key=lambda n: n % 3)}


def accumulate(numbers):
    return list(itertools.accumulate(numbers, max)), list(itertools.pairwise(numbers)), list(itertools.zip_longest(numbers, "ab"))


CASES = {
    "shortest_path": [([("a", "b", 2), ("b", "c", 3), ("a", "c", 9)], "a", "c"), ([], "a", "z")],
    "flood": [(["..#", "#.#", "..."],), (["#"],)],
    "queens": [(6,), (4,), (3,)],
    "knapsack": [([(2, 3), (3, 4), (4, 5), (5, 8)], 8), ([], 3)],
    "permute": [("aab",), ("",)],
    "combine": [([1, 2, 3, 4, 5], 6), ([], 1)],
    "topological": [([("shoes", "socks"), ("belt", "trousers"), ("shoes", "trousers")],)],
    "topological_cycle": [([("a", "b"), ("b", "a")],)],
    "position": [([1, 3, 3, 7], 3), ([], 1)],
    "merge_runs": [([[1, 4], [2, 3], [0, 9]],)],
    "top_words": [("the cat the dog the end", 2)],
    "groups": [([5, 3, 8, 1, 9],)],
    "accumulate": [([3, 1, 4, 1, 5],)],
}
