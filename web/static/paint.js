// Shows the store. Text enters the page by `wrap`, `element` and `setText`: as text, never as markup, and printable.

import { cents, clock, contracts, count, duration, fee, held, money, price, printable, seconds, signed, some, tone, traded } from "./figures.js";

const ACTIONS = ["HOLD", "BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO"];
const LATENCIES = [
  ["decision_to_ack", "decision → venue's answer", 500],
  ["fill_to_position", "fill → position", 2000],
];
const OWNERS = { program: "another program's", hand: "not ours" };
const ROWS_SHOWN = 200;

const byId = (id) => document.getElementById(id);

export function paint({ slices, tables, feeds }) {
  if (!slices.trading) return;
  paintHeader(slices);
  paintFigures(slices, tables);
  paintMix(slices.decisions);
  paintTables(tables);
  paintFeeds(feeds);
  paintHealth(slices, tables);
}

// "stale" is a program that says nothing, "old" one that speaks and hears nothing from an actor.
export function paintLink(link, age, old, seq) {
  const badge = byId("link");
  badge.dataset.link = link;
  const texts = { live: "live", stale: `silent for ${Math.round(age / 1000)} s`, old: `figures ${old} s old`, off: "no connection" };
  setText(badge, texts[link]);
  badge.title = `update ${count(seq)}`;
  document.body.classList.toggle("stale", link !== "live");
}

function paintHeader({ trading, about }) {
  const state = byId("state");
  setText(state, trading.state.replace("_", " "));
  state.dataset.state = trading.state;
  const reason = byId("reason");
  setText(reason, trading.state_reason ?? "");
  reason.hidden = !trading.state_reason;
  const up = Math.max(0, Math.floor(Date.now() / 1000 - about.started_us / 1e6));
  byId("uptime").textContent = duration(up);
}

function paintFigures({ balance, pnl, decisions, orders, fills, markets, execution_books }, tables) {
  text("available", money(balance.available));
  note("available-note", [`reserved ${money(balance.reserved)}`, `floor ${money(balance.floor)}`]);
  text("portfolio", money(balance.portfolio_value));
  const held = Object.values(tables.positions).filter((row) => Number(row.position));
  const marks = execution_books?.marks ?? {};
  note("portfolio-note", [`${count(held.length)} positions`, ...some(marks.old, "at an old price"), ...some(marks.at_cost, "at cost")]);
  text("session-pnl", signed(pnl.session), tone(pnl.session));
  note("pnl-note", [`unrealised ${signed(pnl.unrealised)}`, `account's life: realised ${signed(pnl.realised)}`, `fees ${money(pnl.fees)}`]);
  text("decisions", count(decisions.total));
  note("decisions-note", [`${count(markets.deltas)} book changes`, `${count(Math.round(markets.deltas_per_s ?? 0))}/s`]);
  text("orders", count(orders.sent));
  const states = ["resting", "filled", "canceled", "rejected", "unknown"];
  note("orders-note", [
    ...states.map((state) => `${count(orders[state])} ${state}`),
    ...some(orders.carried, "from before"),
    ...some(orders.awaiting_fills, "awaiting fills"),
    ...some(orders.foreign, "not ours resting"),
    ...some(orders.foreign_canceled, "not ours canceled"),
  ]);
  text("fills", count(fills.count));
  note("fills-note", [`${contracts(fills.contracts)} contracts`, ...some(fills.foreign, "of orders that are not ours")]);
}

function text(id, value, className) {
  const element = byId(id);
  setText(element, value);
  if (className !== undefined) element.className = `figure ${className}`;
}

export function setText(element, value) {
  const shown = printable(value);
  if (element.textContent !== shown) element.textContent = shown;
}

// The parts of a note: a line ends between two of them, never inside one.
function note(id, parts) {
  const line = byId(id);
  if (line.textContent === parts.join(" · ")) return;
  line.replaceChildren(...parts.flatMap((part, at) => (at ? [" · ", element("span", part)] : [element("span", part)])));
}

