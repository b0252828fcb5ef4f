# An exception that a tool has raised in its worker's own code ends only its worker.
# expect: ok error
import sys

ctypes = sys.modules.get("ctypes")


def attack():
    thread = ctypes.c_ulong(sys.modules["_thread"].get_ident())
    for _ in range(3):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(SystemExit))
    return "raised"


def after():
    return True
