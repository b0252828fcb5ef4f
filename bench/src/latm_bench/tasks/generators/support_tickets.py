"""Support tickets: a customer's letter, and what is to be read out of it, as JSON."""

import json
import random

from latm import Instance

NAME = "support_tickets"
CURRENCIES = ("EUR", "USD", "GBP", "CHF")
WORDS = (60, 140)
OPENINGS = (
    "Good morning, I bought a {thing} from you {days} days ago.",
    "My {thing} has reached me at last, after {days} days.",
    "I write about the {thing} that I gave my sister for her birthday.",
    "This is the second time in {days} weeks that I have to write to you.",
    "Dear all, there is something odd about my new {thing}.",
    "To whom it may concern in your shop in {city}.",
    "Hello, it is me again, the man with the {thing}.",
    "Our office in {city} ordered a {thing} for the front desk.",
    "Nobody answers your telephone, and so I try it in writing.",
    "First of all, thank you for the quick delivery of the {thing}.",
)
PASSING = (
    "The parcel was wet on one side, although it had not rained in {city} for a week.",
    "Your driver rang twice and was gone before I came down from floor {days}.",
    "A friend of mine in {city} has the same {thing} and is very happy with it.",
    "I tried everything that the leaflet says on page {days}, and then slept on it.",
    "On the telephone I was told to wait, so I waited, and nothing came of it.",
    "The colour is lovely, by the way, and my children like it as well.",
    "I have been a customer since you had only one shop, which was in {city}.",
    "It makes a noise like a kettle whenever somebody opens the window.",
    "The box holds a bag with {days} screws that fit nowhere.",
    "Please do not send me a voucher, I have {days} of those already.",
    "Half of the handle came off when my husband lifted it.",
    "There was a note for somebody in {city} in the box, which I threw away.",
    "The switch works only if one holds it down for {days} seconds.",
    "Our neighbour took it in, and he is not one to damage things.",
    "In the picture on your page it looks a good deal larger.",
    "It smells of paint even after {days} hours on the balcony.",
    "The plug is made for another country, as far as I can see.",
    "I would rather have a {thing} that is older and works.",
    "Last year in {city} I had no trouble of this kind.",
    "Some of the letters on the keys are already hard to read.",
    "My brother, who repairs such things, only shook his head.",
    "We shall move house in {days} days and cannot wait for long.",
    "The lid does not close, whichever way round one puts it on.",
    "It was to be a present, and now we have none.",
)
FACTS = (
    "The order was {order}.",
    "You will find it under {order}.",
    "On the slip it says {order}.",
    "As a reference I was given {order}.",
    "It is all in your books as {order}.",
    "Look for {order}, please.",
    "My confirmation mentions {order} in its second line.",
)
CHARGED = (
    "My card was charged {amount}.",
    "I paid {amount} for it.",
    "The bill came to {amount}.",
    "That is a lot of money for {amount}.",
    "It cost me {amount}, delivery included.",
    "From my account {amount} were taken the same evening.",
    "For {amount} one may expect more.",
)
CLOSINGS = (
    "I hope to hear from you soon.",
    "What happens now?",
    "I should like my money back.",
    "Can somebody call me before {days} o'clock?",
    "Otherwise I shall bring it back to your shop in {city}.",
    "Kind regards from {city}.",
    "Let me know what you intend to do.",
    "A short word would do.",
    "With many thanks for your trouble.",
    "Yours, a little tired of this.",
)
THINGS = ("desk lamp", "rain coat", "coffee grinder", "travel bag", "bicycle pump", "wall clock", "radio", "kettle")
CITIES = ("Utrecht", "Leeds", "Graz", "Porto", "Malmo", "Gdansk", "Turin", "Bergen")
INSTRUCTION = (
    "From the ticket above, take the number of the order and what the customer was charged. Answer with one JSON "
    'object and nothing else, its values texts, like {"order": "AB-123456", "charged": "10.50", "currency": "EUR"}.'
)


def generate(rng: random.Random) -> Instance:
    """Draw a letter with one order number and one amount somewhere in it."""
    order = f"{''.join(rng.choices('ABCDEFGHKLMNPQRSTUVWXYZ', k=2))}-{rng.randint(100_000, 999_999)}"
    charged, currency = f"{rng.randint(5, 899)}.{rng.randint(0, 99):02}", rng.choice(CURRENCIES)
    facts = [rng.choice(FACTS).format(order=order), rng.choice(CHARGED).format(amount=f"{charged} {currency}")]
    wanted = rng.randint(*WORDS)
    passing = rng.sample(PASSING, len(PASSING))
    middle = [*facts]
    while passing and sum(len(sentence.split()) for sentence in middle) < wanted:
        middle.append(_filled(rng, passing.pop()))
    rng.shuffle(middle)
    letter = " ".join([_filled(rng, rng.choice(OPENINGS)), *middle, _filled(rng, rng.choice(CLOSINGS))])
    answer = json.dumps({"order": order, "charged": charged, "currency": currency})
    return Instance(f"{letter}\n\n{INSTRUCTION}", answer=answer, task=NAME)


def _filled(rng: random.Random, sentence: str) -> str:
    return sentence.format(thing=rng.choice(THINGS), city=rng.choice(CITIES), days=rng.randint(3, 19))
