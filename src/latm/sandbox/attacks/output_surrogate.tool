# A text with half of a surrogate pair is the tool's error.
# expect: error
def attack():
    return "\ud800"
