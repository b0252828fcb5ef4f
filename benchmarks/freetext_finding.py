"""Kinds that find something in a letter: numbers, dates, addresses, and a rule applied to what was found."""

import json
import random
from datetime import timedelta

from freetext_kinds import Drawn, Kind
from freetext_prose import FIRST, LAST, TOWNS, Letter, name, some_day, sometimes, written


def order_number(rng: random.Random) -> Drawn:
    """An order number among customer numbers, telephone numbers and dates; or none, or two."""
    numbers = [f"{rng.choice(('KD', 'AX', 'WEB', 'N'))}-{rng.randint(10_000, 9_999_999)}" for _ in range(2)]
    says = (
        "My order number is {}.",
        "Order no. {}",
        "I am writing about order {}, placed recently.",
        "It concerns the order {} from your web shop.",
        "(order ref. {})",
        "Order: {}",
        "You will find us under order #{}.",
        "Regarding {}: the box was open when it came.",
    )
    count = rng.choices((1, 0, 2), (85, 8, 7))[0]
    key = [rng.choice(says).format(number) for number in numbers[:count]]
    if count and sometimes(rng, 0.15):
        key.append(f"As I said, {numbers[0]} is what I am asking about.")
    key += _distractions(rng)
    rng.shuffle(key)
    return Drawn(Letter(rng, key).text(), ("none", numbers[0], "several")[count])


def _distractions(rng: random.Random) -> list[str]:
    found = (
        f"My customer number is {rng.randint(100_000, 999_999)}.",
        f"You can call me on {rng.randint(200, 999)} {rng.randint(1_000, 9_999)} after six.",
        f"I first wrote to you on {written(rng, some_day(rng))}.",
        f"The article is listed as item {rng.randint(100, 999)}/{rng.randint(10, 99)}.",
        f"I paid {rng.randint(5, 900)}.{rng.randint(0, 99):02} for it.",
    )
    return rng.sample(found, rng.randint(0, 3))


def invoice_total(rng: random.Random) -> Drawn:
    """The sum to be paid among net sums, taxes, shipping and part payments, written as different countries do."""
    currency, sign = rng.choice((("EUR", "€"), ("USD", "$"), ("GBP", "£"), ("CHF", "CHF")))
    items = [rng.randint(300, 180_000) for _ in range(rng.randint(1, 4))]
    shipping = rng.choice((0, 490, 1_250))
    rate = rng.choice((7, 8, 19, 20, 21))
    net = sum(items) + shipping
    tax = round(net * rate / 100)
    comma = currency == "EUR" and sometimes(rng, 0.4)

    def money(cents: int) -> str:
        text = f"{cents // 100:,}.{cents % 100:02}"
        text = text.translate(str.maketrans(",.", ".,")) if comma else text
        return rng.choice(
            (f"{text} {currency}", f"{currency} {text}", f"{sign}{text}" if len(sign) == 1 else f"{text} CHF")
        )

    wares = ("desk lamp", "toner", "oak board", "hose", "filter set", "brackets", "cable drum", "paint")
    lines = [f"{rng.choice(wares)}  {money(item)}" for item in items]
    lines += [f"Shipping  {money(shipping)}"] if shipping else []
    lines += [
        f"{rng.choice(('Subtotal', 'Net amount', 'Sum before tax'))}: {money(net)}",
        f"VAT {rate} %: {money(tax)}",
    ]
    total = rng.choice(("Total", "Total due", "Amount due", "Invoice total", "Grand total", "Total incl. VAT"))
    lines.append(f"{total}: {money(net + tax)}")
    head = f"Invoice {rng.randint(1_000, 99_999)}, {written(rng, some_day(rng))}"
    key = ["\n".join([head, *lines])]
    if sometimes(rng, 0.2):
        key.append(f"Your last invoice came to {money(rng.randint(1_000, 90_000))}, which we have settled.")
    return Drawn(Letter(rng, key).text(), f"{(net + tax) // 100}.{(net + tax) % 100:02} {currency}")


