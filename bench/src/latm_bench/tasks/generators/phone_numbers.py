"""Phone numbers: one that people wrote down as they pleased, brought into the international form."""

import random

from latm import Instance
from latm_bench.tasks.generators.wording import PEOPLE

NAME = "phone_numbers"
SURNAMES = ("Abel", "Brandt", "Costa", "Dunne", "Eriksen", "Fontaine", "Garcia", "Horvat", "Ilves", "Jansen", "Kovac")
STREETS = ("Mill Lane", "Station Road", "Harbour Street", "Park Avenue", "Church Square", "Garden Row", "King Street")
COUNTRIES = {
    "Germany": "49",
    "France": "33",
    "United Kingdom": "44",
    "Austria": "43",
    "Belgium": "32",
    "Ireland": "353",
}
SHAPES = (
    "0{area} {one}{two}",
    "0{area}/{one} {two}",
    "(0{area}) {one}-{two}",
    "0{area}.{one}.{two}",
    "0{area}-{one}{two}",
)


def generate(rng: random.Random) -> Instance:
    """Draw a contact with a number in one of several national shapes, among other numbers."""
    country = rng.choice(sorted(COUNTRIES))
    parts = {"area": rng.randint(20, 999), "one": rng.randint(100, 999), "two": rng.randint(100, 9_999)}
    written = rng.choice(SHAPES).format(**parts)
    question = (
        f"Contact: {rng.choice(PEOPLE)} {rng.choice(SURNAMES)}, {rng.randint(1, 240)} {rng.choice(STREETS)}, "
        f"{country}, tel. {written}, customer no. {rng.randint(10_000, 99_999)}\n"
        f"Write the telephone number of this contact in international form: drop everything that is not a digit, drop "
        f"the leading 0, and put +{COUNTRIES[country]} in front. Answer with the plus sign and digits only."
    )
    return Instance(question, answer="+{code}{area}{one}{two}".format(code=COUNTRIES[country], **parts), task=NAME)
