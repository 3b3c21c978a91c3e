"""Texts to show a human, made from a handful of facts and the dice of the window.

Every form takes its dice first, so that the same window writes the same text.
"""

from collections.abc import Sequence
from random import Random

FACTS: dict[str, tuple[tuple[str, str], ...]] = {
    "tides": (
        ("The sea rises twice in about 24 hours and 50 minutes", "the moon has moved on meanwhile"),
        ("Spring tides come with a new or full moon", "sun and moon then pull along one line"),
        ("The Bay of Fundy swings by up to 16 metres", "its length is in resonance with the tide"),
    ),
    "bread": (
        ("Dough rises faster in a warm room", "yeast doubles its pace every 10 degrees or so"),
        ("A long, cool rise tastes better", "acids and aromas need hours that yeast does not"),
        ("Salt slows the yeast and tightens the crumb", "2 grams for 100 of flour are enough"),
    ),
    "bees": (
        ("A worker makes a twelfth of a teaspoon of honey", "her summer lasts only six weeks"),
        ("The waggle dance points to the flowers", "its angle to the vertical is that to the sun"),
        ("A winter cluster keeps its middle near 35 degrees", "bees shiver without moving wings"),
    ),
    "bridges": (
        ("An arch stands because it cannot fall", "every stone presses its neighbour closer"),
        ("Steel bridges carry rollers at one end", "100 metres grow by some 5 centimetres in July"),
        ("Soldiers break step on a bridge", "a rhythm can feed a sway until it tears"),
    ),
    "maps": (
        ("No flat map keeps both shape and size", "a sphere has curvature and paper has none"),
        ("Mercator draws Greenland as large as Africa", "Africa is in truth 14 times larger"),
        ("Mapmakers hide invented streets", "a copy then betrays itself by copying them"),
    ),
    "sleep": (
        ("Deep sleep comes early in the night", "pressure to sleep is highest after a long day"),
        ("Coffee at four is half there at ten", "caffeine has a half-life of about 5 to 6 hours"),
        ("Dolphins sleep with one half of the brain", "the other half must remember to breathe"),
    ),
    "salt": (
        ("Salted roads freeze later", "ions get in the way of the crystal of ice"),
        (
            "The Dead Sea holds nearly ten times the salt of the ocean",
            "water leaves it as air only",
        ),
        ("Roman soldiers were paid for salt", "the word salary still remembers it"),
    ),
    "clocks": (
        ("A pendulum four times as long swings half as fast", "its period goes with a square root"),
        ("Clocks on mountains run ahead", "time passes faster where gravity is weaker"),
        ("Railways gave us standard time", "every town had kept its own noon before"),
    ),
    "rivers": (
        ("A river bends ever more", "water runs faster outside the bend and takes the bank along"),
        ("Deltas sink when rivers are dammed", "the mud that fed them stays behind the wall"),
        ("Salmon find their brook by its smell", "they learned it in their first weeks"),
    ),
    "glass": (
        ("Old windows are thicker below by chance", "glaziers set the heavier edge there"),
        ("Tempered glass breaks into crumbs", "its skin is squeezed and its heart is stretched"),
        ("Sand melts at 1700 degrees, with soda at 1000", "soda breaks the chains of silica"),
    ),
    "seeds": (
        ("Some seeds wait for fire", "smoke tells them that the shade is gone"),
        ("A date palm grew from a seed 2000 years old", "the cave of Masada had kept it dry"),
        ("Seed banks lie in the cold", "each 5 degrees less doubles the years that a seed lasts"),
    ),
    "queues": (
        ("One queue for all tills is fairer", "no single slow customer holds up one line alone"),
        ("At 90 percent load waiting is tenfold", "waiting grows with 1 / (1 - load)"),
        ("An empty minute can never be stored", "a slot that nobody buys is lost for good"),
    ),
    "auctions": (
        (
            "Paying the second price makes honesty the best plan",
            "your bid no longer sets your price",
        ),
        ("The winner often regrets", "whoever overrates a thing most is the one who gets it"),
        ("Reserve prices cost sales and still pay", "the rare high bidder pays more than is lost"),
    ),
    "birds": (
        ("Geese fly in a V", "each rides the rising air behind the wing before it"),
        ("A godwit crossed from Alaska to Tasmania in 11 days", "it slept on the wing, if at all"),
        ("Crows remember a face for years", "they teach it to those who never saw it"),
    ),
}