function paintMix(decisions) {
  const total = decisions.total || 1;
  const share = (action) => (100 * (decisions[action] ?? 0)) / total;
  byId("mix").replaceChildren(...ACTIONS.map((action) => {
    const part = element("span", "", action);
    part.style.width = `${share(action)}%`;
    return part;
  }));
  byId("legend").replaceChildren(...ACTIONS.map((action) => {
    const item = element("li", "", action);
    item.append(`${action.replace("_", " ")} `, element("b", `${share(action).toFixed(2)} %`));
    return item;
  }));
  const refused = Object.entries(decisions.refused ?? {}).sort((a, b) => b[1] - a[1]);
  const told = refused.map(([reason, n]) => `${reason.replaceAll("_", " ")} ${count(n)}`);
  text("refused", told.length ? `refused: ${told.join(" · ")}` : "");
}

function paintTables(tables) {
  const positions = Object.values(tables.positions).filter((row) => Number(row.position)).sort((a, b) => Math.abs(b.cost) - Math.abs(a.cost));
  text("positions-note", `${positions.length}`);
  rows("positions", positions, (row) => [
    market(row), holding(held(row.position)), cell(money(row.cost), "n"), cell(signed(row.realised), `n ${tone(row.realised)}`), cell(fee(row.fees), "n"),
  ]);
  const orders = Object.values(tables.open_orders).reverse();
  text("open-orders-note", `${orders.length}`);
  rows("open-orders", orders, (row) => [
    row.order, market(row), row.action ? pill(row.action) : OWNERS[row.owner] ?? "", cell(price(row.price, row.action), "n"), cell(`${contracts(row.filled)} / ${contracts(row.count)}`, "n"), state(row.state),
  ]);
}

function paintFeeds(feeds) {
  const newest = (feed) => [...(feeds[feed] ?? [])].reverse();
  rows("recent-decisions", newest("decisions"), (row) => [
    clock(row.at_us), pill(row.action), market(row), state(row.outcome === "asked" ? "to OrderManager" : row.outcome), cell(row.reason, "why"),
  ]);
  rows("recent-fills", newest("fills"), (row) => [
    clock(row.at_us), row.order, market(row), holding(traded(row.change)), cell(price(row.price, row.change), "n"), cell(fee(row.fee), "n"),
  ]);
}

// Nothing is said where one venue lists all that is wanted: then there is nothing to find out.
function marketShares({ wanted, on_both, only_data, only_execution, renamed, doubtful }) {
  if (wanted === null || (on_both >= wanted && !only_data && !only_execution && !renamed && !doubtful?.length)) return "";
  const found = [[only_data, "only at the data venue"], [only_execution, "held or mapped, and not listed by the data venue"], [renamed, "renamed"], [doubtful?.length, "doubtful in the map"]];
  const said = found.filter(([number]) => number).map(([number, what]) => ` · ${count(number)} ${what}`);
  return ` · ${count(on_both)} of ${count(wanted)} wanted traded by both venues${said.join("")}`;
}