def delivery_date(rng: random.Random) -> Drawn:
    """The promised day of delivery among other days."""
    day, other = some_day(rng), some_day(rng)
    says = (
        "Delivery is promised for {}.",
        "The goods are to be delivered on {}.",
        "Delivery date: {}",
        "We were told to expect delivery on {}.",
        "Delivery by {} was agreed.",
        "Date of delivery – {}",
    )
    key = [rng.choice(says).format(written(rng, day))]
    others = ("We placed the order on {}.", "Invoice date: {}", "Our shop is closed on {}.", "I wrote to you on {}.")
    key += [rng.choice(others).format(written(rng, other))] if sometimes(rng, 0.6) else []
    if sometimes(rng, 0.08):
        return Drawn(Letter(rng, key[1:]).text(), "none")
    rng.shuffle(key)
    return Drawn(Letter(rng, key).text(), day.isoformat())


def mail_addresses(rng: random.Random) -> Drawn:
    """Every address once, in lower case, sorted."""
    hosts = ("example.com", "mail.example.org", "nordlicht.example", "post.example.net")
    found = [
        f"{rng.choice(FIRST)}{rng.choice('._-')}{rng.choice(LAST)}@{rng.choice(hosts)}".replace("'", "")
        for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))
    ]
    found = [one.translate(str.maketrans("øřäŘäÄ", "oraRaA")).replace("ák", "ak") for one in found]
    says = (
        "Please copy {} in.",
        "Reach me at {}.",
        "E-mail: {}",
        "<{}>",
        "My partner ({}) knows more.",
        "{} is the contact.",
    )
    key = [rng.choice(says).format(one) for one in found]
    key += ["Write to us via the form at www.example.com/contact."] if sometimes(rng, 0.3) else []
    key += [f"On social media I am @{rng.choice(FIRST).lower()}."] if sometimes(rng, 0.2) else []
    return Drawn(Letter(rng, key).text(), ", ".join(sorted({one.lower() for one in found})) or "none")


def phone_numbers(rng: random.Random) -> Drawn:
    """Every telephone number with its country code and nothing but digits after the plus sign."""
    found, key = [], []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        code, area = rng.choice(("49", "44", "31", "45")), str(rng.randint(20, 899))
        first, second = str(rng.randint(100, 999)), str(rng.randint(1_000, 9_999))
        ways = [
            f"+{code} {area} {first} {second}",
            f"00{code} {area} {first}{second}",
            f"+{code} ({area}) {first}-{second}",
        ]
        ways += [f"0{area} / {first} {second}", f"(0{area}) {first}{second}", f"0{area} {first}-{second}"] * (
            code == "49"
        )
        found.append(f"+{code}{area}{first}{second}")
        says = (
            "Phone: {}",
            "You can reach me on {}.",
            "Please call {} in the morning.",
            "Tel. {}",
            "Mobile {}",
            "My number is {}.",
        )
        key.append(rng.choice(says).format(rng.choice(ways)))
    key += [f"Customer no. {rng.randint(100_000, 999_999)}"] if sometimes(rng, 0.4) else []
    key += [f"The invoice is dated {written(rng, some_day(rng))}."] if sometimes(rng, 0.4) else []
    return Drawn(Letter(rng, key).text(), ", ".join(dict.fromkeys(found)) or "none")


ROOMS = ("Aurora", "Basalt", "Cirrus", "Delta", "Ember", "Fjord")


def meeting(rng: random.Random) -> Drawn:
    """Day, time and room of a meeting among other times and rooms."""
    day, hour, minute = some_day(rng), rng.randint(7, 18), rng.choice((0, 15, 30, 45))
    clock = rng.choice((f"{hour}:{minute:02}", f"{(hour - 1) % 12 + 1}:{minute:02} {('am', 'pm')[hour // 12]}"))
    if ":" in clock and not clock.endswith("m"):
        clock = rng.choice((f"{hour:02}:{minute:02}", f"{hour}.{minute:02} h", f"{hour}:{minute:02}"))
    room = rng.choice(ROOMS)
    says = (
        "We meet on {} at {} in room {}.",
        "Date and time: {}, {}, room {}",
        "The meeting takes place on {}, {}, in the {} room.",
        "When: {} at {}\nWhere: {}",
        "Please come to our meeting on {} at {}; the room is {}.",
    )
    key = [rng.choice(says).format(written(rng, day), clock, room)]
    key += ["Lunch is at noon."] if sometimes(rng, 0.3) else []
    key += [f"The papers will be sent by {written(rng, some_day(rng))}."] if sometimes(rng, 0.3) else []
    answer = {"date": day.isoformat(), "time": f"{hour:02}:{minute:02}", "room": room}
    return Drawn(Letter(rng, key).text(), json.dumps(answer))


