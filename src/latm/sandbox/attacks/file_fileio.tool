# A tool cannot read a file through io.FileIO.
# expect: denied
import io


def attack():
    return io.FileIO("/etc/hostname").read()
