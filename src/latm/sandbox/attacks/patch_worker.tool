# A tool that patches its worker's functions changes nothing for the next call.
# expect: ok error
import sys


def attack():
    wire = sys.modules["latm.sandbox.wire"]
    program = sys.modules["latm.sandbox.program"]
    worker = sys.modules["latm.sandbox.worker"]
    wire.decode = worker.decode = lambda _: ["attack", [[]]]
    program.encode_value = lambda *_: '"patched"'
    program.Program.call = lambda *_: '"patched"'
    return "tried"


def after():
    return True
