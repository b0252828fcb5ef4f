# A tool cannot see how its process was started, or where anything lies.
# expect: ok
# value: []
import sys


def attack():
    found = [sys.executable, sys.prefix, sys.exec_prefix, sys.base_prefix, *sys.path, *sys.argv, *sys.orig_argv]
    for module in list(sys.modules.values()):
        found += [str(getattr(module, "__file__", "") or ""), str(getattr(module, "__cached__", "") or "")]
        found += map(str, getattr(module, "__path__", ()))
    return sorted({text for text in found if "/" in text})[:5]
