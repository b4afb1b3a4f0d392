"""Sessions that were recorded without processes, for tests: whatever may happen in one."""

from hypothesis import strategies as st

from benchmarks.recorded_session import ACCOUNT, RecordedSession, SessionPlan
from kalshi_client.wire.public import TradeMessage
from replay.file_recording import FileRecording
from trading.venue_time import TOGETHER

EVENTS = {"RAIN-NYC": "RAIN", "RAIN-LA": "RAIN", "SNOW-BOS": "SNOW", "SNOW-CHI": "SNOW"}
SHARDS = (("RAIN-NYC", "RAIN-LA"), ("SNOW-BOS", "SNOW-CHI"))
RENAMED = {"SNOW-BOS": "SNOW-BOSTON"}
CONNECTION = 1
SECOND_US = 1_000_000


class Session:
    """Two watchers, a Selector, an OrderManager and a venue, all of one process."""

    def __init__(self, folder, **plan):
        self.folder = folder / ACCOUNT
        known = {"options": {"hold": 0.2}, "renamed": RENAMED, "throttle_s": 1.0}
        self.recorded = RecordedSession(SessionPlan(self.folder, EVENTS, **{**known, **plan}))
        self.seqs = [0] * len(SHARDS)
        self.lives = [1] * len(SHARDS)
        self.unanswered = []
        for shard in range(len(SHARDS)):
            self._watch(shard)

    def _watch(self, shard):
        books = self.recorded.start_watcher(shard, SHARDS[shard], self.lives[shard])
        for ticker in SHARDS[shard]:
            self._confirm(books, ticker)

    def _confirm(self, books, ticker, yes_e4=4_000):
        yes, no = {yes_e4: 500, 3_000: 900}, {5_500: 700, 5_000: 300}
        books.held.confirm(ticker, yes, no, received_us=self.recorded.now_us, connection=CONNECTION)

    # --- what may happen -------------------------------------------------------------------------

    def change(self, shard, row, side, price_e4, change_e2):
        books, ticker = self.recorded.watchers[shard].books, SHARDS[shard][row]
        book, now_us = books.book(ticker), self.recorded.now_us
        if ticker in books.held.untrusted or not book.apply(side, price_e4, change_e2):
            return
        books.tape.changed(book.market, side, price_e4, change_e2)
        self.seqs[shard] += 1
        self.recorded.watchers[shard].took(CONNECTION, self.seqs[shard], now_us)
        books.held.changed.setdefault(ticker, now_us)

    def trade(self, shard, row, price_e4, side, number):
        books, now_us = self.recorded.watchers[shard].books, self.recorded.now_us
        self.recorded.watchers[shard].heard_trade(CONNECTION, self.seqs[shard])
        at_ms = now_us // 1_000
        message = TradeMessage(2, 1, f"t{number}", SHARDS[shard][row], price_e4, 100, side, False, at_ms)
        books.traded(message, TOGETHER, now_us=now_us)

    def distrust(self, shard, row):
        self.recorded.watchers[shard].books.held.distrust([SHARDS[shard][row]], "disconnected")

    def snapshot(self, shard, row, yes_e4):
        self._confirm(self.recorded.watchers[shard].books, SHARDS[shard][row], yes_e4)

    def wait(self, by_ms):
        self.recorded.wait(by_ms * 1_000)

    def decide(self, shard):
        self.recorded.tell_account()
        if self.recorded.decide(shard) is not None:
            self.unanswered += self.recorded.judge()

    def decide_uninformed(self, shard):
        """On the account as it was told before."""
        if self.recorded.decide(shard) is not None:
            self.unanswered += self.recorded.judge()

    def answer(self, is_accepted):
        if self.unanswered:
            self.recorded.answer(self.unanswered.pop(0), is_accepted=is_accepted)

    def fill(self, which, count_e2):
        resting = self.recorded.account.resting
        if which < len(resting):
            order = resting[which]
            left_e2 = order.count_e2 - self.recorded.account.filled_of(order)
            if left_e2 > 0:
                self.recorded.account.fill(order, min(left_e2, count_e2))

    def end(self, which):
        for order in self.recorded.account.resting[which : which + 1]:
            if self.recorded.account.filled_of(order) < order.count_e2:
                self.recorded.account.end(order)
                self.recorded.account.take_facts()

    def take_facts(self):
        self.recorded.account.take_facts()

    def write_tape(self, shard):
        self.recorded.write_tape(shard)

    def restart_selector(self):
        self.recorded.restart_selector()

    def restart_order_manager(self):
        self.recorded.restart_order_manager()
        ledger = self.recorded.account.ledger
        self.unanswered = [order for order in ledger.open_orders() if order.is_unresolved]

    def restart_watcher(self, shard):
        self.recorded.write_tape(shard)
        self.lives[shard] += 1
        self._watch(shard)

    def kill_watcher(self, shard):
        """The rows that it has not written are lost."""
        self.lives[shard] += 1
        self._watch(shard)

    def over(self):
        """The recording, once the session has ended."""
        self.recorded.close()
        return FileRecording(self.folder, self.recorded.plan.session)


def lived(folder, happenings, **plan):
    """A session in which all of these have happened, over."""
    session = Session(folder, **plan)
    for what, *arguments in happenings:
        getattr(session, what)(*arguments)
    return session


a_shard, a_row = st.sampled_from([0, 1]), st.sampled_from([0, 1])
a_price = st.sampled_from([3_900, 4_000, 4_100, 5_400, 5_500])
a_change = st.tuples(
    st.just("change"),
    a_shard,
    a_row,
    st.sampled_from(["yes", "no"]),
    a_price,
    st.sampled_from([-300, 200, 700]),
)
a_decision = st.tuples(st.sampled_from(["decide", "decide", "decide_uninformed"]), a_shard)
operations = st.one_of(
    *(a_change,) * 4,
    *(a_decision,) * 4,
    *(st.tuples(st.just("wait"), st.sampled_from([1, 400, 2_500])),) * 3,
    *(st.tuples(st.just("answer"), st.sampled_from([True, True, False])),) * 2,
    *(st.tuples(st.just("fill"), st.integers(0, 2), st.sampled_from([100, 200])),) * 2,
    *(st.tuples(st.just("take_facts")),) * 2,
    st.tuples(st.just("trade"), a_shard, a_row, a_price, st.sampled_from(["bid", "ask"]), st.integers(1, 40)),
    st.tuples(st.just("end"), st.integers(0, 2)),
    st.tuples(st.just("distrust"), a_shard, a_row),
    st.tuples(st.just("snapshot"), a_shard, a_row, a_price),
    st.tuples(st.just("write_tape"), a_shard),
    st.tuples(st.just("restart_selector")),
    st.tuples(st.just("restart_order_manager")),
    st.tuples(st.just("restart_watcher"), a_shard),
)

LIVELY = [
    *(("wait", 1_200), ("decide", 0), ("answer", True), ("decide", 1), ("answer", True), ("answer", True)),
    *(("fill", 0, 100), ("change", 0, 0, "yes", 4_100, 700), ("change", 1, 1, "no", 5_500, -300)),
    *(("take_facts",), ("trade", 0, 0, 4_100, "bid", 1), ("change", 0, 1, "no", 5_400, 200)),
] * 6
"""A session that decides, sends and fills."""
