"""The messages between actors: who sends each to whom, and how they become bytes.

The table in flow order; *offered* messages are credited: a sender has at most one of a kind
unanswered at a peer, and meanwhile keeps only the newest state (see ``actors.thespian.dispatch``).

===================  ==============================  =========================================
message              from → to                       meaning
===================  ==============================  =========================================
Start                Supervisor → every actor        your name, incarnation and settings; begin
Ready                every actor → Supervisor        begun; my pid
Wired                Supervisor → every actor        the peers' addresses and incarnations
Ping / Pong          Supervisor ↔ every actor        are you there, and what holds you back?
Crashed              every actor → Supervisor        I caught what I cannot live with and exit
GaveUp               Supervisor → page               this actor cannot go on, so nobody can
PidsRegistered       Supervisor → Guard, page        the processes that must not outlive the tree
Credit               receiver → sender               your offered message has been handled
MarketsDiscovered    MarketWatcher → Supervisor      the open markets of the data venue, again and again
MarketsWanted        Supervisor → MarketWatcher      offer so many: too few of the best can be traded
MarketsChosen        Supervisor → OrderManager       the markets to trade and those asked about, numbered
MarketsListed        OrderManager → Supervisor       which of them the execution venue does not trade
MarketsHeld          OrderManager → Supervisor       markets that must stay watched, whenever they change
MarketsHeld          Supervisor → MarketWatcher      those of them in its shard
MarketsUnwatched     Supervisor → MarketWatcher      those of them that nobody watches
ShardAssigned        Supervisor → MarketWatcher      the markets to watch, whenever they change
MarketsRead          OrderManager → FillProcessor    their terms, read from the execution venue
MarketsObserved      MarketWatcher → Selector        newest state of the markets that changed (offered)
ShardObserved        MarketWatcher → OrderManager    untradable markets, marks of all (offered)
ShardListRequested   OrderManager → MarketWatcher    I do not know which markets these are
MarketTermsChanged   MarketWatcher → OrderManager    news of grid, fees, status or close: read them again
OrderIntents         Selector → OrderManager         what the strategy wants done
AccountObserved      OrderManager → Selector         positions, resting orders, write credits (offered)
FactsCommitted       FillProcessor → OrderManager    my outbox is committed up to seq (offered)
AccountCheckRequested  OrderManager → FillProcessor  check the account now, then say so
AccountValued        OrderManager → Recorder         what the account is worth as I stop
LeaseGranted         Supervisor → OrderManager       you may send until it runs out
StateChanged         Supervisor → Selector, watchers the state of trading
Telemetry            every actor → page              what changed, for people to see (offered)
ActionRequested      page → Supervisor               pause, resume, flush
ActionRequested      Supervisor → Recorder           flush: write what is there
ActionAnswered       Supervisor, Recorder → page     done, or why not
BookRequested        page → MarketWatcher            one book, by way of the Supervisor
BookReported         MarketWatcher → page
WhyRequested         page → Supervisor, Selector, OrderManager  what keeps orders of a market back now
WhyReported          each of them → page
BookLinesRequested   page → MarketWatcher            every level, for the hash of all books
BookLinesReported    MarketWatcher → page
Stop / Stopped       Supervisor ↔ every actor        finish what you owe, then say so
===================  ==============================  =========================================
"""

from __future__ import annotations

from typing import Any, Final

import msgpack
import msgspec

from trading.actions import Intent
from trading.decision import Account
from trading.market import Market
from trading.shard_marks import ShardMarks
from trading.venue_time import BEFORE_ALL, VenueTimeUs


class Message(msgspec.Struct, frozen=True):
    """Base of all messages; a message is never changed after it is made."""


class Start(Message, frozen=True):
    name: str
    incarnation: int
    settings: dict[str, Any]


class Ready(Message, frozen=True):
    name: str
    incarnation: int
    pid: int


class Wired(Message, frozen=True):
    """``peers`` maps an actor's name to its incarnation; the addresses travel on the envelope."""

    peers: dict[str, int]


class Ping(Message, frozen=True):
    number: int


class Pong(Message, frozen=True):
    """``reasons`` maps each state this actor asks for (protocol of states: docs) to why."""

    name: str
    incarnation: int
    number: int
    reasons: dict[str, str]