def address(rng: random.Random) -> Drawn:
    """A new postal address, in lines or in a row."""
    street = rng.choice(("Hafenstraße", "Mill Lane", "Rosenweg", "Kirkegade", "Station Road", "Am Anger", "Long Row"))
    house, code, town = (
        f"{rng.randint(1, 180)}{rng.choice(('', '', 'a', 'B'))}",
        f"{rng.randint(10_000, 99_999)}",
        rng.choice(TOWNS),
    )
    who = name(rng)
    says = (
        f"Our new address is:\n{who}\n{street} {house}\n{code} {town}",
        f"Please send it to {street} {house}, {code} {town}.",
        f"Address: {street} {house}, {code} {town}",
        f"Ship to:\n\n{who}\n{street} {house}\n{code} {town}",
        f"We now live at {street} {house} in {code} {town}.",
    )
    key = [
        rng.choice(says),
        *rng.sample(
            (f"My customer number is {rng.randint(10_000, 99_999)}.", f"We moved from {rng.choice(TOWNS)}."),
            rng.randint(0, 1),
        ),
    ]
    return Drawn(
        Letter(rng, key).text(), json.dumps({"street": street, "house": house, "postcode": code, "town": town})
    )


def refund(rng: random.Random) -> Drawn:
    """Whether a return comes within so many days of the purchase."""
    limit = rng.choice((14, 21, 30, 60))
    bought = some_day(rng)
    sent = bought + timedelta(rng.choice((rng.randint(1, limit), limit, limit + 1, rng.randint(limit + 1, 120))))
    says = ("I bought it on {}.", "Date of purchase: {}", "It was purchased on {} in your branch.", "Purchased: {}")
    asks = ("I am sending it back today, {}.", "Returned on {}.", "Date of return: {}", "I hereby return it ({}).")
    key = [rng.choice(says).format(written(rng, bought)), rng.choice(asks).format(written(rng, sent))]
    if sometimes(rng, 0.3):
        rng.shuffle(key)
    missing = sometimes(rng, 0.07)
    answer = "unclear" if missing else "yes" if (sent - bought).days <= limit else "no"
    return Drawn(Letter(rng, key[:1] if missing else key).text(), answer, {"days": str(limit)})


def version(rng: random.Random) -> Drawn:
    """Whether the installed version is at least the required one."""
    wanted = [rng.randint(1, 12), rng.randint(0, 15), rng.randint(0, 20)]
    have = [*wanted]
    place = rng.randrange(3)
    have[place] = max(0, have[place] + rng.choice((-2, -1, 0, 1, 3, 8)))
    have = have[:2] if have[2] == 0 and sometimes(rng, 0.5) else have
    text = ".".join(map(str, have))
    says = (
        "We run version {}.",
        "Version: {}",
        "Installed version {}",
        "The about box says v{}.",
        "(build of version {})",
        "Software version {} here.",
    )
    key = [rng.choice(says).format(text)]
    key += (
        [f"The server answers from 10.0.{rng.randint(0, 255)}.{rng.randint(1, 254)}."] if sometimes(rng, 0.25) else []
    )
    key += [f"It began on {written(rng, some_day(rng))}."] if sometimes(rng, 0.3) else []
    if sometimes(rng, 0.06):
        return Drawn(Letter(rng, key[1:]).text(), "unknown", {"least": ".".join(map(str, wanted))})
    answer = "yes" if [*have, 0][:3] >= wanted else "no"
    return Drawn(Letter(rng, key).text(), answer, {"least": ".".join(map(str, wanted))})


