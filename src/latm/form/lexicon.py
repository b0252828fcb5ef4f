"""Words that tell dress from content where answers alone cannot: courtesy, conclusions, caveats, refusals, units.

The lists are short and of general use; what a kind's own replies repeat is found from them (`mining`), in any language.
"""

import re

ANSWER_WORDS = frozenset(
    # words that say "here comes the answer" and nothing about it
    "a an the so thus therefore hence finally final answer answers result results solution output value total sum amount "
    "correct right this that it its is are was be equals equal gives get makes comes to here here's your my our of for in "
    "and then we i have as follows response reply = → we'd i'd would "
    "die der das antwort lautet ist also ergebnis la le les réponse est donc el respuesta es "
    "答 案 是 结 果 所 以 因 此 为 答えは".split()
)
"""In a frame they carry no content of their own."""

CONCLUSIONS = frozenset(
    "so thus therefore hence finally final answer result conclusion altogether antwort also ergebnis réponse donc "
    "respuesta 答 案 所 因".split()
)
"""A last sentence with one of these closes an explanation."""

COPULAS = frozenset("is are was were be equals = → ist sind lautet est sont es son 是 为 :".split())
"""An answer may follow one of these."""

CAVEATS = frozenset(
    "not no n't cannot can't never without except excluding excludes unless but however although though assuming assume "
    "approximately approx about around roughly nearly almost ~ ≈ ca circa estimated estimate maybe perhaps possibly "
    "probably might may could unsure uncertain least most under over only if note warning caution "
    "hundred thousand million billion dozen k mio mrd bn "
    "nicht kein keine ohne außer aber etwa ungefähr rund vielleicht sans sauf mais environ sin pero aproximadamente "
    "不 约 但".split()
)
"""In a frame they change what is said, so they are content: negation, hedging, conditions, scale."""

DOUBTS = frozenset(
    "sorry unable cannot can't unsure uncertain guess unclear insufficient impossible estimate approximately roughly".split()
)
"""In an explanation before an answer they make the answer another one."""

COURTESY = re.compile(
    r"(?:sure|of course|certainly|absolutely|gladly|great question|good question|happy to help|glad to help|hello|hi|thanks?"
    r"|thank you|you're welcome|no problem|okay|ok|right|alright|hope (?:this|that) helps|i hope (?:this|that) helps"
    r"|let me know|feel free|please let me know|please feel free|have a (?:nice|great|good)|is there anything else"
    r"|do you need anything else|here (?:is|are)|here's|here you (?:go|are)|let me (?:help|check|work|look|think|calculate)"
    r"|i'd be happy|i'm happy|i am happy|i'll be happy|gerne|natürlich|bien sûr|claro)\b[^\n]{0,160}",
    re.IGNORECASE,
)
"""A whole sentence or line of this kind is politeness."""

REFUSAL = re.compile(
    r"(?:(?:i'm|i am|we're|we are)\s+(?:very\s+|so\s+)?(?:sorry|afraid)\b.{0,40}?|(?:sorry|unfortunately|apologies)\b.{0,40}?)?"
    r"\b(?:i|we)\s*(?:can(?:no|')?t|can not|could not|couldn't|am unable|'m unable|are unable|won't|will not|am not able|"
    r"'m not able|do not have|don't have|must decline)\b"
    r"|as an ai\b",
    re.IGNORECASE | re.DOTALL,
)
"""How a refusal begins."""

OPINION = re.compile(
    r"\b(?:i think|i believe|i feel|i would say|i'd say|in my (?:opinion|view)|personally|it depends|arguably|i(?:'d| would) suggest"
    r"|i(?:'d| would) recommend|hard to say|to me)\b",
    re.IGNORECASE,
)

UNITS: dict[str, str] = {
    spelling: unit
    for unit, spellings in {
        "EUR": "€ eur euro euros",
        "USD": "$ usd us$ dollar dollars",
        "GBP": "£ gbp",
        "JPY": "¥ jpy yen",
        "CHF": "chf francs",
        "INR": "₹ inr rupee rupees",
        "CNY": "cny rmb yuan 元",
        "%": "% percent pct",
        "°C": "°c",
        "°F": "°f",
        "K": "kelvin",
        "mm": "mm millimetre millimetres millimeter millimeters",
        "cm": "cm centimetre centimetres centimeter centimeters",
        "m": "m metre metres meter meters",
        "km": "km kilometre kilometres kilometer kilometers",
        "mi": "mi mile miles",
        "ft": "ft foot feet",
        "in": "inch inches",
        "mg": "mg milligram milligrams",
        "g": "g gram grams",
        "kg": "kg kilogram kilograms kilo kilos",
        "lb": "lb lbs",
        "oz": "oz ounce ounces",
        "t": "tonne tonnes",
        "ml": "ml millilitre millilitres milliliter milliliters",
        "l": "l litre litres liter liters",
        "ms": "ms millisecond milliseconds",
        "s": "s sec secs second seconds",
        "min": "min mins minute minutes",
        "h": "h hr hrs hour hours",
        "d": "day days",
        "wk": "week weeks",
        "mo": "month months",
        "yr": "year years",
        "km/h": "km/h kmh kph",
        "mph": "mph",
        "m/s": "m/s",
        "kB": "kb",
        "MB": "mb",
        "GB": "gb",
        "kWh": "kwh",
        "W": "w watt watts",
        "kW": "kw",
        "V": "v volt volts",
        "Hz": "hz hertz",
    }.items()
    for spelling in spellings.split()
}
"""What a unit may be called, folded, and its sign. Two units are never converted into each other: another unit is content."""

STRONG = CONCLUSIONS | frozenset("total sum amount value solution output here here's correct equals".split())
"""One of them must be among words that only say that an answer comes."""

LINKS = ANSWER_WORDS | COPULAS | frozenset("in at on by with from after before all there per total altogether".split())
"""Small words, of which none names a thing."""
