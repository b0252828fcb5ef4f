# A tool that runs bytecode of its own making answers for the crash.
# expect: error
def attack():
    def victim():
        return 1

    victim.__code__ = victim.__code__.replace(co_code=b"\x64\xff" * 64, co_consts=())
    victim()
    raise ValueError("the bytecode did nothing")
