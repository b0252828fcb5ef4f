# What a tool has the interpreter itself go on doing, without a hook, does not reach the next call.
# expect: ok error time
# value: "done"
import sys

ctypes = sys.modules["ctypes"]
SOURCE = ctypes.create_string_buffer(b"import sys; sys.modules['latm_tool'].again()")
RUN = ctypes.cast(ctypes.pythonapi.PyRun_SimpleString, ctypes.c_void_p)


def again():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "_stay_awake":
            while True:
                pass
        frame = frame.f_back
    ctypes.pythonapi.Py_AddPendingCall(RUN, SOURCE)


def attack():
    ctypes.pythonapi.Py_AddPendingCall(RUN, SOURCE)
    return "done"


def after():
    return True