_OPENINGS = (
    "Here is something about {topic} that one can use tomorrow.",
    "Few people look twice at {topic}; it repays a second look.",
    "What do {topic} teach us? More than it seems.",
    "Three minutes on {topic}, with the reasons and not only the claims.",
    "I have been collecting observations about {topic}.",
)
_LINKS = (
    "The reason: ",
    "This is because ",
    "Why? Because ",
    "That is so since ",
    "It follows from this: ",
)
_LESSONS = (
    "Look for the one cause behind both effects before you trust either.",
    "The pattern is old, but the next case of it is always yours to spot.",
    "Measure it once yourself; the number stays with you longer than the sentence.",
    "Where a thing looks fixed, ask how slowly it moves.",
)
_QUESTIONS = (
    "Where have you met this yourself?",
    "Which of these surprised you most?",
    "What would you like to know next about {topic}?",
    "Would you have guessed the second one?",
)
_IMAGES = ("lantern", "harbour", "garden", "whistle", "staircase", "comet", "kettle", "feather")
_VERBS = ("hums", "waits", "folds", "glitters", "unlocks", "drifts", "answers", "burns")
_TIMES = ("at dusk", "before rain", "in an empty street", "on the last day", "under snow")


_SYLLABLES = ("ba", "de", "fi", "go", "ka", "lu", "mi", "no", "ra", "sel", "ti", "vo")


def name(dice: Random) -> str:
    """A name for a child; the same one may come twice."""
    return "".join(dice.choice(_SYLLABLES) for _ in range(3))


def topics() -> list[str]:
    """Everything there are facts about."""
    return sorted(FACTS)


def essay(dice: Random, topic: str, facts: int = 3, note: str = "") -> str:
    """A structured text: opening, numbered facts with their reasons, a lesson, a question."""
    chosen = dice.sample(FACTS[topic], min(facts, len(FACTS[topic])))
    lines = [
        f"{number}. {claim}. {dice.choice(_LINKS)}{reason}."
        for number, (claim, reason) in enumerate(chosen, 1)
    ]
    parts = [
        f"# On {topic}",
        dice.choice(_OPENINGS).format(topic=topic),
        "\n".join(lines),
        dice.choice(_LESSONS),
        note,
        dice.choice(_QUESTIONS).format(topic=topic),
    ]
    return "\n\n".join(part for part in parts if part)


def riddle(dice: Random, topic: str) -> str:
    """A show: a teaser, one fact, a flourish and a question; lively and of little use."""
    claim, reason = dice.choice(FACTS[topic])
    image, other = dice.sample(_IMAGES, 2)
    return (
        f"Ladies and gentlemen! Behind this curtain: {topic}.\n\n"
        f"Imagine a {image} that {dice.choice(_VERBS)} {dice.choice(_TIMES)}. "
        f"Now hear this: {claim[0].lower()}{claim[1:]}! And the secret? {reason.capitalize()}.\n\n"
        f"Shall the {other} open next, or the {image} again?"
    )


def poem(dice: Random, topic: str) -> str:
    """Eight short lines around one topic."""
    lines = [
        f"A {image} {verb} {dice.choice(_TIMES)},"
        for image, verb in zip(dice.sample(_IMAGES, 6), dice.sample(_VERBS, 6), strict=True)
    ]
    claim, _ = dice.choice(FACTS[topic])
    return "\n".join([f"Of {topic}", "", *lines, f"and {claim[0].lower()}{claim[1:]}.", "Do you?"])


def remark(dice: Random, topic: str) -> str:
    """One plain sentence or two: cheap to write, quickly read."""
    claim, reason = dice.choice(FACTS[topic])
    return f"About {topic}: {claim[0].lower()}{claim[1:]}, for {reason}."


def boast(dice: Random, words: Sequence[str] = ("amazing", "great", "best", "wow")) -> str:
    """Much noise about nothing."""
    return " ".join(dice.choice(words) for _ in range(40)) + "! Give me ten points!"
