import ast
import base64
import binascii
import colorsys
import csv
import difflib
import html
import io
import ipaddress
import json
import keyword
import pprint
import re
import shlex
import string
import textwrap
import unicodedata
import zlib
from urllib.parse import parse_qs, quote, urlsplit


def sort_words(question):
    found = re.fullmatch(r"Sort the following words alphabetically: List: (.+)", question)
    return None if found is None else " ".join(sorted(found[1].split()))


def invoice(text):
    pattern = re.compile(r"(?P<item>\w[\w ]*?)\s+x(?P<count>\d+)\s+@\s+\$(?P<price>\d+\.\d\d)", re.MULTILINE)
    return [found.groupdict() for found in pattern.finditer(text)], pattern.sub(r"\g<count> \g<item>", text)


def lookaround(text):
    return re.findall(r"(?<=\$)\d+(?!\d)", text), re.split(r"[;,]\s*", text), re.sub(r"(\w)\1", lambda m: m[1].upper(), text)


def unicode_names(text):
    return [[unicodedata.name(c, "?"), unicodedata.category(c), unicodedata.normalize("NFD", c)] for c in text], "\N{SNOWMAN}"


def cases(text):
    return text.casefold(), text.title(), text.swapcase(), text.encode("utf-8"), text.encode("utf-16-le"), text[::-1]


def codecs(text):
    return [text.encode(name, "replace") for name in ("latin-1", "cp1252", "ascii", "utf-32", "idna", "utf-7", "rot13")[:5]]


def lone(text):
    return text + "\ud800", len(text)


def formats(name, number):
    return f"{name!r:>12}|{number:+09.3f}|{number:e}|{number:%}", "{:<8}|{:^8}".format(name, number), "%-6s|%05d" % (name, number)


def template(text):
    return string.Template(text).safe_substitute(who="Ann", what=3), string.capwords("a b  c"), string.ascii_letters


def wrapped(text):
    return textwrap.wrap(text, 12), textwrap.dedent("  a\n    b"), textwrap.shorten(text, 20), textwrap.indent("a\nb", "> ")


def read_csv(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows([list(row.values()) for row in rows])
    return rows, out.getvalue()


def read_json(text):
    return json.loads(text), json.dumps(json.loads(text), indent=2, sort_keys=True), json.dumps("ä\u2028")


def bad_json(text):
    return json.loads(text)


def alike(a, b):
    return difflib.SequenceMatcher(None, a, b).ratio(), difflib.get_close_matches(a, [b, "appel"]), list(difflib.ndiff([a], [b]))


def markup(text):
    return html.unescape(text), html.escape("<a & 'b'>")


def encoded(text):
    data = text.encode("latin-1")
    return base64.b64encode(data), base64.b32encode(data), binascii.crc32(data), zlib.decompress(zlib.compress(data)), data.hex(" ")


def address(text):
    network = ipaddress.ip_network(text)
    return str(network.broadcast_address), network.num_addresses, [str(host) for host in network.hosts()][:2]


def link(text):
    parts = urlsplit(text)
    return parts.hostname, parts.port, parse_qs(parts.query), quote("a b/ä")


def expression(text):
    tree = ast.parse(text, mode="eval")
    return ast.dump(tree), ast.literal_eval("[1, (2, 'x')]"), ast.unparse(tree)


def shown(value):
    value = {**value, "b": ("x", {"y"})}
    return pprint.pformat(value, width=20), repr(value), shlex.split("a 'b c' d"), keyword.iskeyword("match")


def translate(text):
    return text.translate(str.maketrans("abc", "xyz", "d")), text.partition("b"), text.expandtabs(4), text.splitlines(keepends=True)


def colour(text):
    return colorsys.rgb_to_hsv(*(int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)))


CASES = {
    "sort_words": [("Sort the following words alphabetically: List: syndrome therefrom",), ("Sort these",)],
    "invoice": [("pens x3 @ $1.50\nred paper x10 @ $0.99",)],
    "lookaround": [("$15, $7;aab",)],
    "unicode_names": [("é☃Ω",)],
    "cases": [("Straße ÄÖ",)],
    "codecs": [("naïve €",)],
    "lone": [("a",)],
    "formats": [("x", 3), ("é", -2)],
    "template": [("$who has $what of $that",)],
    "wrapped": [("the quick brown fox jumps over",)],
    "read_csv": [('a,b\n1,"x,y"\n2,"q""r"\n',)],
    "read_json": [('{"b": [1, 2.5, null, true], "a": "\\u00e4"}',)],
    "bad_json": [("{]",)],
    "alike": [("apple", "applesauce")],
    "markup": [("&lt;b&gt; &eacute; &#8364;",)],
    "encoded": [("\x00\xffdata",)],
    "address": [("192.168.0.0/29",), ("2001:db8::/126",)],
    "link": [("https://example.org:8080/a?x=1&x=2#f",)],
    "expression": [("a + f(b, *c) if d else [e for e in g]",)],
    "shown": [({"a": [1, 2, 3]},)],
    "translate": [("abcd\tb\nz",)],
    "colour": [("ff8000",)],
}
