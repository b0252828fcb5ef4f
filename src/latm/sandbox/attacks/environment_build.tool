# A tool cannot see the machine's name, or where and how its interpreter was built.
# expect: ok
# value: []
import sys
import zoneinfo


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from texts(part)
    elif isinstance(value, dict) and value is not sys.modules:
        yield from texts(list(value.values()))


def attack():
    found = [repr(getattr(module, "_uname_cache", None) or "") for module in sys.modules.values()]
    for module in [*sys.modules.values(), getattr(zoneinfo._tzpath, "sysconfig", sys)]:
        for loader in (getattr(module, "__loader__", None), getattr(getattr(module, "__spec__", None), "loader", None)):
            found += [str(getattr(loader, "path", "")), *texts(vars(module))]
    paths = {text for text in found if text.startswith("/") and ("/python" in text or "-packages" in text)}
    if sys.platform == "wasi":  # one interpreter from a package, with paths of its own that are the same everywhere
        paths = {text for text in paths if not text.startswith("/usr/local/lib/python312.zip")}
    return sorted(text[:80] for text in paths | {text for text in found if text.startswith("uname_result(")})
