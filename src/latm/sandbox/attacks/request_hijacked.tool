# A tool that takes its worker over answers only for itself.
# expect: ok
# value: "mine"
# with: reply


def attack():
    send(exchange(), reply(b"t", "mine"))
    while True:
        length, number = struct.unpack("<IQ", os.read(3, 12))
        os.read(3, length)
        send(number, reply(b"t", "hijacked"))


def after():
    return True
