# A tool cannot import subprocess.
# expect: denied
import subprocess


def attack():
    return subprocess.run(["id"], capture_output=True).stdout
