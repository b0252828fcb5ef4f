"""Words that tell dress from content if answers alone cannot: courtesy, conclusions, caveats, refusals, units.

The lists are short and of general use; what a kind's own replies repeat is found from them (`mining`), in any language.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ANSWER_WORDS = _words(
    # words that say "here comes the answer" and nothing about it
    "a an the so thus therefore hence finally final answer answers result results solution output value total sum "
    "amount correct right this that it its is are was be equals equal gives get makes comes to here here's your my "
    "our of for in and then we i have as follows response reply = → we'd i'd would "
    "die der das antwort lautet ist also ergebnis la le les réponse est donc el respuesta es "
    "答 案 是 结 果 所 以 因 此 为 答えは"
)
"""In a frame they carry no content of their own."""

CONCLUSIONS = _words(
    "so thus therefore hence finally final answer result conclusion altogether antwort also ergebnis réponse donc "
    "respuesta 答 案 所 因"
)
"""A last sentence with one of these closes an explanation."""

COPULAS = _words("is are was were be equals = → ist sind lautet est sont es son 是 为 :")
"""An answer may follow one of these."""

CAVEATS = _words(
    "not no n't cannot can't never without except excluding excludes unless but however although though assuming "
    "assume approximately approx about around roughly nearly almost ~ ≈ ca circa estimated estimate maybe perhaps "
    "possibly probably might may could unsure uncertain least most more less fewer "
    "greater than below above between either under over only if note warning caution "
    "hundred thousand million billion dozen k mio mrd bn "
    "nicht kein keine ohne außer aber etwa ungefähr rund vielleicht sans sauf mais environ sin pero aproximadamente "
    "不 约 但"
)
"""In a frame they change what is said, so they are content: negation, hedging, conditions, scale."""

DOUBTS = _words("sorry unable unsure uncertain guess unclear")
"""In an explanation before an answer they make the answer another one."""

COURTESY = re.compile(
    r"(?:sure|sure thing|of course|certainly|absolutely|gladly|okay|ok|alright|no problem|hello|hi|hi there|hello there"
    r"|thanks|thank you|you're welcome|gerne|natürlich|bien sûr|claro)(?:\s*[,!–—][^\n]{0,160})?"
    r"|(?:(?:that's an? |what an? )?(?:great|good|excellent|interesting) question|happy to help|glad to help"
    r"|(?:i )?hope (?:this|that) helps|(?:please )?let me know|(?:please )?feel free|have a (?:nice|great|good)"
    r"|is there anything else|do you need anything else|here you (?:go|are)"
    r"|let me (?:help|check|work|look|think|calculate)"
    r"|thanks for|thank you for|(?:i'd|i'm|i am|i'll) (?:be )?happy to)\b[^\n]{0,160}",
    re.IGNORECASE,
)
"""A whole sentence or line of this kind is politeness."""

REFUSAL = re.compile(
    r"[^.!?\n]{0,60}?\b(?:i|we)\s*(?:can(?:no|')?t|can not|could not|couldn't|am unable to|'m unable to|are unable to"
    r"|won't|will not|am not able to|'m not able to|must decline to)\s+"
    r"(?:help|assist|answer|do|determine|provide|comply|fulfil|complete|access|tell|say|give|find|offer|process"
    r"|perform)\b"
    r"|[^.!?\n]{0,60}?\b(?:i|we)\s+(?:do not|don't)\s+have\s+(?:enough|sufficient|access)\b"
    r"|as an ai\b",
    re.IGNORECASE,
)
"""How a refusal begins."""

OPINION = re.compile(
    r"\b(?:i think|i believe|i feel|i would say|i'd say|in my (?:opinion|view)|personally|it depends|arguably"
    r"|i(?:'d| would) (?:suggest|recommend)|hard to say|to me)\b",
    re.IGNORECASE,
)

UNITS: dict[str, str] = {
    spelling: unit
    for unit, spellings in {
        "": "°,degree,degrees",
        "EUR": "€,eur,euro,euros",
        "USD": "$,usd,us$,dollar,dollars,us dollars",
        "GBP": "£,gbp,pounds sterling",
        "JPY": "¥,jpy,yen",
        "CHF": "chf,francs",
        "INR": "₹,inr,rupee,rupees",
        "CNY": "cny,rmb,yuan,元",
        "%": "%,percent,per cent,pct",
        "°C": "°c,degrees celsius,degree celsius,celsius",
        "°F": "°f,degrees fahrenheit,degree fahrenheit,fahrenheit",
        "K": "kelvin",
        "mm": "mm,millimetre,millimetres,millimeter,millimeters",
        "cm": "cm,centimetre,centimetres,centimeter,centimeters",
        "m": "m,metre,metres,meter,meters",
        "km": "km,kilometre,kilometres,kilometer,kilometers",
        "mi": "mi,mile,miles",
        "ft": "ft,foot,feet",
        "in": "inch,inches",
        "mg": "mg,milligram,milligrams",
        "g": "g,gram,grams",
        "kg": "kg,kilogram,kilograms,kilo,kilos",
        "lb": "lb,lbs",
        "oz": "oz,ounce,ounces",
        "t": "tonne,tonnes",
        "ml": "ml,millilitre,millilitres,milliliter,milliliters",
        "l": "l,litre,litres,liter,liters",
        "ms": "ms,millisecond,milliseconds",
        "s": "s,sec,secs,second,seconds",
        "min": "min,mins,minute,minutes",
        "h": "h,hr,hrs,hour,hours",
        "d": "day,days",
        "wk": "week,weeks",
        "mo": "month,months",
        "yr": "year,years",
        "km/h": "km/h,kmh,kph",
        "mph": "mph",
        "m/s": "m/s",
        "kB": "kb",
        "MB": "mb",
        "GB": "gb",
        "kWh": "kwh",
        "W": "w,watt,watts",
        "kW": "kw",
        "V": "v,volt,volts",
        "Hz": "hz,hertz",
    }.items()
    for spelling in spellings.split(",")
}
"""What a unit may be called, folded, and its sign. Units are never converted: another one is content."""

CURRENCIES = frozenset({"EUR", "USD", "GBP", "JPY", "CHF", "INR", "CNY"})
"""They alone may stand before the number."""

STRONG = CONCLUSIONS | _words("total sum amount value solution output here here's correct equals")
"""One of them must be among words that only say that an answer comes."""

LINKS = ANSWER_WORDS | COPULAS | _words("in at on by with from all there per total altogether")
"""Small words, of which none names a thing."""

TURNS = _words("before after until till since from between by to vor nach bis seit von avant après depuis antes desde")
"""Just before a time, a date or a label, they make it another one."""

SUMS = {"sum": "total", "amount": "total", "value": "total", "total": "total"}
"""Words that may name the thing that is asked for, or nothing in particular."""