function paintHealth({ markets, market_map, latency_ms, reconciliation, execution_books, venues, database }, tables) {
  text("markets-note", `${count(markets.live)} of ${count(markets.subscribed)} books live · ${count(markets.stale)} stale${markets.degraded ? ` · ${count(markets.degraded)} degraded` : ""}${markets.discovery?.fallback ? " · the fallback list" : ""}${markets.discovery?.missing?.length ? ` · ${count(markets.discovery.missing.length)} named and not traded` : ""}${marketShares(market_map)}`);
  rows("actors", Object.values(tables.actors), (row) => [
    row.name, state(row.state), cell(row.pid, "n"), cell(row.restarts, "n"), cell(seconds(row.age_s), "n"),
  ]);
  rows("connections", Object.values(tables.connections), (row) => [
    row.name, state(row.state), cell(row.reconnects, "n"), cell(seconds(row.data_age_s), "n"),
  ]);
  rows("latency", LATENCIES, ([key, label, target]) => {
    const found = latency_ms[key] ?? {};
    const ms = (value) => (value === null || value === undefined ? "–" : `${value.toFixed(1)} ms`);
    return [label, cell(ms(found.p50), "n"), cell(ms(found.p99), found.p99 > target ? "n loss" : "n"), cell(`${target} ms`, "n")];
  });
  const differences = reconciliation.differences ?? [];
  const listed = Array.isArray(differences) ? differences : [differences].filter(Boolean);
  const others = Object.entries(reconciliation.left_out ?? {}).map(([kind, times]) => `${count(times)} × ${kind}`);
  const leftOut = others.length ? ` · left out: ${others.join(", ")}` : "";
  text("reconciliation", reconciliation.at
    ? `Checked against the venue at ${clock(reconciliation.at)}: ${listed.length ? `differs in ${listed.join(", ")}` : "no differences"}${leftOut}`
    : "Not checked against the venue yet");
  const told = [["Data", venues.data], ["Orders", venues.execution]].filter(([, venue]) => venue?.state);
  note("venues", told.map(([role, venue]) => `${role}: ${venue.label} is ${venue.state}${venue.reason ? ` (${venue.reason})` : ""}`));
  paintBooks(execution_books ?? {});
  paintDatabase(database ?? {});
}

// What is recorded; nothing before the Recorder has spoken.
function paintDatabase({ kind, state, why, behind, dropped, alarms, tapes }) {
  if (!state) return note("database", []);
  const which = kind === "server" ? "Database of database.dsn" : "Database in the state folder";
  const waits = behind ? [`${count(behind)} events wait`] : [];
  const lost = dropped ? [`${count(dropped)} dropped`] : [];
  const standing = `${which}: ${state}${why && state !== "ready" ? ` (${why})` : ""}`;
  note("database", [standing, ...waits, ...lost, ...tapeLines(tapes ?? {}), ...(alarms ?? [])]);
}

const SHED = { markets: "changes of markets with nothing at stake", changes: "all but snapshots", all: "everything" };

function tapeLines({ gaps, shedding, trouble }) {
  const left = SHED[shedding] ? [`The disk runs short: the tape leaves out ${SHED[shedding]}`] : [];
  return [...left, ...(trouble ? [`The tape stands still: ${trouble}`] : []), ...(gaps ? [`${count(gaps)} gaps in the tape`] : [])];
}

// How far the books that orders meet are from those that decisions saw; nothing where they are the same.
function paintBooks({ followed, known, difference }) {
  byId("execution-books").hidden = !followed;
  const apart = difference?.compared
    ? `mids ${cents(Math.abs(difference.median))} apart (median), at most ${cents(Math.abs(difference.worst))} in ${difference.worst_ticker}`
    : "no market with two sides at both venues";
  note("execution-books", [`Execution venue: ${count(known)} of ${count(followed)} books known`, apart]);
}

function rows(id, list, cellsOf) {
  const body = byId(id).tBodies[0];
  body.replaceChildren(...list.slice(0, ROWS_SHOWN).map((item) => {
    const line = document.createElement("tr");
    for (const value of cellsOf(item)) line.append(value instanceof Node && value.tagName === "TD" ? value : wrap(value));
    return line;
  }));
}

function wrap(value) {
  const td = document.createElement("td");
  td.append(value instanceof Node ? value : printable(value ?? "–"));
  return td;
}

function cell(value, className) {
  return Object.assign(wrap(value), { className });
}

function element(tag, value, action) {
  const made = document.createElement(tag);
  made.textContent = printable(value);
  if (action) made.dataset.action = action;
  return made;
}

function pill(action) {
  const made = element("span", (action ?? "–").replace("_", " "), action);
  made.className = "pill";
  return made;
}

function state(value) {
  const made = element("span", (value ?? "–").replaceAll("_", " "));
  made.className = "state";
  made.dataset.state = value;
  return made;
}

function market(row) {
  return cell(row.ticker, "market");
}

function holding(text) {
  const made = element("span", text);
  made.className = `pill ${text.endsWith("NO") ? "no" : "yes"}`;
  return made;
}
