"""Logical deduction: five objects in a fixed order, told by statements that leave one order only."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from latm import Instance
from latm_bench.tasks.generators.wording import letter, listed, options

NAME = "logical_deduction"
SIZE = 5
LEFT_TO_RIGHT = (
    "is the leftmost",
    "is the second from the left",
    "is in the middle",
    "is the second from the right",
    "is the rightmost",
)

Order = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """Five things of a sort, and how their places and comparisons are told.

    Attributes:
        scene: introduces the objects, which follow it.
        objects: to choose from, with their article where they have one.
        before: the comparison of an earlier object with a later one.
        after: the comparison of a later object with an earlier one.
        places: what is said of the object in each of the five places.
    """

    scene: str
    objects: tuple[str, ...]
    before: str
    after: str
    places: tuple[str, ...]


def _superlatives(verb: str, first: str, last: str) -> tuple[str, ...]:
    """Places told by two superlatives, each from its own end: cheapest, second-cheapest, …, most expensive."""
    named = (first, f"second-{first}", f"third-{first}", f"second-{last}", last)
    return tuple(f"{verb} the {name}" for name in named)


CONTEXTS = (
    Context(
        "Five birds sit on a branch",
        ("a finch", "a heron", "a magpie", "a sparrow", "a kestrel", "a wren", "a stork", "a thrush", "a swallow"),
        "is to the left of",
        "is to the right of",
        LEFT_TO_RIGHT,
    ),
    Context(
        "Five books stand on a shelf",
        ("a blue book", "a red book", "a grey book", "a white book", "a brown book", "a purple book", "a yellow book"),
        "is to the left of",
        "is to the right of",
        LEFT_TO_RIGHT,
    ),
    Context(
        "Five golfers played a tournament",
        ("Abe", "Bea", "Cal", "Dot", "Eli", "Fay", "Gus", "Ida", "Lou", "Max", "Ned", "Pam"),
        "finished above",
        "finished below",
        ("finished first", "finished second", "finished third", "finished fourth", "finished last"),
    ),
    Context(
        "A market stall sells five fruits",
        ("figs", "limes", "cherries", "melons", "papayas", "quinces", "dates", "kumquats", "lychees"),
        "are less expensive than",
        "are more expensive than",
        _superlatives("are", "cheapest", "most expensive"),
    ),
    Context(
        "A museum shows five vehicles",
        ("a tram", "a van", "a coupe", "a scooter", "a lorry", "a taxi", "a roadster", "a camper", "a moped"),
        "is older than",
        "is newer than",
        _superlatives("is", "oldest", "newest"),
    ),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about the order, and whether an order agrees with it."""

    text: str
    holds: Callable[[Order], bool]


def generate(rng: random.Random) -> Instance:
    """Draw a context, an order, and statements of which none is superfluous."""
    context = rng.choice(CONTEXTS)
    objects = rng.sample(context.objects, SIZE)
    order = tuple(rng.sample(objects, SIZE))
    statements = _statements(rng, context, order)
    place = rng.randrange(SIZE)
    choices = [f"{_named(thing)} {context.places[place]}" for thing in objects]
    question = (
        f"{context.scene}: {listed(objects)}. The following statements about their order are all true. "
        f"{' '.join(f'{_capital(statement.text)}.' for statement in statements)}\n"
        "Which of the options must be true? Answer with the letter in parentheses only.\n"
        f"{options([_capital(choice) for choice in choices])}"
    )
    return Instance(question, answer=letter(objects.index(order[place])), task=NAME)


def _statements(rng: random.Random, context: Context, order: Order) -> list[Statement]:
    """True statements, in random order, that together leave one order; each of them is needed."""
    pool = list(_true_statements(context, order))
    rng.shuffle(pool)
    kept = pool
    for statement in pool:
        fewer = [other for other in kept if other is not statement]
        if _is_unique(fewer, order):
            kept = fewer
    return kept


def _true_statements(context: Context, order: Order) -> Iterator[Statement]:
    for place, thing in enumerate(order):
        yield _placement(f"{_named(thing)} {context.places[place]}", thing, place)
    for first, second in itertools.combinations(order, 2):
        yield _comparison(f"{_named(first)} {context.before} {_named(second)}", first, second)
        yield _comparison(f"{_named(second)} {context.after} {_named(first)}", first, second)


def _placement(text: str, thing: str, place: int) -> Statement:
    return Statement(text, lambda order: order[place] == thing)


def _comparison(text: str, first: str, second: str) -> Statement:
    return Statement(text, lambda order: order.index(first) < order.index(second))


def _is_unique(statements: Sequence[Statement], order: Order) -> bool:
    orders = itertools.permutations(order)
    fitting = (other for other in orders if all(statement.holds(other) for statement in statements))
    return len(list(itertools.islice(fitting, 2))) == 1


def _named(thing: str) -> str:
    """An object as it is called once it was introduced: `the finch`; a person keeps the name."""
    return f"the {thing.removeprefix('a ')}" if thing.islower() else thing


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