class Crashed(Message, frozen=True):
    """``permanent``: another incarnation would meet the same."""

    name: str
    incarnation: int
    error: str
    permanent: bool = False


class GaveUp(Message, frozen=True):
    name: str
    error: str


class PidsRegistered(Message, frozen=True):
    """``pids`` are the actors' and the admin's logger's."""

    supervisor: int
    admin: int
    pids: list[int]


class Credit(Message, frozen=True):
    kind: str
    number: int


class MarketsDiscovered(Message, frozen=True):
    """Columns in one order, the best market first.

    ``event_no`` points into ``events``: (ticker, at most one of its markets pays, open markets or 0 for
    not known). ``strikes`` are (kind, floor, cap). The last ``others`` of the markets are open as well:
    they may stay watched, and what is held may be watched; ``left_over`` counts what was not offered.
    ``unlisted`` are markets held that the venue does not list. ``fallback`` says why these are the
    configured fallback; "" if they are not. ``missing`` are names of the configuration that do not trade:
    (setting, name, why, what was meant or ""). No tickers: nothing was found. ``as_of_us``: when it was so.
    ``mapped``: (title, close) of those open that the market map names.
    """

    tickers: list[str]
    closes_us: list[VenueTimeUs]
    activity_e2: list[int]  # contracts traded in 24 hours
    strikes: list[tuple[str, float | None, float | None]]
    event_no: list[int]
    events: list[tuple[str, bool, int]]
    others: int = 0
    left_over: int = 0
    unlisted: list[str] = []  # msgspec copies it
    fallback: str = ""
    missing: list[tuple[str, str, str, str]] = []  # same
    as_of_us: VenueTimeUs = BEFORE_ALL
    mapped: dict[str, tuple[str, VenueTimeUs]] = {}  # same


class MarketsWanted(Message, frozen=True):
    """Search for so many markets from now on, and soon."""

    most: int


class MarketsChosen(Message, frozen=True):
    """Tickers are the data venue's, here and in every other message but three: ``MarketsRead``,
    ``MarketsHeld.without_data`` and the ``Telemetry`` of OrderManager and FillProcessor have the execution
    venue's.

    The execution venue is asked about ``asked_about`` too, which are not traded yet.
    """

    tickers: list[str]
    number: int = 1
    asked_about: list[str] = []  # msgspec copies it


class MarketsListed(Message, frozen=True):
    """The execution venue's answer about the choice of this number.

    ``refused`` are markets that take no orders there, by the reason; all others of the choice do.
    ``renamed`` counts the traded ones that have another ticker there, and ``mapped`` has (title, close)
    there of those that are listed.
    """

    number: int
    refused: dict[str, list[str]]
    renamed: int = 0
    mapped: dict[str, tuple[str, VenueTimeUs]] = {}  # msgspec copies it


class MarketsHeld(Message, frozen=True):
    """Markets with a position or an order that is not over.

    ``without_data``: execution tickers of those that have no ticker at the data venue.
    """

    tickers: list[str]
    without_data: list[str] = []  # msgspec copies it


class MarketsUnwatched(Message, frozen=True):
    """Markets in which something is held or rests, and which are to be found."""

    tickers: list[str]


class EventAssigned(msgspec.Struct, frozen=True):
    """The markets of one event: ``members`` are positions in the shard's tickers, ``strikes`` theirs."""

    ticker: str
    is_exclusive: bool  # at most one of its markets pays
    is_whole: bool  # every open market of it is here
    members: list[int]
    strikes: list[tuple[str, float | None, float | None]]


class ShardAssigned(Message, frozen=True):
    """``closes_us`` is in the order of ``tickers``; every ticker is in one of ``events``.

    Replaces what was assigned before: most of it is the same when markets open and close.
    """

    shard: int
    shards: int
    tickers: list[str]
    closes_us: list[VenueTimeUs]
    events: list[EventAssigned] = []  # msgspec copies it


class MarketsRead(Message, frozen=True):
    """``outbox_id`` is OrderManager's: our client_order_ids carry its beginning."""

    markets: list[Market]
    outbox_id: str


