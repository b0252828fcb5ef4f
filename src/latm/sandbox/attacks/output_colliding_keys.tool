# Keys whose probe sequences collide are texts when they leave the jail.
# expect: ok output error time
def attack():
    return {(1 << 61) * number + number: 0 for number in range(2_000)}
