"""Pages hear of changes on the socket ``/rl/ws``, schema 1.

Each page gets hello, a snapshot, then numbered deltas: the first change at once, later ones at
most ``1 / SPACING_S`` a second, and after silence a heartbeat that says how old the figures are: it
proves that this program lives, not that the actors do. A page that reads too slowly skips
deltas and gets a new snapshot when it reads again; nothing is ever queued for it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from werkzeug.http import parse_cookie

from web.admission import TOKEN_COOKIE, TOKEN_HEADER, Admission, Refusal
from web.shared_view import SharedView

SCHEMA: Final = 1
SPACING_S: Final = 0.05
HEARTBEAT_S: Final = 2.0
LOOK_S: Final = 0.5  # figures grow old without a word from anybody
LISTEN_EVERY_S: Final = 0.05  # a page that floods us is read no faster
MOST_PAGES: Final = 64
GOING_AWAY: Final = 1001  # RFC 6455, 7.4.1
POLICY_VIOLATION: Final = 1008
TRY_AGAIN_LATER: Final = 1013

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Page:
    """One open page: at most one frame waits for it."""

    def __init__(self) -> None:
        self.frame: str | None = None
        self.behind = True  # the first thing it gets is a snapshot
        self.closing = False
        self.wake = asyncio.Event()
        self.wake.set()

    def offer(self, frame: str) -> None:
        """Hand it the next frame; one that has not taken the last is behind instead."""
        if self.frame is not None:
            self.frame = None
            self.behind = True
        elif not self.behind:
            self.frame = frame
        self.wake.set()

    def needs_snapshot(self) -> None:
        self.frame = None
        self.behind = True
        self.wake.set()


class LiveFeed:
    """The ASGI application of the socket; all of it runs in the server's one event loop."""

    def __init__(self, view: SharedView, admission: Admission, *, boot: str) -> None:
        self._view = view
        self._admission = admission
        self._hello = {
            "type": "hello",
            "schema": SCHEMA,
            "boot": boot,
            "session": view.about()["session"],
            "hz": round(1 / SPACING_S),
            "hb": HEARTBEAT_S,
            "unit": "dollars",
            "can": ["pause", "resume"],
        }
        self._pages: set[_Page] = set()
        self._dirty = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._publisher: asyncio.Task[None] | None = None
        view.when_changed(self._changed)

    @property
    def pages(self) -> int:
        return len(self._pages)

    def _changed(self) -> None:
        if self._pages:
            self._in_loop(self._dirty.set)

    def close(self) -> None:
        """Tell every page that the program goes away. From any thread."""
        self._in_loop(self._close_pages)

    def _in_loop(self, call: Callable[[], None]) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            self._loop = None  # the server has stopped, and nobody is listening

    def _close_pages(self) -> None:
        for page in self._pages:
            page.closing = True
            page.wake.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if self._refusal(scope) is not None:
            await send({"type": "websocket.close"})  # before accept: the client gets 403
            return
        await send({"type": "websocket.accept"})
        if len(self._pages) >= MOST_PAGES:
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "too many pages"})
            return
        await self._serve(receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        token = headers.get(TOKEN_HEADER.lower()) or parse_cookie(headers.get("cookie")).get(TOKEN_COOKIE, "")
        return self._admission.refusal(headers.get("host", ""), headers.get("origin", ""), token)

    async def _serve(self, receive: Receive, send: Send) -> None:
        page = _Page()
        if not self._pages:
            self._view.snapshot(nobody_looked=True)
        self._pages.add(page)
        self._loop = asyncio.get_running_loop()
        if self._publisher is None or self._publisher.done():
            self._publisher = self._loop.create_task(self._publish())
        sender = self._loop.create_task(self._send_frames(page, send))
        try:
            await self._listen(page, receive, send)
        finally:
            self._pages.discard(page)
            sender.cancel()

    async def _listen(self, page: _Page, receive: Receive, send: Send) -> None:
        """Until the page goes; all it can ask for is a new snapshot."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                asked = json.loads(message.get("text") or "null")
            except ValueError:
                asked = None
            except RecursionError:  # no page of ours nests anything
                await send(
                    {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "nested too deeply"}
                )
                return
            if isinstance(asked, dict) and asked.get("type") == "resync":
                page.needs_snapshot()
            await asyncio.sleep(LISTEN_EVERY_S)

    async def _send_frames(self, page: _Page, send: Send) -> None:
        await send({"type": "websocket.send", "text": json.dumps(self._hello)})
        while not page.closing:
            await page.wake.wait()
            page.wake.clear()
            text = self._next_frame(page)
            if text is not None:
                # Returns when the socket takes more: here a slow page waits, and only it.
                await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "code": GOING_AWAY, "reason": "the program stops"})

    def _next_frame(self, page: _Page) -> str | None:
        if page.behind:
            page.behind = False
            return _encode({"type": "snapshot", **self._view.snapshot()})
        text, page.frame = page.frame, None
        return text

    async def _publish(self) -> None:
        """While there are pages: one frame, built once, for all of them."""
        said_at = time.monotonic()
        while self._pages:
            try:
                due_s = max(0.0, said_at + HEARTBEAT_S - time.monotonic())
                await asyncio.wait_for(self._dirty.wait(), min(due_s, LOOK_S))
            except TimeoutError:
                pass  # silence
            self._dirty.clear()
            delta = self._view.delta()
            if delta is not None:
                frame = _encode({"type": "delta", "t": time.time(), **delta})
                for page in self._pages:
                    page.offer(frame)
            elif time.monotonic() >= said_at + HEARTBEAT_S:
                self._beat()
            else:
                continue
            said_at = time.monotonic()
            await asyncio.sleep(SPACING_S)

    def _beat(self) -> None:
        ages_s = {source: round(age_s, 1) for source, age_s in self._view.ages_s().items()}
        seq = self._view.snapshot()["seq"]
        frame = _encode({"type": "hb", "seq": seq, "t": time.time(), "ages_s": ages_s})
        for page in self._pages:
            if page.frame is None:  # a page with something to read needs no sign of life
                page.offer(frame)


def _encode(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