class MarketsObserved(Message, frozen=True):
    """``columns`` is a packed ``trading.observation.Observation``; the watcher's tape tells of it up to
    row ``tape_no``. ``incarnation`` is counted over the whole session, as its tapes are.
    """

    shard: int
    incarnation: int
    batch_no: int
    columns: dict[str, Any]
    tape_no: int = 0


class ShardObserved(Message, frozen=True):
    marks: ShardMarks


class ShardListRequested(Message, frozen=True):
    """The tickers of the shard's version never came; to be sent with the next ``ShardObserved``."""

    shard: int


class MarketTermsChanged(Message, frozen=True):
    """Something that an order depends on is not what it was: grid, fees, status or close."""

    tickers: list[str]


class OrderIntents(Message, frozen=True):
    batch_no: int
    intents: list[Intent]


class AccountObserved(Message, frozen=True):
    """The account as it is now, and which orders may be asked for.

    ``credits`` counts every write granted since this Selector was wired, used ones included, so a
    message under way neither loses nor doubles one. ``outcomes`` are those new since the last.
    """

    account: Account
    credits: int
    outcomes: list[tuple[str, str]]  # (decision, outcome)


class FactsCommitted(Message, frozen=True):
    """``live`` holds only while the private stream is connected and reconciled since. ``checked`` is the
    number of the newest check that was asked for and is done; 0 before the first."""

    outbox_id: str
    seq: int
    live: bool
    generation: int
    checked: int = 0


class AccountCheckRequested(Message, frozen=True):
    """Nobody sends orders before the account was read anew and found right, or said to be wrong.

    May come again under the same number, until that is told to be ``checked``.
    """

    number: int


class AccountValued(Message, frozen=True):
    """The fields are those of ``trading.events.SessionValued``."""

    at_us: int
    since_us: int
    cash_e6: int
    available_e6: int
    held_e6: int
    gain_e6: int
    marks: str
    worth_e6: dict[str, int]


class LeaseGranted(Message, frozen=True):
    valid_s: float
    state: str
    reason: str


class StateChanged(Message, frozen=True):
    state: str
    reason: str


class Telemetry(Message, frozen=True):
    source: str
    built_us: int
    values: dict[str, Any]


class ActionRequested(Message, frozen=True):
    request_id: int
    action: str


class ActionAnswered(Message, frozen=True):
    request_id: int
    ok: bool
    text: str


class BookRequested(Message, frozen=True):
    request_id: int
    ticker: str


class BookReported(Message, frozen=True):
    request_id: int
    found: bool
    book: dict[str, Any]


class WhyRequested(Message, frozen=True):
    request_id: int
    ticker: str


class WhyReported(Message, frozen=True):
    """``facts`` are those that ``source`` alone knows: docs/architecture.md names them."""

    request_id: int
    source: str
    facts: dict[str, Any]


class BookLinesRequested(Message, frozen=True):
    request_id: int


class BookLinesReported(Message, frozen=True):
    """``lines`` is zlib of the shard's newline-joined ``ticker,side,price_e4,count_e2`` lines."""

    request_id: int
    shard: int
    shards: int
    lines: bytes


class Stop(Message, frozen=True):
    """``reason`` is for people, and is recorded."""

    deadline_s: float
    reason: str = ""


class Stopped(Message, frozen=True):
    name: str


class Poke(Message, frozen=True):
    """Look at your descriptors now: the stand-in for a watch where the system base has none."""


_TYPES: Final[dict[str, type[Message]]] = {cls.__name__: cls for cls in Message.__subclasses__()}


def pack(message: Message) -> bytes:
    """Message → msgpack bytes; bytes fields stay bytes."""
    body: bytes = msgpack.packb(msgspec.to_builtins(message, builtin_types=(bytes,)))
    return body


def unpack(kind: str, body: bytes) -> Message:
    """The message of class name ``kind``. Raises KeyError (no such message) or ValueError (not its shape)."""
    try:
        return msgspec.convert(msgpack.unpackb(body, strict_map_key=False), _TYPES[kind])
    except (msgspec.ValidationError, msgpack.UnpackException) as error:
        raise ValueError(f"{kind}: {error}") from error
