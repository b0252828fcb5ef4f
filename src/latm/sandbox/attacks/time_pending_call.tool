# What a tool has the interpreter itself go on doing, without a hook, does not reach the next call.
# expect: ok error time
# value: "done"
import sys

ctypes = sys.modules.get("ctypes")
SOURCE = b"import sys; sys.modules['latm_tool'].again()"


def again():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "_stay_awake":
            while True:
                pass
        frame = frame.f_back
    attack()


def attack():
    run = ctypes.cast(ctypes.pythonapi.PyRun_SimpleString, ctypes.c_void_p)
    ctypes.pythonapi.Py_AddPendingCall(run, SOURCE)
    return "done"


def after():
    return True
