"""The words of the page of figures: what each part measures and how to read it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Section(NamedTuple):
    """``name`` is a suite, or one claim of it."""

    name: str
    title: str
    text: str


HEAD: Final = """\
# What it costs and how fast it is

Made by `python -m benchmarks.report` from the lines of a run, which are kept in `benchmarks/results/`.
Each claim prints one JSON line with its figure, its goal and the load average beside it;
`python -m benchmarks NAME` measures a part again, `--times 3` takes the median of three,
`--quick` a shorter look.

Machine: {machine}, shared with other work: ratios say more than absolute
figures, and every ratio is of variants that took turns.

{summary}"""

PIVOTS: Final = {"main_job.minute": ("join", "join, same folder again", "cross")}
"""Claims that are measured under several labels and stand side by side."""

SECTIONS: Final = (
    Section(
        "main_job",
        "The main job",
        "1,000 markets traded from one command on an exchange on the same two cores, 500 book changes a "
        "second. Every figure is judged by the exchange's own ledger, never by the trader's books. Most "
        "intents of the hardcoded strategy are refused before they are sent, as the lowest tier takes "
        "ten orders a second.",
    ),
    Section(
        "hybrid",
        "Hybrid",
        "The rehearsal: books from an exchange of this machine in place of production, orders to another in "
        "place of demo. It takes turns with the program on one exchange beside an idle second one. The "
        "second book is what OrderManager follows at the venue that takes the orders.",
    ),
    Section(
        "books",
        "From a frame to a book",
        "Processor time of one book change, from the bytes of its frame to both best prices, at 1,000 "
        "markets whose activity is the simulated exchange's. All ways get the same frames in turn and "
        "end with the same books. Only ours follows sequence numbers, keeps back books that may be "
        "wrong and checks every number.",
    ),
    Section(
        "watcher",
        "From the socket to a book",
        "A MarketWatcher in the actor system, all its peers played, at an exchange that replays "
        "prepared frames. Changes a core are per second of the processor time of the watcher's process, "
        "both of its threads; `picows` is the `[fast]` extra. A message counts as sent when its turn at "
        "the exchange began and as in the book when the batch that brought it was.",
    ),
    Section(
        "tick_to_post",
        "From a change to an order",
        "The whole program with 1,000 markets. A market is due when its change came, or when its "
        "throttle ended if that was later; the order has arrived at the end of the millisecond that the "
        "exchange gives for it. Between the two lie the wake of the watcher, the gap between batches "
        "(20 ms), the strategy, the journal, risk, the synchronous commit, the signature and the POST.",
    ),
    Section(
        "wide",
        "20,000 markets",
        "The same 5,000 changes a second, spread over 1,000 markets on one watcher and over 20,000 on two.",
    ),
    Section(
        "market_map",
        "Markets of two venues",
        "Two exchanges that each lack one market in twenty, and one in a hundred listed under another name "
        "that the map file tells. The session is stopped and started again in between.",
    ),
    Section(
        "venue_failures",
        "Two venues, each of which fails",
        "A session takes books from one exchange and sends orders to another, each behind a relay. Either is "
        "killed, frozen and cut off for a minute; then the books of the one that takes orders stand still.",
    ),
    Section(
        "database",
        "The database that comes with the program",
        "PostgreSQL inside the state folder, from nothing known to a server that answers: made, started, "
        "found running, and after a kill of all its processes.",
    ),
    Section(
        "ledger",
        "The ledger in the database",
        "Ten thousand orders of a default session, each with its facts from the decision to its end: three "
        "in four fill, the others expire or are canceled. Room is that of the tables with their indexes.",
    ),
    Section(
        "recording",
        "Recorded, whatever dies",
        "The whole program at 5,000 book changes a second. Its database is killed for a minute, its Recorder "
        "again and again; then everything in the database is counted and held against what the watchers "
        "took, what the strategy decided, what the ledgers have and what the exchange filled.",
    ),
    Section(
        "pieces",
        "Small steps",
        "What single steps cost, each by itself in a loop.",
    ),
    Section(
        "same_decisions",
        "The same decisions",
        "A live session with a strategy that reads public trades. Its connections are dropped again and "
        "again, its Selector and its OrderManager are killed. It is replayed from the database twice on "
        "this Python and once on each other supported one; then one bit of its tape is changed.",
    ),
    Section(
        "recording_month",
        "A month in the database",
        "Minutes of the default session, copied row by row to thirty days with other keys and times: book "
        "changes and decisions of all days, the orders of the last day, and a tenth of them on the others. "
        "The commands look at the last day's session, as whole programs.",
    ),
    Section(
        "replay",
        "A session decided again",
        "One process replays a recording from its files: tape, journal and both ledgers, with strategy, risk "
        "and accounting, every batch held against its record. The recording is made on the order flow of the "
        "simulated exchange with a decision on each market every five seconds, orders answered and filled. "
        "BacktestEngine gets the same changes, decides as often by the same draws and sends as many orders "
        "as its strategy wants.",
    ),
    Section(
        "tape",
        "The tape in the database",
        "The tape of the program itself at 5,000 changes of books a second, with the public trades beside\n"
        "them, into the embedded server and out of it. A row for each change takes turns with it.",
    ),
    Section(
        "exchange",
        "The exchange on this machine",
        "Rates are per second of the exchange's own processor time: its clients work on the same machine.",
    ),
)
