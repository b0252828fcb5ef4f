# A tool cannot ask for its user, its parent or its machine.
# expect: ok
# value: []
import sys

os = sys.modules["os"]


def attack():
    found = []
    for name in ("getuid", "getppid", "uname", "getlogin", "getcwd", "getgroups", "getpgrp"):
        try:
            found.append([name, str(getattr(os, name)())])
        except OSError:
            pass
    return [fact for fact in found if fact[1] != "-1"]
