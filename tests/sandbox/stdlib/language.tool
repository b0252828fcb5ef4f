from __future__ import annotations

import contextlib
import copy
import enum
import functools
import math
import queue
import sys
import typing
import warnings
import weakref
from abc import ABC, abstractmethod
from collections import ChainMap, OrderedDict, namedtuple
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType, SimpleNamespace

Point = namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = enum.auto()
    BLUE = enum.auto()


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass(order=True, slots=True)
class Job:
    priority: int
    name: str = field(compare=False)
    tags: list[str] = field(default_factory=list, compare=False)


class Shape(ABC):
    @abstractmethod
    def area(self): ...

    def __lt__(self, other):
        return self.area() < other.area()


@functools.total_ordering
class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2


def matched(value):
    match value:
        case {"kind": "circle", "r": (int() | float()) as radius}:
            return round(math.pi * radius**2, 3)
        case [first, *rest] if rest:
            return [first, len(rest)]
        case str(text) if text.isupper():
            return text.lower()
        case None:
            return "nothing"
        case _:
            return repr(value)


def jobs(pairs):
    made = sorted(Job(priority, name) for priority, name in pairs)
    return [asdict(job) for job in made], repr(made[0]), replace(made[0], name="z").name, made[0] == Job(made[0].priority, "other")


def enums(name):
    return Colour[name].value, str(Colour(1)), [member.name for member in Colour], repr(Access.READ | Access.WRITE)


def generated(limit):
    def numbers():
        sent = yield 0
        while sent is not None:
            sent = yield sent * 2

    source = numbers()
    next(source)
    return [source.send(number) for number in range(limit)], list(x * x for x in range(limit) if x % 2)


def delegated():
    def inner():
        yield 1
        return "done"

    def outer():
        result = yield from inner()
        yield result

    return list(outer())


def closures(count):
    def counter():
        total = 0

        def add(amount):
            nonlocal total
            total += amount
            return total

        return add

    add = counter()
    return [add(number) for number in range(count)], functools.reduce(lambda a, b: a * b, range(1, count + 1)), functools.partial(pow, 2)(5)


def managed():
    seen = []

    @contextlib.contextmanager
    def step(name):
        seen.append(f"+{name}")
        try:
            yield name
        finally:
            seen.append(f"-{name}")

    with contextlib.suppress(KeyError), step("a"), step("b"):
        {}["missing"]
    with contextlib.ExitStack() as stack:
        stack.enter_context(step("c"))
    return seen


def caught(text):
    try:
        try:
            return int(text)
        except ValueError as error:
            raise LookupError("not found") from error
        finally:
            text += "!"
    except LookupError as error:
        return [str(error), str(error.__cause__), text]


def grouped_errors():
    try:
        raise ExceptionGroup("both", [ValueError(1), TypeError(2)])
    except* ValueError as group:
        kept = [repr(error) for error in group.exceptions]
    except* TypeError:
        pass
    return kept


def uncaught(text):
    return {"a": 1}[text]


def shapes(sides):
    ordered = sorted(map(Square, sides))
    try:
        Shape()
    except TypeError as error:
        return [shape.side for shape in ordered], Square(2) < Square(3), type(error).__name__
    return None


def tuples(x, y):
    point = Point(x, y)
    return tuple(point), point._asdict(), repr(point._replace(x=9)), Point.__doc__


def mappings():
    layered = ChainMap({"a": 1}, {"a": 2, "b": 3})
    ordered = OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    frozen = MappingProxyType({"k": 1})
    return dict(layered), list(ordered), frozen["k"], vars(SimpleNamespace(q=1)), {"a": 1} | {"b": 2}


def copies(value):
    shallow, deep = copy.copy(value), copy.deepcopy(value)
    value[0].append("changed")
    return shallow, deep


def dispatched(value):
    @functools.singledispatch
    def tell(thing):
        return "thing"

    @tell.register
    def _(thing: int):
        return "number"

    @tell.register(list)
    def _(thing):
        return [tell(item) for item in thing]

    return tell(value)


def recursion(depth):
    return 0 if depth == 0 else 1 + recursion(depth - 1)


def deeper(depth):
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 500)
    try:
        return recursion(depth)
    finally:
        sys.setrecursionlimit(before)


def queued(items):
    line = queue.PriorityQueue()
    for item in items:
        line.put(item)
    return [line.get() for _ in items]


def hints():
    return {name: str(hint) for name, hint in typing.get_type_hints(Job).items()}, str(typing.get_args(dict[str, int]))


def warned():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.warn("careful", UserWarning)
    return [str(one.message) for one in seen]


def weak():
    class Thing:
        pass

    thing = Thing()
    reference = weakref.ref(thing)
    del thing
    return reference() is None


def executed(text):
    names = {}
    exec(compile(text, "inner", "exec"), names)
    return names["result"], eval("result + 1", names)


def sets(a, b):
    a, b = set(a), set(b)
    return a | b, a & b, a - b, a ^ b, frozenset(a), {1, 2} <= {1, 2, 3}


def unpacked(values):
    first, *middle, last = values
    return first, middle, last, [*values, *values][:3], {**{"a": 1}, "b": 2}, (lambda *, k=1, **rest: (k, rest))(k=2, z=3)


def walrus(text):
    return [n for part in text.split(",") if (n := len(part.strip())) > 1], [y := 3, y**2], sum(i for i in range(5))


def slices(values):
    values[1:3] = ["x"]
    del values[-1]
    return values, values[::-2], slice(1, None, 2).indices(7)


def identity_of_plain(value):
    return value, (2, {3: b"x"})


def not_plain():
    return Colour.RED


def abstains(question):
    return None


CASES = {
    "matched": [({"kind": "circle", "r": 2},), ([1, 2, 3],), ("LOUD",), (None,), (7,)],
    "jobs": [([(2, "b"), (1, "a")],)],
    "enums": [("BLUE",), ("GREEN",)],
    "generated": [(6,)],
    "delegated": [()],
    "closures": [(5,)],
    "managed": [()],
    "caught": [("12",), ("x",)],
    "grouped_errors": [()],
    "uncaught": [("a",), ("b",)],
    "shapes": [([3, 1, 2],)],
    "tuples": [(1, 2)],
    "mappings": [()],
    "copies": [([[1], 2],)],
    "dispatched": [([1, "a", [2]],)],
    "recursion": [(100,), (5000,)],
    "deeper": [(3000,)],
    "queued": [([(2, "b"), (1, "a")],)],
    "hints": [()],
    "warned": [()],
    "weak": [()],
    "executed": [("result = sum(range(10))",)],
    "sets": [([1, 2, 3], [2, 4])],
    "unpacked": [([1, 2, 3, 4],)],
    "walrus": [("a, bb, ccc",)],
    "slices": [([1, 2, 3, 4, 5],)],
    "identity_of_plain": [([1, {"a": None}],)],
    "not_plain": [()],
    "abstains": [("a question",)],
}
