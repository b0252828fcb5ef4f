# A tool cannot import socket, and is told so by name.
# expect: denied
def attack():
    import socket

    return socket.gethostname()
