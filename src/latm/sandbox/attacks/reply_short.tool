# A reply that ends within its columns is refused.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"t", "xyz")[:9])
    while True:
        pass
