"""Who lives through it: agents that bid, pay, write and ask, and differ in when they act."""

from typing import Final

_BID: Final = """
BUNDLE = {"cpu_seconds": 0.5, "memory_mb": 48, "duration_seconds": SECONDS}

def bid(me):
    me.bid(BUNDLE, 60)

def pay(me, number=0):
    # One payment and one message each, however often they were asked for.
    mine = [card["id"] for card in me.directory()]
    to = mine[(mine.index(me.id) + 1) % len(mine)]
    what = f"{me.execution_id} {number}"
    me.transfer(to, 1, what)
    me.message(to, what)
"""

_TEXTS: Final = {
    # Acts at once, sleeps, and acts again: what is lost of it meanwhile is dead-lettered and
    # refunded, and may do nothing more.
    "early": """
def live(me):
    bid(me)
    pay(me, 0)
    time.sleep(2)
    pay(me, 1)
""",
    # Sleeps, then acts: what is lost of it meanwhile is tried again.
    "late": """
def live(me):
    time.sleep(1)
    bid(me)
    pay(me)
""",
    # Pays many times in one window.
    "busy": """
def live(me):
    bid(me)
    for number in range(5):
        pay(me, number)
        time.sleep(0.2)
""",
    # Asks people, where it has their attention.
    "asking": """
def bid(me):
    seen = {**BUNDLE, "duration_seconds": 1, "attention_share": 1}
    me.bid(seen, 200, fallback=(BUNDLE, 60))

def live(me):
    bid(me)
    if me.attention:
        me.ask(f"What do you think of {me.execution_id}?", 1)
""",
}

KINDS: Final = {
    "early1": "early",
    "early2": "early",
    "late1": "late",
    "late2": "late",
    "busy": "busy",
    "asking": "asking",
}

PAYMENTS: Final = {"early": 2, "late": 1, "busy": 5, "asking": 0}
"""How many payments, and messages, a window makes that is lived to its end."""


def programs(window_seconds: int) -> dict[str, str]:
    """The files of each agent, by its name."""
    head = "import time\nfrom syntropism_sdk import run\n"
    shared = _BID.replace("SECONDS", str(window_seconds))
    return {name: f"{head}{shared}{_TEXTS[kind]}\nrun(live)\n" for name, kind in KINDS.items()}
