# A tool cannot lift its limits or its filter.
# expect: ok
# value: []
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    resource = sys.modules["resource"]
    found = [libc.prctl(22, 0, 0, 0, 0), libc.prctl(4, 1, 0, 0, 0), libc.prctl(1, 0, 0, 0, 0), libc.unshare(0)]
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
        try:
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            found.append(limit)
        except (OSError, ValueError):
            pass
    return [number for number in found if number != -1]
