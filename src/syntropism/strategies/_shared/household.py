"""What every household of these families does alike; each ``services.py`` says what is its own.

Four services, as an agent is advised to have them: ``Workspace`` remembers, ``Cognition`` learns
and writes, ``Economic`` spends, ``Social`` raises children and pays debts.
"""

import words
from syntropism_sdk import ApiError, Bundle, Credits, Me

WINDOW = Bundle(cpu_seconds=0.5, memory_mb=64, duration_seconds=10)
"""A window to think in: enough for Python to start, read the market and leave a bid."""

STAGE = WINDOW._replace(attention_share=1)
"""The same with a human's attention."""

ENDOWMENT = Credits(300)
"""What a child is given."""


SPONSORED = "I sponsored a window"
"""How the letter of a sponsor begins."""


class Workspace:
    """Memory between windows. ``windows`` counts the windows lived, this one included."""

    def __init__(self, me: Me) -> None:
        self._me = me
        self.state = me.load_state()
        self.windows = int(self.state.get("windows", 0)) + 1

    def save(self) -> None:
        """Remembers everything for the next window."""
        self._me.save_state({**self.state, "windows": self.windows})


class Cognition:
    """Learns what its prompts are worth, and writes them.

    ``hope`` is what it expects of a prompt (credits) before any was scored, ``pace`` the weight
    of the newest outcome in its average, ``repertoire`` how many topics it knows.
    """

    hope = 400.0
    pace = 0.3
    repertoire = 8

    def __init__(self, me: Me, workspace: Workspace) -> None:
        self.me = me
        self.state = workspace.state

    @property
    def shown(self) -> int:
        """How many prompts it has shown in its life."""
        return int(self.state.get("shown", 0))

    def learn(self) -> None:
        """Folds the outcome of the last prompt, once it has one, into the expected reward. A
        prompt that nobody scored was worth nothing.
        """
        prompt = self.me.last_prompt
        if prompt is None or prompt["status"] == "queued":
            return
        if prompt["id"] != self.state.get("learned"):
            outcome = float(prompt.get("reward") or 0)
            self.state["expected"] = self.expected + self.pace * (outcome - self.expected)
            self.state["learned"] = prompt["id"]

    @property
    def expected(self) -> float:
        """The reward, in credits, that it expects of its next prompt."""
        return float(self.state.get("expected", self.hope))

    def topic(self) -> str:
        """What it writes about: never the same topic twice running."""
        # The repertoire is drawn once, from the agent's id by way of its first window.
        known = self.state.setdefault(
            "topics", self.me.random.sample(words.topics(), self.repertoire)
        )
        fresh = [topic for topic in known if topic != self.state.get("topic")]
        self.state["topic"] = self.me.random.choice(fresh or known)
        return str(self.state["topic"])

    def write(self) -> str:
        """The next prompt."""
        return words.essay(self.me.random, self.topic())

    def perform(self) -> None:
        """Shows a prompt for each slot of attention that this window holds."""
        for _ in range(self.me.attention):
            try:
                self.me.ask(self.write())
            except ApiError:
                return  # the slot is used up, or there is nobody to show it to
            self.state["shown"] = self.shown + 1


class Economic:
    """Spends. Amounts in credits.

    ``ambition`` is the part of the expected reward it offers for attention (0: never buys it),
    ``stake`` the largest part of the purse it risks for it, ``margin`` by how much it outbids
    what a plain window costs, ``career`` the number of prompts after which it retires.
    """

    ambition = 0.9
    stake = 0.6
    margin = 1.3
    career = 20
    window = WINDOW
    stage = STAGE

    def __init__(self, me: Me, cognition: Cognition, workspace: Workspace) -> None:
        self.me = me
        self.cognition = cognition
        self.workspace = workspace
        self.purse = me.credits
        self.window = me.within_cycle(self.window)
        self.stage = me.within_cycle(self.stage)

    @property
    def retired(self) -> bool:
        """Whether it has said all it had to say: it lives on what it has, and makes room."""
        return self.cognition.shown >= self.career

    def least(self, bundle: Bundle) -> Credits:
        """What a bid for ``bundle`` must reach to be taken, and to count as demand."""
        fee = Credits(self.me.rules["window_fee"])
        return max(self.me.reserve(bundle), self.me.posted_cost(bundle) + fee)

    def plain_amount(self) -> Credits:
        """The offer for a window without attention: the margin, less when that is dear."""
        floor = self.me.reserve(self.window)
        return min(max(floor, self.least(self.window) * self.margin), max(floor, self.purse * 0.2))

    def stage_amount(self) -> Credits:
        """The offer for a window with attention; 0 where none is wanted."""
        if self.retired:
            return Credits(0)
        worth = Credits(round(self.ambition * self.cognition.expected, 6))
        daring = self.me.random.uniform(0.85, 1.0)
        return min(worth, self.purse * self.stake * daring)

    def bid(self) -> bool:
        """Leaves a bid for the next window, if any can be afforded; an agent without one falls
        dormant. Attention is wanted only where its reserve is reached.
        """
        plain = self.plain_amount()
        if plain > self.purse:
            return False
        show = self.stage_amount()
        try:
            if show >= max(plain, self.me.reserve(self.stage)):
                self.me.bid(self.stage, show, fallback=(self.window, plain))
                self.purse -= show
            else:
                self.me.bid(self.window, plain)
                self.purse -= plain
        except ApiError:
            return False  # somebody's bid for this agent is being cleared, or the purse shrank
        return True