FINDING = (
    Kind(
        "order_number",
        "Find the order number that the customer gives in this message. Order numbers have "
        "letters, a hyphen and digits.",
        "Reply with the order number alone, with 'none' if there is none, and with 'several' if "
        "there are different ones.",
        order_number,
        (("order number", "customer number"), ("customer", "supplier"), ("with 'none'", "with 'missing'")),
        layouts=("first", "marks", "system"),
    ),
    Kind(
        "invoice_total",
        "What is the total of this invoice, taxes included?",
        "Give the amount with two decimals and a point, a space, and the currency as its three-letter code.",
        invoice_total,
        (("total", "subtotal"), ("taxes included", "taxes excluded"), ("two decimals", "no decimals")),
        layouts=("first", "last", "marks"),
    ),
    Kind(
        "delivery_date",
        "On which day is the delivery to be made according to this letter?",
        "Answer with the date as YYYY-MM-DD, or with 'none' if the letter gives no day of delivery.",
        delivery_date,
        (("delivery", "payment"), ("YYYY-MM-DD", "DD.MM.YYYY"), ("'none'", "'unknown'")),
        layouts=("last", "marks", "system"),
    ),
    Kind(
        "mail_addresses",
        "List the e-mail addresses that occur in the following text.",
        "Write them in lower case, each once, in alphabetical order, separated by a comma and a "
        "space; 'none' if there is none.",
        mail_addresses,
        (("e-mail addresses", "web addresses"), ("lower case", "upper case"), ("alphabetical", "reverse alphabetical")),
        layouts=("first", "last", "system"),
    ),
    Kind(
        "phone_numbers",
        "Which telephone numbers does the message below give? Numbers without a country code are German (+49).",
        "Write each as + and digits only, without spaces, in order of appearance, separated by a "
        "comma and a space; 'none' if there is none.",
        phone_numbers,
        (
            ("telephone numbers", "fax numbers"),
            ("German (+49)", "Danish (+45)"),
            ("in order of appearance", "in ascending order"),
        ),
        layouts=("first", "marks", "system"),
    ),
    Kind(
        "meeting",
        "Read date, time and room of the meeting from the mail. The rooms are Aurora, Basalt, "
        "Cirrus, Delta, Ember and Fjord.",
        'Reply with JSON: {"date": "YYYY-MM-DD", "time": "HH:MM", "room": name}.',
        meeting,
        (("of the meeting", "of the lunch"), ("time", "duration"), ("room", "host")),
        (
            ("date", "day of the meeting, YYYY-MM-DD"),
            ("time", "beginning, HH:MM on a clock of 24 hours"),
            ("room", "its name alone"),
        ),
        '{"date": "2021-02-03", "time": "14:05", "room": "Fjord"}',
        layouts=("last", "marks", "public"),
    ),
    Kind(
        "address",
        "Extract the postal address that the customer gives in this letter.",
        "Reply with a JSON object that has the text fields street, house, postcode and town.",
        address,
        (("postal address", "previous address"), ("customer", "company"), ("postcode", "country")),
        (
            ("street", "name of the street"),
            ("house", "number of the house with its letter"),
            ("postcode", "five digits, as text"),
            ("town", "name of the town"),
        ),
        '{"street": "High Street", "house": "7c", "postcode": "12345", "town": "York"}',
        layouts=("first", "system", "public"),
    ),
    Kind(
        "refund",
        "Our rule: a refund is due if the article is returned within {days} days of the purchase. "
        "Is a refund due in this case?",
        "Answer yes or no, or unclear if the day of purchase or of return is not given.",
        refund,
        (("a refund is due", "no refund is due"), ("within", "only after"), ("days", "weeks")),
        layouts=("first", "last", "marks"),
    ),
    Kind(
        "version",
        "Is the version that this customer has installed at least {least}?",
        "Answer yes or no; unknown if no version is given. A missing third part counts as zero.",
        version,
        (("at least", "at most"), ("installed", "wanted"), ("zero", "nine")),
        layouts=("first", "last", "marks"),
    ),
)
