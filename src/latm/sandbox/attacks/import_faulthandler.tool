# The fault handler, made of a built-in module, starts no thread and writes nothing that passes for a reply.
# expect: error denied
import sys

machinery = sys.modules["_frozen_importlib"]


def attack():
    spec = machinery.ModuleSpec("faulthandler", machinery.BuiltinImporter)
    handler = sys.modules["_imp"].create_builtin(spec)
    sys.modules["_imp"].exec_builtin(handler)
    try:
        handler.dump_traceback_later(0.01, repeat=True, file=4)
    finally:
        handler.dump_traceback(4)
