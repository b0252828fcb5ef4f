"""A second way to every answer: from the text alone, by another algorithm than the generator's.

Each function reads a question as a stranger would and raises where the text does not say enough.
"""

import itertools
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

PLACES = {
    "leftmost": 0, "second from the left": 1, "middle": 2, "second from the right": 3, "rightmost": 4,
    "first": 0, "second": 1, "third": 2, "fourth": 3, "last": 4,
    "cheapest": 0, "second-cheapest": 1, "third-cheapest": 2, "second-most expensive": 3, "most expensive": 4,
    "oldest": 0, "second-oldest": 1, "third-oldest": 2, "second-newest": 3, "newest": 4,
}  # fmt: skip
EARLIER = ("is to the left of", "finished above", "are less expensive than", "is older than")
LATER = ("is to the right of", "finished below", "are more expensive than", "is newer than")


def found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text, re.DOTALL)
    assert match, f"{pattern} is not in {text}"
    return match.groups()


def thing(text: str) -> str:
    return re.sub(r"^(the|a) ", "", text.strip(), flags=re.IGNORECASE)


def logical_deduction(question: str) -> str:
    names, told, listed = found(r": (.*?)\. The following .*? are all true\. (.*?)\.\nWhich .*?\n(.*)", question)
    objects = [thing(name) for name in re.split(r", (?:and )?", names)]
    orders = [order for order in itertools.permutations(objects) if all(agrees(order, one) for one in told.split(". "))]
    assert len(orders) == 1
    right = [line[:3] for line in listed.splitlines() if agrees(orders[0], line[4:])]
    assert len(right) == 1
    return right[0]


def agrees(order: tuple[str, ...], statement: str) -> bool:
    for phrase in (*EARLIER, *LATER):
        if f" {phrase} " in statement:
            one, other = (order.index(thing(name)) for name in statement.split(f" {phrase} "))
            return one < other if phrase in EARLIER else one > other
    name, place = found(r"^(.*?) (?:finished|(?:is|are)(?: in)? the) (.*)$", statement)
    return order.index(thing(name)) == PLACES[place]


def tracking_shuffled_objects(question: str) -> str:
    """Go backwards, from whom we ask for to whom that thing belonged at the start."""
    start, person = found(r"At the start, (.*?)\. Then pairs.*What does (\w+) have at the end", question)
    for one, other in reversed(re.findall(r"(\w+) and (\w+) swap\.", question)):
        person = {one: other, other: one}.get(person, person)
    first = dict(re.findall(r"(\w+) has (.*?)(?:,|$)", start))
    return found(rf"(\(\w\)) {first[person]}(?:\n|$)", question)[0]


def dyck_languages(question: str) -> str:
    """Strike out adjacent pairs until only what is open is left."""
    rest = question.rpartition("Sequence: ")[2]
    while (shorter := re.sub(r"\(\)|\[\]|\{\}|<>", "", rest)) != rest:
        rest = shorter
    return rest[::-1].translate(str.maketrans("([{<", ")]}>"))


def sorted_words(question: str) -> list[str]:
    """Take the least word away again and again."""
    left = question.rpartition("Words: ")[2].split(" ")
    assert len(set(left)) == len(left)
    taken = []
    while left:
        taken.append(min(left))
        left.remove(taken[-1])
    return taken


def chinese_remainder_theorem(question: str) -> str:
    """Go through all multiples of the largest divisor, and demand that one number only fits."""
    bound = int(found(r"no more than (\d+) ", question)[0])
    clauses = [tuple(map(int, pair)) for pair in re.findall(r"among (\d+) \w+, we have (\d+) left", question)]
    largest, remainder = max(clauses)
    fitting = [n for n in range(remainder, bound + 1, largest) if all(n % divisor == left for divisor, left in clauses)]
    assert len(fitting) == 1
    return str(fitting[0])


def meeting_scheduling(question: str) -> str:
    """Try every minute of the day."""
    calendars = [re.findall(r"(\d\d):(\d\d)-(\d\d):(\d\d)", line) for line in question.splitlines()[1:-1]]
    length = int(found(r"meeting of (\d+) minutes", question)[0])
    for start in range(24 * 60 - length):
        end = start + length
        if all(any(int(a) * 60 + int(b) <= start and end <= int(c) * 60 + int(d) for a, b, c, d in calendar)
               for calendar in calendars):  # fmt: skip
            return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    return "none"


def invoice_totals(question: str) -> str:
    items = re.findall(r"^(\d+) x .* at (\d+\.\d\d) each$", question, re.MULTILINE)
    figures = found(r"goods: (\d+)%.*discounted: (\d+\.\d\d)\n.*shipping: (\d+(?:\.\d+)?)%", question)
    return invoice_total([(quantity, price) for quantity, price in items], *figures)


