# A tool cannot remove, rename, link or make anything on disk.
# expect: ok
# value: []
import sys

os = sys.modules["os"]


def attack():
    attempts = {
        "unlink": lambda: os.unlink("/etc/passwd"),
        "rename": lambda: os.rename("/etc/passwd", "/etc/x"),
        "symlink": lambda: os.symlink("/etc/passwd", "/tmp/latm-breach"),
        "link": lambda: os.link("/etc/passwd", "/tmp/latm-breach"),
        "mkdir": lambda: os.mkdir("/tmp/latm-breach"),
        "chmod": lambda: os.chmod("/tmp", 0o777),
        "chdir": lambda: os.chdir("/"),
        "chroot": lambda: os.chroot("/"),
        "truncate": lambda: os.truncate("/etc/passwd", 0),
        "mkfifo": lambda: os.mkfifo("/tmp/latm-breach"),
    }
    found = []
    for name, attempt in attempts.items():
        try:
            attempt()
            found.append(name)
        except PermissionError:
            pass
    return found
