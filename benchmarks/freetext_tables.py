"""Kinds whose documents have lines and tables in their prose: forms, logs, prices, recipes, plans; and redaction."""

import json
import random
from datetime import datetime, time, timedelta

from freetext_kinds import Drawn, Kind
from freetext_prose import FIRST, TOWNS, Letter, name, some_day, sometimes, written


def form(rng: random.Random) -> Drawn:
    """A registration form with some lines left out or left empty, in any order, within a mail."""
    values = {
        "Name": name(rng),
        "Company": rng.choice(("Nordlicht GmbH", "Quarry & Sons", "Atelier Huang", "Fjordbyg A/S")),
        "Town": rng.choice(TOWNS),
        "Persons": str(rng.randint(1, 9)),
        "Arrival": some_day(rng).isoformat(),
    }
    given = {key: value for key, value in values.items() if not sometimes(rng, 0.15)}
    colon = rng.choice((": ", ":  ", " = ", " : "))
    lines = [f"{key}{colon}{given.get(key, '')}".rstrip() for key in values if key in given or sometimes(rng, 0.5)]
    rng.shuffle(lines)
    answer: dict[str, str | int | None] = {key.lower(): given.get(key) for key in values}
    if "Persons" in given:
        answer["persons"] = int(given["Persons"])
    return Drawn(Letter(rng, ["\n".join(lines)]).text(), json.dumps(answer))


_LEVELS = ("ERROR", "WARN", "INFO")
_EVENTS = (
    *("connection to {} lost", "user {} signed in", "job {} finished", "retry {} of 5", "cache miss for key {}"),
    *("no error found in block {}", "disk {} nearly full", "WARN threshold set to {}", "heartbeat {} late"),
    *("token {} expired", "info page {} rendered", "queue {} drained"),
)


def log(rng: random.Random) -> Drawn:
    """An excerpt of a log within a ticket; levels are also words of messages and of the letter."""
    count = rng.randint(3, 18)
    moment = datetime.combine(some_day(rng), time(rng.randint(0, 20)))
    found, lines = dict.fromkeys(_LEVELS, 0), []
    for _ in range(count):
        moment += timedelta(seconds=rng.randint(1, 400))
        level = rng.choices((*_LEVELS, "DEBUG"), (3, 3, 5, 2))[0]
        if level in found:
            found[level] += 1
        text = rng.choice(_EVENTS).format(rng.randint(1, 999))
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} {level} {rng.choice(('auth', 'billing', 'mailer', 'core'))}: {text}")
    key = ["\n".join(lines)]
    key += ["Every ERROR worries us, the rest does not."] if sometimes(rng, 0.2) else []
    return Drawn(Letter(rng, key).text(), json.dumps(found))


def table(rng: random.Random) -> Drawn:
    """A table of stock within a mail, with bars or tabs."""
    wares = rng.sample(
        ("bolts", "hinges", "washers", "oak boards", "paint, white", "wire", "tape", "clamps"), rng.randint(2, 6)
    )
    rows = [
        ["item", "count", "shelf"],
        *([ware, str(rng.randint(0, 900)), f"{rng.choice('ABCD')}{rng.randint(1, 40)}"] for ware in wares),
    ]
    style = rng.choice(("bars", "open bars", "tabs"))
    if style == "tabs":
        lines = ["\t".join(row) for row in rows]
    else:
        edge = "|" if style == "bars" else ""
        lines = [f"{edge} {' | '.join(row)} {edge}".strip() for row in rows]
        lines.insert(1, f"{edge}{'|'.join(['---'] * 3)}{edge}")
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in rows]
    return Drawn(Letter(rng, ["\n".join(lines)]).text(), "\n".join(",".join(row) for row in quoted))


def prices(rng: random.Random) -> Drawn:
    """A list of prices of which those above a limit are to be summed."""
    limit = rng.choice((10, 20, 25, 50, 100))
    wares = ("brush", "kettle", "lamp", "rope", "vase", "stool", "mirror", "clock", "tray", "basket", "bench", "bowl")
    cents = [rng.choice((rng.randint(150, 30_000), limit * 100)) for _ in range(rng.randint(2, 9))]
    bullet = rng.choice(("- ", "* ", "", "• "))
    lines = [
        f"{bullet}{ware}: {cost // 100}.{cost % 100:02} EUR"
        for ware, cost in zip(rng.sample(wares, len(cents)), cents, strict=True)
    ]
    total = sum(cost for cost in cents if cost > limit * 100)
    key = ["\n".join(lines)]
    key += [f"Postage is {rng.randint(3, 9)} percent extra."] if sometimes(rng, 0.2) else []
    return Drawn(Letter(rng, key).text(), f"{total // 100}.{total % 100:02}", {"limit": str(limit)})


