// What does the page know? A pure reducer over the messages of /rl/ws: no DOM, no clock, no socket.

const FEED_SHOWN = 50;
export const SCHEMA = 1;

export const empty = { seq: null, boot: null, session: null, slices: {}, tables: {}, feeds: {} };

// (store, message) → { store, ask }: ask is what to send back or to do, if anything.
export function receive(store, message) {
  switch (message.type) {
    case "hello":
      return hello(store, message);
    case "snapshot":
      return { store: { ...store, seq: message.seq, ...message.state } };
    case "delta":
      return delta(store, message);
    case "hb":
      return message.seq === store.seq || store.seq === null ? { store } : resync(store);
    default:
      return { store }; // a newer server may say more than we understand
  }
}

// Seconds since the actor that is silent longest was heard; 0 while all are.
export function oldest(store) {
  return Math.max(0, ...Object.values(store.slices.trading?.stale ?? {}));
}

function hello(store, message) {
  // The page's token and files belong to the process that served it.
  if (message.schema !== SCHEMA || (store.boot && store.boot !== message.boot)) return { store, ask: "reload" };
  return { store: { ...store, boot: message.boot, session: message.session, seq: null } };
}

function resync(store) {
  return { store: { ...store, seq: null }, ask: { type: "resync", have: store.seq } };
}

function delta(store, message) {
  if (store.seq === null || message.seq <= store.seq) return { store };
  if (message.seq !== store.seq + 1) return resync(store);
  const next = { ...store, seq: message.seq };
  if (message.set) next.slices = setFields(store.slices, message.set);
  if (message.tables) next.tables = setRows(store.tables, message.tables);
  if (message.add) next.feeds = addEntries(store.feeds, message.add);
  return { store: next };
}

function setFields(slices, changes) {
  const next = { ...slices };
  for (const [name, fields] of Object.entries(changes)) next[name] = { ...slices[name], ...fields };
  return next;
}

function setRows(tables, changes) {
  const next = { ...tables };
  for (const [name, change] of Object.entries(changes)) {
    const rows = { ...tables[name], ...change.set };
    for (const id of change.del) delete rows[id];
    next[name] = rows;
  }
  return next;
}

function addEntries(feeds, changes) {
  const next = { ...feeds };
  for (const [name, entries] of Object.entries(changes)) {
    next[name] = [...(feeds[name] ?? []), ...entries].slice(-FEED_SHOWN);
  }
  return next;
}
