"""Who lives through it: agents that bid, pay and ask, and differ in when they act."""

from typing import Final

_BID: Final = """
BUNDLE = {"cpu_seconds": 0.5, "memory_mb": 48, "duration_seconds": SECONDS}

def bid(me):
    me.bid(BUNDLE, 60)

def pay(me, number=0):
    others = [card["id"] for card in me.directory() if card["id"] != me.id]
    memo = f"{me.execution_id} {number}"  # one payment each, however often it was asked for
    me.transfer(others[me.cycle % len(others)], 1, memo)
"""

_TEXTS: Final = {
    # Acts at once, then sleeps: what is lost of it later is dead-lettered and refunded.
    "early": """
def live(me):
    bid(me)
    pay(me)
    time.sleep(2)
""",
    # Sleeps, then acts: what is lost of it meanwhile is tried again.
    "late": """
def live(me):
    time.sleep(2)
    bid(me)
    pay(me)
""",
    # Pays many times in one window.
    "busy": """
def live(me):
    bid(me)
    for number in range(5):
        pay(me, number)
        time.sleep(0.3)
""",
    # Asks people, where it has their attention.
    "asking": """
def bid(me):
    seen = {**BUNDLE, "duration_seconds": 1, "attention_share": 1}
    me.bid(seen, 200, fallback=(BUNDLE, 60))

def live(me):
    bid(me)
    if me.attention:
        me.ask(f"What do you think of cycle {me.cycle}?", 1)
""",
}


def programs(window_seconds: int) -> dict[str, str]:
    """The files of each agent, by its name."""
    head = "import time\nfrom syntropism_sdk import run\n"
    shared = _BID.replace("SECONDS", str(window_seconds))
    kinds = {"early1": "early", "early2": "early", "late1": "late", "late2": "late"}
    kinds |= {"busy": "busy", "asking": "asking"}
    return {name: f"{head}{shared}{_TEXTS[kind]}\nrun(live)\n" for name, kind in kinds.items()}