def _luhn(digits: str) -> int:
    doubled = [int(sign) * (2 if place % 2 == 0 else 1) for place, sign in enumerate(reversed(digits))]
    return -sum(one - 9 if one > 9 else one for one in doubled) % 10  # noqa: PLR2004  # two digits are summed


def _card(rng: random.Random, *, right: bool) -> str:
    body = f"4{rng.randrange(10**14):014}"
    check = (_luhn(body) + (0 if right else rng.randint(1, 9))) % 10
    digits = f"{body}{check}"
    return rng.choice(
        (
            digits,
            " ".join(digits[at : at + 4] for at in range(0, 16, 4)),
            "-".join(digits[at : at + 4] for at in range(0, 16, 4)),
        )
    )


def _iban(rng: random.Random, *, right: bool) -> str:
    body = f"{rng.randrange(10**18):018}"
    check = 98 - int(f"{body}131400") % 97
    digits = f"DE{(check if right else (check + 3) % 97):02}{body}"
    return rng.choice((digits, " ".join(digits[at : at + 4] for at in range(0, 22, 4))))


def redaction(rng: random.Random) -> Drawn:
    """A letter with card numbers and IBANs, some of them no real ones by their check digits."""
    letter, key = "", []
    hidden: list[tuple[str, str]] = []
    for _ in range(rng.randint(0, 3)):
        is_card, right = sometimes(rng, 0.5), sometimes(rng, 0.7)
        number = _card(rng, right=right) if is_card else _iban(rng, right=right)
        hidden += [(number, "[CARD]" if is_card else "[IBAN]")] if right else []
        key.append(
            rng.choice(("Please charge {}.", "The number is {}.", "Account: {}", "I paid with {} last time.")).format(
                number
            )
        )
    key += [f"Reference {rng.randint(10**9, 10**10)}."] if sometimes(rng, 0.4) else []
    letter = redacted = Letter(rng, key).text()
    for number, sign in hidden:
        redacted = redacted.replace(number, sign)
    return Drawn(letter, redacted)


_GRAMS = {"oz": 28.35, "lb": 453.6, "kg": 1000.0, "g": 1.0}


def recipe(rng: random.Random) -> Drawn:
    """The weights of a recipe in grams, in the order of the list; what has no weight is left out."""
    foods = rng.sample(
        ("flour", "butter", "sugar", "almonds", "cherries", "cream cheese", "oats", "dark chocolate"), rng.randint(2, 6)
    )
    lines, answer = [], []
    for food in foods:
        unit = rng.choice(tuple(_GRAMS))
        amount = {
            "oz": rng.randint(1, 20),
            "lb": rng.randint(1, 3),
            "kg": rng.choice((0.5, 1.5, 2)),
            "g": rng.randint(5, 90) * 10,
        }[unit]
        lines.append(f"{amount} {unit} {food}")
        answer.append(f"{food}: {round(amount * _GRAMS[unit] + 1e-9)} g")
    lines.insert(
        rng.randint(0, len(lines)), rng.choice(("a pinch of salt", "3 eggs", "some lemon peel", "1 vanilla pod"))
    )
    bullet = rng.choice(("- ", "", "* "))
    return Drawn(Letter(rng, ["\n".join(bullet + line for line in lines)]).text(), "\n".join(answer))


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def shifts(rng: random.Random) -> Drawn:
    """Who works on one day of a plan."""
    plan = {day: rng.sample(FIRST, rng.randint(1, 4)) for day in _DAYS}
    if sometimes(rng, 0.3):
        plan[rng.choice(_DAYS)] = []
    dash = rng.choice((": ", " - ", " – ", ":\t"))
    short = sometimes(rng, 0.4)
    lines = [f"{day[:3] if short else day}{dash}{', '.join(people) or 'closed'}" for day, people in plan.items()]
    asked = rng.choice(_DAYS)
    return Drawn(Letter(rng, ["\n".join(lines)]).text(), ", ".join(sorted(plan[asked])) or "nobody", {"day": asked})


def ticket(rng: random.Random) -> Drawn:
    """Six fields of a ticket, most of them there."""
    order, day = f"WEB-{rng.randint(10_000, 999_999)}", some_day(rng)
    amount, mail = (
        rng.randint(500, 90_000),
        f"{rng.choice(FIRST)}.{rng.randint(1, 99)}@mail.example".lower().replace("ø", "o"),
    )
    code = f"{rng.choice('ABCDEFG')}{rng.randint(100, 999)}-{rng.randint(10, 99)}"
    says = {
        "order_number": (f"Order {order}", f"My order is {order}.", f"order number: {order}"),
        "article": (f"Article {code}", f"It is about article {code}.", f"Art. no. {code}"),
        "ordered_on": (
            f"Ordered on {written(rng, day)}.",
            f"I ordered it on {written(rng, day)}.",
            f"Date of order: {written(rng, day)}",
        ),
        "amount": (f"I paid {amount // 100}.{amount % 100:02} EUR.", f"Amount: {amount // 100}.{amount % 100:02} EUR"),
        "email": (f"Write to {mail}.", f"E-mail: {mail}"),
        "phone": (f"Phone: +49 {amount}77", f"You can ring +49 {amount}77."),
    }
    answer = {
        "order_number": order,
        "article": code,
        "ordered_on": day.isoformat(),
        "amount": amount / 100,
        "email": mail,
        "phone": f"+49 {amount}77",
    }
    missing = {key for key in says if sometimes(rng, 0.2)}
    key = [rng.choice(ways) for field, ways in says.items() if field not in missing]
    rng.shuffle(key)
    key += [f"The parcel arrived on {written(rng, some_day(rng))}."] if sometimes(rng, 0.2) else []
    return Drawn(
        Letter(rng, key).text(), json.dumps({key: None if key in missing else value for key, value in answer.items()})
    )


