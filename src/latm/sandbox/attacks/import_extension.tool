# A tool cannot load an extension module.
# expect: error denied
import sys


def attack():
    machinery = sys.modules["_frozen_importlib_external"]
    loader = machinery.ExtensionFileLoader("_sqlite3", "/usr/lib/python3/lib-dynload/_sqlite3.so")
    spec = sys.modules["_frozen_importlib"].ModuleSpec("_sqlite3", loader, origin="x")
    return str(loader.create_module(spec))