def invoice_total(items: list[tuple[str, str]], discount: str, shipping: str, tax: str) -> str:
    """In whole units of a millionth, so that the last step alone rounds."""
    cents = sum(int(quantity) * int(price.replace(".", "")) for quantity, price in items)
    hundredths = cents * (100 - int(discount)) + int(shipping.replace(".", "")) * 100
    millionths = hundredths * int((100 + Decimal(tax)) * 100)
    total = (millionths + 500_000) // 1_000_000
    return f"{total // 100}.{total % 100:02}"


def day(text: str) -> date:
    day_of_month, month, year = map(int, text.split("."))
    return date(year, month, day_of_month)


def business_days(question: str) -> str:
    """List the working days of the next months, and pick."""
    start, count, listed = found(r"on (\S+)\. Which date is (\d+) .*holidays: (.*?)\. Start", question)
    holidays = {day(text) for text in listed.split(", ")}
    days = [day(start) + timedelta(days=ahead) for ahead in range(1, 100)]
    working = [one for one in days if one.isoweekday() <= 5 and one not in holidays]
    return working[int(count) - 1].strftime("%d.%m.%Y")


def unit_conversion(question: str) -> str:
    quantity, one, _, large, factor, _, decimals = found(
        r"Convert (\S+) (\w+) to (\w+)\. Use 1 (\w+) = (\S+) (\w+)\. .* exactly (\d) decimal", question
    )
    with localcontext(prec=50):
        value = Decimal(quantity) * Decimal(factor) if one == large else Decimal(quantity) / Decimal(factor)
        return format(value.quantize(Decimal(10) ** -int(decimals), ROUND_HALF_UP), "f")


def time_zones(question: str) -> str:
    """Count minutes since the year 1."""
    *local, here, there = found(
        r"at (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d) .*\(UTC([+-]\d\d:\d\d)\)\..*\(UTC([+-]\d\d:\d\d)\)", question
    )
    year, month, day_of_month, hour, minute = map(int, local)
    total = (date(year, month, day_of_month).toordinal() * 24 + hour) * 60 + minute
    total += minutes_ahead(there) - minutes_ahead(here)
    days, rest = divmod(total, 24 * 60)
    return f"{date.fromordinal(days)} {rest // 60:02}:{rest % 60:02}"


def minutes_ahead(offset: str) -> int:
    minutes = int(offset[1:3]) * 60 + int(offset[4:])
    return -minutes if offset[0] == "-" else minutes


def error_counts(question: str) -> str:
    level, service = found(r"level (\w+) did the service (\w+) write", question)
    return str(len(re.findall(rf"^\S+Z {level} \[{service}\] ", question, re.MULTILINE)))


def phone_numbers(question: str) -> str:
    written, code = found(r"tel\. (.*?), customer.*put \+(\d+) in front", question)
    digits = "".join(character for character in written if character.isdigit())
    assert digits.startswith("0")
    return f"+{code}{digits[1:]}"


def shift_rotas(question: str) -> str:
    """Go through the weeks one by one."""
    order, first, shift, last = found(
        r"to the first: (.*?)\. In the week that begins on Monday (\S+), .* has the shift (\w+)\. .* Monday (\S+)\?",
        question,
    )
    shifts = order.split(", ")
    week, end = date.fromisoformat(first), date.fromisoformat(last)
    assert week.isoweekday() == end.isoweekday() == 1
    while week < end:
        week += timedelta(weeks=1)
        shift = dict(zip(shifts, [*shifts[1:], shifts[0]], strict=True))[shift]
    return shift


def support_tickets(question: str) -> str:
    letter = question.rpartition("\n\n")[0]
    [order] = re.findall(r"[A-Z]{2}-[0-9]{6}", letter)
    [(charged, currency)] = re.findall(r"([0-9]+\.[0-9]{2}) ([A-Z]{3})", letter)
    return f'{{"order": "{order}", "charged": "{charged}", "currency": "{currency}"}}'


def stock_lists(question: str) -> str:
    counts = re.findall(r"^- (\w+): (\d+)$", question, re.MULTILINE)
    names = sorted({name for name, _ in counts})
    return "\n".join(f"{name}: {sum(int(count) for other, count in counts if other == name)}" for name in names)


def fruit_crates(question: str) -> str:
    crates, each, sold = map(int, re.findall(r"\d+", question))
    return str(crates * each - sold)


TRUTHS: dict[str, Callable[[str], str]] = {
    "logical_deduction": logical_deduction,
    "tracking_shuffled_objects": tracking_shuffled_objects,
    "dyck_languages": dyck_languages,
    "word_sorting": lambda question: " ".join(sorted_words(question)),
    "word_sorting_reversed": lambda question: " ".join(reversed(sorted_words(question))),
    "chinese_remainder_theorem": chinese_remainder_theorem,
    "meeting_scheduling": meeting_scheduling,
    "invoice_totals": invoice_totals,
    "business_days": business_days,
    "unit_conversion": unit_conversion,
    "time_zones": time_zones,
    "error_counts": error_counts,
    "phone_numbers": phone_numbers,
    "shift_rotas": shift_rotas,
    "support_tickets": support_tickets,
    "stock_lists": stock_lists,
    "fruit_crates": fruit_crates,
}
