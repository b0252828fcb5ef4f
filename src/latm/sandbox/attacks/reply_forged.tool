# A tool that forges a reply to its own request answers only for itself.
# expect: ok error
# with: reply


def attack():
    send(exchange(), reply(b"t", "forged"))
    return "true"


def after():
    return True
