# A tool cannot write a file.
# expect: denied
def attack():
    with open("/tmp/latm-breach", "w") as file:
        file.write("breach")
    return "written"
