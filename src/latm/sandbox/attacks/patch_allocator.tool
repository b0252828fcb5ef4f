# A tool that has every allocation fail, once its own code has ended, harms only its worker.
# expect: ok error memory
import sys

ctypes = sys.modules.get("ctypes")


def attack():
    names = ("context", "new", "zeroed", "again", "free")
    fields = {"_fields_": [(name, ctypes.c_void_p) for name in names]}
    api, was = ctypes.pythonapi, type("Allocator", (ctypes.Structure,), fields)()
    api.PyMem_GetAllocator(2, ctypes.byref(was))
    nothing = ctypes.cast(api.PyErr_Occurred, ctypes.c_void_p)
    was.new = was.zeroed = nothing
    api.PyMem_SetAllocator(2, ctypes.byref(was))
    return "set"


def after():
    return [str(number) for number in range(1000)][-1] == "999"
