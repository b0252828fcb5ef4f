# A tool cannot leave a file in shared memory.
# expect: denied
def attack():
    with open("/dev/shm/latm-breach", "w") as file:
        file.write("breach")
    return "written"
