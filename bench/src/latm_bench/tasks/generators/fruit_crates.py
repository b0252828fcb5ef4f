"""Fruit in crates, asked in Chinese: how many pieces are left."""

import random

from latm import Instance

NAME = "fruit_crates"
FRUIT = ("苹果", "梨", "桃子", "橙子", "柠檬", "芒果")
PLACES = ("仓库", "商店", "学校", "饭店", "市场")


def generate(rng: random.Random) -> Instance:
    """Draw crates, of which some pieces are sold."""
    crates, each = rng.randint(3, 60), rng.randint(8, 90)
    sold = rng.randint(1, crates * each - 1)
    place, fruit = rng.choice(PLACES), rng.choice(FRUIT)
    question = f"{place}里有{crates}箱{fruit}，每箱{each}个，卖出{sold}个以后还剩多少个{fruit}？请只回答数字。"
    return Instance(question, answer=str(crates * each - sold), task=NAME)
