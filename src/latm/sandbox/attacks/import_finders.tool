# A tool that puts the finders back cannot read a module.
# expect: error denied
import sys


def attack():
    machinery = sys.modules["_frozen_importlib_external"]
    sys.meta_path.append(machinery.PathFinder)
    sys.path_hooks.append(machinery.FileFinder.path_hook((machinery.SourceFileLoader, [".py"])))
    sys.path.append("/usr/lib/python3")
    return str(sys.modules["builtins"].__import__("antigravity"))
