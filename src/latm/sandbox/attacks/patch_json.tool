# A tool that patches json changes nothing for the next call.
# expect: ok error
import json


def attack():
    json.JSONEncoder.encode = lambda *_: '"patched"'
    json.dumps = lambda *_: '"patched"'
    return ["true"]


def after():
    return json.dumps([1]) == "[1]"
