# A tool cannot import an unlisted part of a listed package.
# expect: denied
def attack():
    from urllib import request

    return str(request)
