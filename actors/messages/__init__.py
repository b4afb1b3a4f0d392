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

from typing import Final

import msgpack
import msgspec

from actors.messages.base import (
    Message as Message,
)
from actors.messages.markets import (
    EventAssigned as EventAssigned,
)
from actors.messages.markets import (
    MarketsChosen as MarketsChosen,
)
from actors.messages.markets import (
    MarketsDiscovered as MarketsDiscovered,
)
from actors.messages.markets import (
    MarketsHeld as MarketsHeld,
)
from actors.messages.markets import (
    MarketsListed as MarketsListed,
)
from actors.messages.markets import (
    MarketsObserved as MarketsObserved,
)
from actors.messages.markets import (
    MarketsRead as MarketsRead,
)
from actors.messages.markets import (
    MarketsUnwatched as MarketsUnwatched,
)
from actors.messages.markets import (
    MarketsWanted as MarketsWanted,
)
from actors.messages.markets import (
    MarketTermsChanged as MarketTermsChanged,
)
from actors.messages.markets import (
    ShardAssigned as ShardAssigned,
)
from actors.messages.markets import (
    ShardListRequested as ShardListRequested,
)
from actors.messages.markets import (
    ShardObserved as ShardObserved,
)
from actors.messages.orders import (
    AccountCheckRequested as AccountCheckRequested,
)
from actors.messages.orders import (
    AccountObserved as AccountObserved,
)
from actors.messages.orders import (
    AccountValued as AccountValued,
)
from actors.messages.orders import (
    FactsCommitted as FactsCommitted,
)
from actors.messages.orders import (
    OrderIntents as OrderIntents,
)
from actors.messages.people import (
    ActionAnswered as ActionAnswered,
)
from actors.messages.people import (
    ActionRequested as ActionRequested,
)
from actors.messages.people import (
    BookLinesReported as BookLinesReported,
)
from actors.messages.people import (
    BookLinesRequested as BookLinesRequested,
)
from actors.messages.people import (
    BookReported as BookReported,
)
from actors.messages.people import (
    BookRequested as BookRequested,
)
from actors.messages.people import (
    Telemetry as Telemetry,
)
from actors.messages.people import (
    WhyReported as WhyReported,
)
from actors.messages.people import (
    WhyRequested as WhyRequested,
)
from actors.messages.supervision import (
    Crashed as Crashed,
)
from actors.messages.supervision import (
    Credit as Credit,
)
from actors.messages.supervision import (
    GaveUp as GaveUp,
)
from actors.messages.supervision import (
    LeaseGranted as LeaseGranted,
)
from actors.messages.supervision import (
    PidsRegistered as PidsRegistered,
)
from actors.messages.supervision import (
    Ping as Ping,
)
from actors.messages.supervision import (
    Poke as Poke,
)
from actors.messages.supervision import (
    Pong as Pong,
)
from actors.messages.supervision import (
    Ready as Ready,
)
from actors.messages.supervision import (
    Start as Start,
)
from actors.messages.supervision import (
    StateChanged as StateChanged,
)
from actors.messages.supervision import (
    Stop as Stop,
)
from actors.messages.supervision import (
    Stopped as Stopped,
)
from actors.messages.supervision import (
    Wired as Wired,
)

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