TABLES = (
    Kind(
        "form",
        "Turn the registration in this mail into JSON.",
        "Fields: name, company, town, persons (a number), arrival; null where a line is missing or empty.",
        form,
        (("registration", "cancellation"), ("arrival", "departure"), ("null", "zero")),
        (
            ("name", "as written"),
            ("company", "as written"),
            ("town", "as written"),
            ("persons", "a number"),
            ("arrival", "YYYY-MM-DD"),
        ),
        '{"name": "Jo Doe", "company": null, "town": "York", "persons": 3, "arrival": "2021-02-03"}',
        layouts=("first", "system", "public"),
    ),
    Kind(
        "log",
        "Count the log entries by level in the excerpt that this ticket quotes.",
        "Reply with a JSON object with the keys ERROR, WARN and INFO; other levels are not counted.",
        log,
        (("by level", "by service"), ("not counted", "counted as INFO"), ("Count", "Quote")),
        (("ERROR", "entries of that level"), ("WARN", "entries of that level"), ("INFO", "entries of that level")),
        '{"ERROR": 1, "WARN": 0, "INFO": 12}',
        layouts=("last", "marks", "public"),
    ),
    Kind(
        "table",
        "Convert the table in this message into CSV.",
        "Keep its header and the order of its rows; put quotes only around cells with a comma. "
        "Reply with the CSV alone.",
        table,
        (("CSV", "HTML"), ("Keep its header", "Drop its header"), ("the order of", "the reverse order of")),
        layouts=("first", "last", "marks"),
    ),
    Kind(
        "prices",
        "Add up the prices above {limit} EUR in the price list of this message.",
        "Prices of exactly that amount do not count. Reply with the sum in two decimals, without a currency.",
        prices,
        (("above", "below"), ("do not count", "do count"), ("the sum", "the mean")),
        layouts=("first", "last", "marks"),
    ),
    Kind(
        "redaction",
        "Replace every valid card number in the text by [CARD] and every valid IBAN by [IBAN].",
        "Valid means that the check digits are right (Luhn; ISO 7064). Leave everything else as it "
        "is, and reply with the text alone.",
        redaction,
        (("every valid", "every invalid"), ("Replace", "List"), ("[CARD]", "[X]")),
        layouts=("marks", "system", "last"),
        echoes=True,
    ),
    Kind(
        "recipe",
        "Convert the ingredients of this recipe that are given by weight into grams (1 oz = 28.35 g, 1 lb = 453.6 g).",
        "One line for each, in their order: the ingredient, a colon, a space, whole grams and ' "
        "g'. Leave out what has no weight.",
        recipe,
        (("grams", "kilograms"), ("in their order", "by weight"), ("28.35", "30")),
        layouts=("first", "last", "system"),
    ),
    Kind(
        "shifts",
        "Who works on {day} according to the plan in this note?",
        "Reply with the first names in alphabetical order, separated by a comma and a space; 'nobody' if it is closed.",
        shifts,
        (("works", "is off"), ("alphabetical", "reverse alphabetical"), ("'nobody'", "'none'")),
        layouts=("first", "last", "marks"),
    ),
    Kind(
        "ticket",
        "Read the fields below from the customer's message.",
        "Fields: order_number, article, ordered_on (YYYY-MM-DD), amount (a number), email, phone "
        "(as written). JSON only, null for missing.",
        ticket,
        (("customer's", "agent's"), ("amount", "discount"), ("null", "zero")),
        (
            ("order_number", "WEB-, then digits"),
            ("article", "a letter, three digits, a hyphen, two digits"),
            ("ordered_on", "day of the order, YYYY-MM-DD"),
            ("amount", "what was paid, in EUR, a number"),
            ("email", "in lower case"),
            ("phone", "as written"),
        ),
        '{"order_number": "WEB-1", "article": null, "ordered_on": "2021-02-03", '
        '"amount": 9.5, "email": null, "phone": null}',
        layouts=("last", "system", "public"),
    ),
)