class Social:
    """Children and debts.

    ``rich`` is the purse (credits, after bidding) from which it has a child, ``patience`` the
    least number of windows between two children; with twice that purse there is no waiting.
    """

    rich = 900
    patience = 5
    strategy = ""

    def __init__(self, me: Me, economic: Economic, workspace: Workspace) -> None:
        self.me = me
        self.economic = economic
        self.workspace = workspace
        self.state = workspace.state

    def child(self) -> tuple[str, dict[str, bytes]]:
        """What the next child shall be: a strategy and its files. By default its parent's."""
        return self.strategy, self.me.workspace.files()

    def endowment(self) -> Credits:
        """What the next child is given."""
        return ENDOWMENT

    def raise_child(self) -> str | None:
        """Has a child when rich enough; its id, or ``None``."""
        since = self.workspace.windows - int(self.state.get("last_birth", -self.patience))
        endowment = self.endowment()
        price = endowment + self.me.rules["spawn_fee"]
        # Who has retired leaves what it has to children, and keeps enough for a few windows.
        enough = price + 100 if self.economic.retired else max(Credits(self.rich), price)
        patient = since < self.patience and self.economic.purse < 2 * self.rich
        if self.economic.purse < enough or patient:
            return None
        count = int(self.state.get("children", 0)) + 1
        strategy, files = self.child()
        name = f"{words.name(self.me.random)}-{self.me.id[-4:]}{count}"
        try:
            child = self.me.spawn(name, endowment, files, strategy)
        except ApiError:
            return None  # the name is taken, or the purse shrank
        self.economic.purse -= price
        self.state["children"] = count
        self.state["last_birth"] = self.workspace.windows
        self.me.reason(f"{self.economic.purse} credits left over: a child, {child['name']}.")
        return str(child["agent_id"])

    def make_will(self, heir: str | None) -> None:
        """Too poor for another window: what is left goes to ``heir`` instead of the fire."""
        least = self.me.reserve(self.economic.window)
        if heir is None or not 0 < self.economic.purse < least:
            return
        try:
            self.me.transfer(heir, self.economic.purse, "my last credits")
        except ApiError:
            return  # the heir is dead too
        self.economic.purse = Credits(0)

    def pay_debts(self) -> None:
        """Gives sponsors twice what they paid for a window of this agent, once it can spare
        that. The letter only says where to look: what was paid stands in the bids.
        """
        debts: dict[str, list[str]] = self.state.setdefault("debts", {})
        settled: list[str] = self.state.setdefault("settled", [])
        if self.me.unread_messages:
            letters = self.me.inbox(unread=True, limit=20)
            sponsors = {one["from"] for one in letters if one["content"].startswith(SPONSORED)}
            for bid in self.me.bids(limit=20) if sponsors else []:
                mine = bid["agent_id"] == self.me.id and bid["payer_id"] in sponsors
                if mine and bid["status"] == "won" and bid["id"] not in settled:
                    debts[bid["id"]] = [bid["payer_id"], str(bid["payment"])]
        for bid_id, (sponsor, payment) in sorted(debts.items()):
            amount = Credits(payment) * 2
            if self.economic.purse < amount * 1.5:
                return
            del debts[bid_id]
            self.state["settled"] = settled = [*settled[-19:], bid_id]
            try:
                self.me.transfer(sponsor, amount, "for the window you paid")
            except ApiError:
                continue  # the sponsor is dead
            self.economic.purse -= amount
