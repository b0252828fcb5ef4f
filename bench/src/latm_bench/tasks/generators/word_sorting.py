"""Word sorting: a list of lower-case words, to be put into alphabetical order."""

import random

from latm import Instance

NAME = "word_sorting"
REVERSED_NAME = "word_sorting_reversed"
SIZES = (2, 18)
WORDS = tuple(
    """
    acorn adapt admiral aerial afloat agenda alcove almond amber anchor anvil apricot archive arrow ash atlas attic
    axle badge bagel bakery balcony bamboo banner barley basin basket bazaar beacon beaver bell bench berry bicycle
    billow birch biscuit blanket blossom board bobbin bonfire border bottle boulder bracket branch brass bridge bristle
    broom bucket bugle bundle burrow butter cabin cable cactus camel candle canoe canvas canyon caravan cargo carpet
    carrot castle cavern cedar cellar chalk chapel charm cherry chimney cider cinder circle citrus clarinet clay cliff
    cloak clover cobble coil comet compass copper coral cork cosmic cotton cradle crater crayon cricket crimson crystal
    cupboard curtain cushion dagger daisy dapple dawn delta desert dew dial diver dock dolphin donkey drizzle drum dune
    dusk eagle earth echo eel elbow ember engine errand evening fable falcon feather fence fern ferry fiddle finch flag
    flannel flask fleece flint flute fog forest fossil fountain frost furrow galaxy gallop garden garlic gate gentle
    geyser ginger glacier glade goblet gooseberry gorge granite grape gravel grove gull hamlet hammer hammock harbour
    harp harvest hazel hearth hedge helmet herald hinge hollow honey hoop horizon hornet hull icicle igloo indigo inlet
    iris iron island ivory ivy jacket jasmine jelly jersey jigsaw jolly juggle jungle juniper kayak kennel kernel kettle
    kiln kiosk kitten knot label ladder lagoon lake lantern larch lark lattice laurel lava lawn ledge lemon lentil lever
    lichen lilac linen lizard locket loft lumber lunar lyric magnet mallet mango mantle maple marble marsh meadow mellow
    melon meteor mill mint mirror mitten moat molten monsoon mosaic moss moth mural mustard nectar needle nest nettle
    nickel noodle notch nutmeg oak oasis oat olive onion opal orbit orchard otter oven oyster paddle palette parcel
    pasture pebble pelican pepper pewter pigeon pillow pine pipe pistachio plank plaza plum pocket pollen pond poplar
    poppy porcelain prairie prism puddle pulley pumpkin quarry quartz quill quilt rabbit radish raft rain ramp raven
    reed reef ribbon ridge ripple river robin rocket rope rudder russet rust saddle saffron sail salmon sandal sapling
    satin saucer scarf scout shadow shale shell shingle silver sketch sleet slope smelt snail sorrel spade spark spindle
    spire spruce squash stable starling stone stove straw stream summit sundial swallow sycamore syrup tapestry tartan
    tassel teapot temple thatch thicket thimble thistle thorn thunder tide timber tinder toffee topaz torch trellis
    trout tulip tundra tunnel turnip turret twig umber urchin valley vanilla vapour velvet vessel viaduct vine violet
    vista voyage waffle wagon walnut walrus wharf wheat whisper wicker willow window winter wood wool wreath yacht yarn
    yeast yellow yolk zebra zenith zinc zipper
    """.split()  # noqa: SIM905  # a list of words is easiest to read as words
)


def generate(rng: random.Random) -> Instance:
    """Draw different words, so that their order has no ties."""
    words = _draw(rng)
    return Instance(_question("alphabetical order", words), answer=" ".join(sorted(words)), task=NAME)


def generate_reversed(rng: random.Random) -> Instance:
    """The same words under nearly the same instruction, which now means something else."""
    words = _draw(rng)
    answer = " ".join(sorted(words, reverse=True))
    return Instance(_question("reverse alphabetical order", words), answer=answer, task=REVERSED_NAME)


def _draw(rng: random.Random) -> list[str]:
    return rng.sample(WORDS, rng.randint(*SIZES))


def _question(order: str, words: list[str]) -> str:
    instruction = f"Sort these words in {order}. Answer with the words only, separated by single spaces."
    return f"{instruction}\nWords: {' '.join(words)}"
