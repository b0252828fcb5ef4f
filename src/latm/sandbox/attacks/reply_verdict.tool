# A tool cannot pass its failure off as the machine's.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"i", "the machine did it"))
    return "true"
