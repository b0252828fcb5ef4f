"""Customer tone: which of two messages sounds angrier, by an editor's label.

The labels stand in the lists below and nowhere in the text. Angry messages stay polite in their words or hide behind
irony; calm ones speak freely of fury, disasters and complaints that are somebody else's, past or meant in fun.
"""

import random

from latm import Instance

NAME = "customer_tone"
PRODUCTS = ("kettle", "blender", "tent", "printer", "backpack", "heater", "keyboard", "stroller", "bicycle", "mattress")
PLACES = ("Leeds", "Utrecht", "Porto", "Graz", "Aarhus", "Lyon", "Cork", "Turku", "Brno", "Ghent")

ANGRY = (
    "I have now explained the fault of the {product} to the {n}th colleague of yours. Shall I simply have it printed?",
    "How kind of you to call the {product} a gift to my patience. I look forward to week {n} of waiting.",
    "Do not send me another voucher. Send me the {product} that I paid for {n} weeks ago, or send me my money.",
    "Your apology of {n} lines has arrived in {place}. The {product} has not. I leave it to you which one I ordered.",
    "After {n} calls I know your waiting music by heart. I have yet to meet a person who knows what a {product} is.",
    "Please pass this on to whoever decides: I will tell all of {place} how you treated me over a {product}.",
    "So the {product} is on its way again. It has been on its way for {n} weeks. Perhaps it is walking.",
    "I am done writing. My next letter about the {product} goes to a lawyer in {place}, and it will not be the last.",
    "You closed my case about the {product} as solved. I would love to know for whom, after {n} days without a word.",
    "If this is what you call service, I would hate to be there on a bad day. The {product} can go back to {place}.",
    "Congratulations. In {n} days you have turned a loyal buyer of a {product} into one who warns the neighbours.",
    "The {product} failed on day {n}. Your answer was a link to the page where I bought it. Read that again, slowly.",
    "I was told to be patient with the {product}. I was patient {n} times. That part of our relationship is over.",
    "Whoever packed this {product} in {place} has plainly never had to pay for one. I want it back, all of it.",
    "You charged me twice for one {product} and then thanked me for my trust. Which of the two was the joke?",
    "No, I will not rate the conversation about my {product}. You would not like the {n} words I have for it.",
    "Let me get this straight: the {product} is broken, {n} people agree, and nobody thinks it is their job to act.",
    "My mother waited in {place} for {n} hours for a {product} that your driver never loaded. Explain that to her.",
    "I can only admire how you made {n} promises about one {product} and kept none of them.",
    "Take the {product} back, keep the receipt as a souvenir, and never write to me about special offers again.",
    "A form. You sent me a form. After {n} weeks, a burnt cable on the {product}, and a child in the room, a form.",
    "I used to recommend your shop in {place}. I have spent {n} days taking that back, one friend at a time.",
    "The manual says the {product} is easy to use. It does not say that one must beg for a plug for {n} days.",
    "Is there anybody at your company who reads? I wrote {n} times that the {product} leaks. You ask what is wrong.",
    "You had one task, a {product} to {place}, and a whole month. I have never paid so much for so little shame.",
    "Thank you for nothing, which is precisely what was in the box that should have held my {product} from {place}.",
    "I paid extra for the fast delivery of the {product}. Day {n}. Remind me what the slow one looks like.",
    "Funny that your bank found my money in {n} seconds, while your warehouse cannot find a {product} in {n} days.",
)
CALM = (
    "My toddler was furious when the {product} came without a box to play in, but we found him one from {place}.",
    "The {product} has a scratch. It is no disaster; if you have a spare part in {place}, I would be glad of it.",
    "I hate to be a bother, but does the {product} also come in green? No hurry, {n} weeks is fine.",
    "Last year I was angry about the late delivery. This time the {product} was here in {n} days, so thank you.",
    "What a terrible shame that the {product} goes out of stock. We have loved ours for {n} years!",
    "The storm in {place} was horrible, so tell the driver of the {product} that {n} days of delay are fine.",
    "My complaint of last week is settled: the {product} was behind my own door. I am sorry for the {n} messages!",
    "Where do I find the serial number of the {product}? I have looked in {n} places and feel a little silly by now.",
    "We fight over the {product} every evening, that is how much the family likes it. May I order {n} more?",
    "Is it normal that the {product} hums for {n} seconds? If so, all is well; I would just like to be sure.",
    "The wrong {product} came, a bigger one. My husband refuses to give it back, so just send us the bill for it.",
    "I shouted when I opened the parcel from {place}, for joy. The {product} is just what I had hoped for.",
    "You may cancel the {product}, we are moving to {place}. Nobody did anything wrong, and the chat was very kind.",
    "My boss will kill me if the {product} is late, he says, and laughs. Honestly, any day in the next {n} is good.",
    "The {product} stopped after {n} days, and I think that I dropped it. Is a repair possible? I gladly pay for it.",
    "Never again will I buy another brand! After {n} years the {product} runs as on the first day.",
    "Could you send the receipt for the {product} once more? The dog from next door in {place} has eaten mine.",
    "I demand nothing, I only wonder: would a {product} of {n} kilos fit on a shelf made of pine?",
    "Your rival lost my order and was rude about it. You sent a {product} within {n} days. What a difference.",
    "It is a pity about the dent in the {product}, but the colleague in {place} has already found a good solution.",
    "The outrage in the reviews surprised me. I have used the {product} for {n} weeks and can only praise it.",
    "Please change my address to {place}. The {product} can wait until I am there, in {n} days or so.",
    "The manual of the {product} drove me mad for {n} minutes, then I saw that I held it upside down. Lovely thing!",
    "I am writing again about the {product} only because I forgot to say thanks. The {n} screws have arrived.",
    "This is unacceptable, says my cat about the {product}, since it is not hers. We humans in {place} are pleased.",
    "One wheel of the {product} squeaks. Is there an oil that you would suggest? The shop in {place} had none.",
    "Before I send the {product} back: would it be possible to swap it for size {n}? Otherwise I keep it, it is nice.",
    "What a nightmare of a week, and then your parcel came {n} days early. The {product} has saved the party.",
)


def generate(rng: random.Random) -> Instance:
    """Draw one angry and one calm message about the same product, in either order."""
    slots = {"product": rng.choice(PRODUCTS), "place": rng.choice(PLACES), "n": rng.randint(4, 19)}
    angry, calm = rng.choice(ANGRY).format(**slots), rng.choice(CALM).format(**slots)
    angry_first = rng.random() < 0.5  # noqa: PLR2004  # a fair coin
    one, other = (angry, calm) if angry_first else (calm, angry)
    question = (
        "Which of these two messages from customers sounds angrier? Answer with the letter only, A or B.\n"
        f"A: {one}\nB: {other}"
    )
    return Instance(question, answer="A" if angry_first else "B", task=NAME)
