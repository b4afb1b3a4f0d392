-- The ledger: sessions, markets, orders, fills, positions, cash and the checks of them.
--
-- account is the name of the account's folder, in every key. outbox_id is the random id of the file that an
-- event was written to, as a number; (account, outbox_id, seq) names the event for ever. Money, prices and
-- counts are integers whose scale is in the name; times are microseconds since 1970 UTC.

CREATE TABLE lane_cursor (
    account text NOT NULL,
    lane text NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    state jsonb NOT NULL DEFAULT '{}',
    at_us bigint NOT NULL,
    PRIMARY KEY (account, lane, source)
) WITH (fillfactor = 50);
COMMENT ON TABLE lane_cursor IS 'How far each source on a trading machine has been written into this database';
COMMENT ON COLUMN lane_cursor.position IS 'The last event or byte of the source whose rows are here';
COMMENT ON COLUMN lane_cursor.state IS 'What the lane has to know to go on from there';

CREATE TABLE session (
    account text NOT NULL,
    session text NOT NULL,
    outbox_id bigint NOT NULL,
    started_us bigint NOT NULL,
    ended_us bigint,
    end_reason text,
    data text NOT NULL,
    execution text NOT NULL,
    strategy text NOT NULL,
    version text NOT NULL,
    python text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    config jsonb NOT NULL,
    PRIMARY KEY (account, session)
);
COMMENT ON TABLE session IS 'Each run of the program; the view sessions says how it ended';
COMMENT ON COLUMN session.ended_us IS 'Null while it runs, and for ever when it was killed';

CREATE TABLE market (
    account text NOT NULL,
    source text NOT NULL,
    ticker text NOT NULL,
    venue text NOT NULL,
    event_ticker text NOT NULL,
    series_ticker text NOT NULL,
    title text NOT NULL DEFAULT '',
    status text NOT NULL,
    exchange_index integer NOT NULL,
    close_us bigint NOT NULL,
    fee_type text NOT NULL,
    fee_multiplier_e4 integer NOT NULL,
    updated_us bigint NOT NULL,
    PRIMARY KEY (account, source, ticker)
);
COMMENT ON TABLE market IS 'Markets as a venue last told them: source execution, or data where that is another one';

CREATE TABLE event_kind (
    kind smallint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    writer text NOT NULL,
    fields text[] NOT NULL
);
COMMENT ON TABLE event_kind IS 'The kinds of events, and the names of the values in ledger_event.payload';

INSERT INTO event_kind (kind, name, writer, fields) VALUES
    (1, 'IntentRecorded', 'OrderManager', '{client_order_id,ticker,exchange_index,action,side,price_e4,count_e2,time_in_force,post_only,expiration_s,decision,reason,decided_us}'),
    (2, 'SendStarted', 'OrderManager', '{client_order_id,deadline_us}'),
    (3, 'Answered', 'OrderManager', '{client_order_id,outcome,order_id,fill_count_e2,remaining_e2,code,detail,record}'),
    (4, 'CancelStarted', 'OrderManager', '{client_order_id,order_id}'),
    (5, 'CancelAnswered', 'OrderManager', '{client_order_id,outcome,reduced_by_e2,code,order_id}'),
    (6, 'Refused', 'OrderManager', '{ticker,action,reason,decision}'),
    (11, 'AccountOpened', 'FillProcessor', '{account,cash_e6,positions,fills_from_us}'),
    (12, 'FillSeen', 'FillProcessor', '{trade_id,order_id,client_order_id,ticker,exchange_index,side,price_e4,count_e2,fee_e6,is_taker,ts_ms,post_position_e2}'),
    (13, 'OrderSeen', 'FillProcessor', '{order_id,client_order_id,ticker,exchange_index,side,price_e4,status,initial_e2,fill_e2,remaining_e2,reason,ts_ms}'),
    (14, 'SettlementSeen', 'FillProcessor', '{ticker,exchange_index,result,value_e4,revenue_e6}'),
    (15, 'CashMoved', 'FillProcessor', '{move_id,change_e6,reason}'),
    (16, 'BalanceSeen', 'FillProcessor', '{available_e6}'),
    (17, 'Reconciled', 'FillProcessor', '{generation,differences,in_motion,as_of_us}'),
    (21, 'SessionStarted', 'Recorder', '{session,account,data,execution,strategy,version,python,host,pid,config}'),
    (22, 'SessionEnded', 'Recorder', '{session,reason}'),
    (23, 'MarketSeen', 'Recorder', '{ticker,event_ticker,series_ticker,status,exchange_index,close_us,fee_type,fee_multiplier_e4}');

CREATE TABLE fresh_event (
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    kind smallint NOT NULL,
    account text NOT NULL,
    payload jsonb NOT NULL,
    PRIMARY KEY (account, outbox_id, seq)
);
COMMENT ON TABLE fresh_event IS 'The newest facts of each outbox, until there are enough for an event_block';

CREATE TABLE event_block (
    account text NOT NULL,
    outbox_id bigint NOT NULL,
    block_no bigint NOT NULL,
    from_us bigint NOT NULL,
    upto_us bigint NOT NULL,
    events jsonb NOT NULL,
    PRIMARY KEY (account, outbox_id, block_no)
);
COMMENT ON TABLE event_block IS 'A hundred facts in a row: compressed together they take a third of the room';
COMMENT ON COLUMN event_block.block_no IS 'seq / 100, rounded down';
COMMENT ON COLUMN event_block.events IS 'Of each fact seq, kind, at_us and payload';

CREATE VIEW ledger_event AS
SELECT account, outbox_id, seq, at_us, kind, payload FROM fresh_event
UNION ALL
SELECT account, outbox_id, (event ->> 0)::bigint, (event ->> 2)::bigint, (event ->> 1)::smallint, event -> 3
FROM event_block CROSS JOIN LATERAL jsonb_array_elements(events) AS event;
COMMENT ON VIEW ledger_event IS 'Every fact, in its writer''s order, never changed: everything else is made of it';
COMMENT ON COLUMN ledger_event.payload IS 'The values of event_kind.fields in their order; values at the end that are the default are left out';

CREATE TABLE refusal (
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    ticker text NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    decision text NOT NULL,
    PRIMARY KEY (account, outbox_id, seq)
);
COMMENT ON TABLE refusal IS 'Intents that risk did not let through';

CREATE TABLE order_life (
    ledger_id bigint NOT NULL,
    outbox_id bigint,
    batch_no bigint,
    decided_us bigint,
    recorded_us bigint,
    sent_us bigint,
    answered_us bigint,
    ended_us bigint,
    updated_us bigint NOT NULL,
    count_e2 bigint,
    filled_e2 bigint NOT NULL,
    incarnation integer,
    batch_row integer,
    price_e4 integer,
    exchange_index smallint NOT NULL,
    is_ours boolean NOT NULL,
    is_closed boolean NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    order_key text NOT NULL,
    order_id text,
    client_order_id text,
    ticker text NOT NULL,
    side text,
    action text,
    state text NOT NULL,
    reason text NOT NULL,
    end_reason text NOT NULL,
    order_manager_seqs bigint[] NOT NULL,
    fill_processor_seqs bigint[] NOT NULL,
    PRIMARY KEY (account, ledger_id, order_key)
) WITH (fillfactor = 90);
CREATE INDEX order_life_order_id ON order_life USING hash (order_id);
CREATE INDEX order_life_client_order_id ON order_life (client_order_id) WHERE client_order_id IS NOT NULL;
COMMENT ON TABLE order_life IS 'Each order as its facts prove it, ours and those of others in the account';
COMMENT ON COLUMN order_life.ledger_id IS 'The outbox of FillProcessor beside which it was folded';
COMMENT ON COLUMN order_life.outbox_id IS 'The outbox of OrderManager that sent it; null for an order of somebody else';
COMMENT ON COLUMN order_life.order_key IS 'Our client_order_id, or the venue''s order_id of an order of somebody else';
COMMENT ON COLUMN order_life.client_order_id IS 'The name it bore first, where that is not order_key';
COMMENT ON COLUMN order_life.is_closed IS 'It has ended, and each of its fills is known';
COMMENT ON COLUMN order_life.order_manager_seqs IS 'Its events in outbox_id; those of FillProcessor are in ledger_id';

CREATE TABLE fill (
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    ts_ms bigint NOT NULL,
    count_e2 bigint NOT NULL,
    fee_e6 bigint NOT NULL,
    price_e4 integer NOT NULL,
    exchange_index smallint NOT NULL,
    is_taker boolean,
    account text NOT NULL,
    session text NOT NULL,
    trade_id text NOT NULL,
    order_id text NOT NULL,
    ticker text NOT NULL,
    side text NOT NULL,
    PRIMARY KEY (account, trade_id)
);
COMMENT ON TABLE fill IS 'Each fill once; one that was told in two ways is in conflict as well';
COMMENT ON COLUMN fill.price_e4 IS 'YES price';
COMMENT ON COLUMN fill.ts_ms IS 'When it happened, by the venue''s clock, in milliseconds';

CREATE TABLE position_change (
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    position_e2 bigint NOT NULL,
    cost_e6 bigint NOT NULL,
    realised_e6 bigint NOT NULL,
    fees_e6 bigint NOT NULL,
    traded_e6 bigint NOT NULL,
    realised_change_e6 bigint NOT NULL,
    fees_change_e6 bigint NOT NULL,
    cash_e6 bigint NOT NULL,
    exchange_index smallint NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    ticker text NOT NULL,
    cause text NOT NULL,
    PRIMARY KEY (account, outbox_id, ticker, seq)
);
COMMENT ON TABLE position_change IS 'A market''s position after each fill and settlement: the last one is what is held';
COMMENT ON COLUMN position_change.position_e2 IS '+ is YES, - is NO';
COMMENT ON COLUMN position_change.cash_e6 IS 'Of the account on that exchange_index, after it';
COMMENT ON COLUMN position_change.cause IS 'opened: held when the ledger began; fill; settlement';

CREATE TABLE settlement (
    account text NOT NULL,
    ticker text NOT NULL,
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    session text NOT NULL,
    exchange_index integer NOT NULL,
    result text NOT NULL,
    value_e4 integer NOT NULL,
    revenue_e6 bigint,
    PRIMARY KEY (account, ticker)
);
COMMENT ON TABLE settlement IS 'What each settled market paid for one YES';

CREATE TABLE balance (
    account text NOT NULL,
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    exchange_index integer NOT NULL,
    at_us bigint NOT NULL,
    session text NOT NULL,
    source text NOT NULL,
    cash_e6 bigint NOT NULL,
    available_e6 bigint,
    reason text NOT NULL,
    PRIMARY KEY (account, outbox_id, seq, exchange_index)
);
COMMENT ON TABLE balance IS 'Cash when the ledger began (opened), when it came or went (moved), when the venue told it (seen)';
COMMENT ON COLUMN balance.cash_e6 IS 'By the ledger, with what resting orders reserve';
COMMENT ON COLUMN balance.available_e6 IS 'By the venue, without it';

CREATE TABLE reconciliation (
    account text NOT NULL,
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    session text NOT NULL,
    generation bigint NOT NULL,
    in_motion integer NOT NULL,
    as_of_us bigint NOT NULL,
    differences jsonb NOT NULL,
    PRIMARY KEY (account, outbox_id, seq)
);
COMMENT ON TABLE reconciliation IS 'Each check of the account against the venue, and the differences that stood after it';

CREATE TABLE conflict (
    account text NOT NULL,
    key text NOT NULL,
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    sentence text NOT NULL,
    PRIMARY KEY (account, key, outbox_id)
);
COMMENT ON TABLE conflict IS 'What was told in two ways, which a person has to look at; the first one stands';

CREATE TABLE ledger_gap (
    account text NOT NULL,
    outbox_id bigint NOT NULL,
    from_seq bigint NOT NULL,
    upto_seq bigint,
    at_us bigint NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (account, outbox_id, from_seq)
);
COMMENT ON TABLE ledger_gap IS 'Events that are in no file any more and were never written here; upto_seq is null where nobody knows';

CREATE TABLE model (
    account text NOT NULL,
    session text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    path text NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (account, session, name)
);
COMMENT ON TABLE model IS 'The models that sessions decided with';

-- For people: dollars, contracts and times as they are read. Everything is exact.

CREATE FUNCTION dollars(money_e6 numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT round(money_e6 / 1000000, 6)';
CREATE FUNCTION dollars_of_price(price_e4 integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT round(price_e4::numeric / 10000, 4)';
CREATE FUNCTION contracts(count_e2 numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT round(count_e2 / 100, 2)';
CREATE FUNCTION time_of(at_us bigint) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT timestamptz ''epoch'' + at_us * interval ''1 microsecond''';
CREATE FUNCTION day_of(at_us bigint) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT date ''1970-01-01'' + (at_us / 86400000000)::integer';
CREATE FUNCTION milliseconds(from_us bigint, upto_us bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT round((upto_us - from_us)::numeric / 1000, 3)';
CREATE FUNCTION outbox_name(outbox_id bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT lpad(to_hex(outbox_id), 16, ''0'')';

CREATE VIEW ledger_events AS
SELECT event.account, outbox_name(event.outbox_id) AS outbox, event.seq, time_of(event.at_us) AS at, kind.name AS kind,
       kind.writer, (SELECT jsonb_object_agg(kind.fields[value.number], value.told)
                     FROM jsonb_array_elements(event.payload) WITH ORDINALITY AS value (told, number)) AS payload
FROM ledger_event AS event JOIN event_kind AS kind USING (kind);
COMMENT ON VIEW ledger_events IS 'Every fact with the names of its values; a value that is not there is the default';

CREATE VIEW sessions AS
SELECT session.account, session.session, time_of(started_us) AS started, time_of(ended_us) AS ended,
       CASE WHEN ended_us IS NOT NULL THEN end_reason
            WHEN heard.at_us > (extract(epoch FROM now()) - 120) * 1000000 AND later.session IS NULL THEN 'running'
            ELSE 'no end recorded' END AS state,
       data, execution, strategy, version, python, host, pid,
       (SELECT count(*) FROM order_life AS sent
        WHERE sent.account = session.account AND sent.session = session.session AND sent.is_ours) AS orders,
       (SELECT count(*) FROM fill
        WHERE fill.account = session.account AND fill.session = session.session) AS fills,
       (SELECT dollars(coalesce(sum(realised_change_e6 - fees_change_e6), 0)) FROM position_change AS change
        WHERE change.account = session.account AND change.session = session.session) AS realised_after_fees
FROM session
LEFT JOIN LATERAL (SELECT max(at_us) AS at_us FROM lane_cursor
                   WHERE lane_cursor.account = session.account AND lane = 'ledger') AS heard ON true
LEFT JOIN LATERAL (SELECT next.session FROM session AS next
                   WHERE next.account = session.account AND next.outbox_id = session.outbox_id
                     AND next.started_us > session.started_us LIMIT 1) AS later ON true;
COMMENT ON VIEW sessions IS 'Each run of the program and what it came to; one that was killed has no end recorded';

CREATE VIEW markets AS
SELECT account, ticker, source, venue, event_ticker, series_ticker, title, status, time_of(close_us) AS closes,
       exchange_index, fee_type, time_of(updated_us) AS updated
FROM market;
COMMENT ON VIEW markets IS 'Markets as a venue last told them';

CREATE VIEW orders AS
SELECT account, outbox_name(ledger_id) AS ledger, session,
       coalesce('order_' || substring(order_key FROM '^rl1-.*-([0-9]+)$'), order_key) AS "order",
       order_key, order_id, is_ours, ticker, action, side, dollars_of_price(price_e4) AS yes_price,
       contracts(count_e2) AS contracts, contracts(filled_e2) AS filled, state, reason, end_reason,
       time_of(decided_us) AS decided, time_of(recorded_us) AS recorded, time_of(sent_us) AS sent,
       time_of(answered_us) AS answered, time_of(ended_us) AS ended,
       incarnation, batch_no, batch_row, order_manager_seqs, fill_processor_seqs
FROM order_life;
COMMENT ON VIEW orders IS 'Orders with their life: decided, recorded, sent, answered, ended';

CREATE VIEW order_events AS
SELECT life.account, outbox_name(life.ledger_id) AS ledger, life.order_key, outbox_name(place.outbox_id) AS outbox,
       place.seq, time_of(event.at_us) AS at, kind.name AS kind,
       (SELECT jsonb_object_agg(kind.fields[value.number], value.told)
        FROM jsonb_array_elements(event.payload) WITH ORDINALITY AS value (told, number)) AS payload
FROM order_life AS life
CROSS JOIN LATERAL (SELECT life.outbox_id AS outbox_id, unnest(life.order_manager_seqs) AS seq
                    UNION ALL SELECT life.ledger_id, unnest(life.fill_processor_seqs)) AS place
CROSS JOIN LATERAL (
    SELECT fresh.at_us, fresh.kind, fresh.payload FROM fresh_event AS fresh
    WHERE fresh.account = life.account AND fresh.outbox_id = place.outbox_id AND fresh.seq = place.seq
    UNION ALL
    SELECT (packed ->> 2)::bigint, (packed ->> 1)::smallint, packed -> 3
    FROM event_block AS block CROSS JOIN LATERAL jsonb_array_elements(block.events) AS packed
    WHERE block.account = life.account AND block.outbox_id = place.outbox_id AND block.block_no = place.seq / 100
      AND (packed ->> 0)::bigint = place.seq) AS event
JOIN event_kind AS kind USING (kind);
COMMENT ON VIEW order_events IS 'Each order''s facts, one by one';

CREATE VIEW fills AS
SELECT fill.account, fill.session, time_of(fill.at_us) AS heard, time_of(fill.ts_ms * 1000) AS happened, fill.ticker,
       fill.side, dollars_of_price(fill.price_e4) AS yes_price, contracts(fill.count_e2) AS contracts,
       dollars(fill.fee_e6) AS fee, fill.is_taker, life.is_ours, life.action,
       coalesce('order_' || substring(life.order_key FROM '^rl1-.*-([0-9]+)$'), fill.order_id) AS "order",
       fill.order_id, fill.trade_id
FROM fill LEFT JOIN order_life AS life
    ON life.account = fill.account AND life.ledger_id = fill.outbox_id AND life.order_id = fill.order_id;
COMMENT ON VIEW fills IS 'Fills with their fees and the orders that they filled';

CREATE VIEW positions AS
SELECT account, outbox_name(outbox_id) AS ledger, ticker, event_ticker, contracts(position_e2) AS contracts,
       CASE sign(position_e2) WHEN 1 THEN 'YES' WHEN -1 THEN 'NO' ELSE 'none' END AS held,
       dollars(cost_e6) AS cost, dollars(realised_e6) AS realised, dollars(fees_e6) AS fees,
       dollars(realised_e6 - fees_e6) AS realised_after_fees, time_of(at_us) AS since
FROM (SELECT DISTINCT ON (account, outbox_id, ticker) * FROM position_change
      ORDER BY account, outbox_id, ticker, seq DESC) AS newest
LEFT JOIN (SELECT account, ticker, event_ticker FROM market WHERE source = 'execution') AS told USING (account, ticker);
COMMENT ON VIEW positions IS 'What is held in each market and what it has brought, as of its last fill or settlement';

CREATE VIEW pnl_by_market AS
SELECT account, outbox_name(outbox_id) AS ledger, session, ticker, event_ticker, day_of(change.at_us) AS day,
       count(*) FILTER (WHERE cause = 'fill') AS fills, dollars(sum(realised_change_e6)) AS realised,
       dollars(sum(fees_change_e6)) AS fees, dollars(sum(realised_change_e6 - fees_change_e6)) AS realised_after_fees
FROM position_change AS change
LEFT JOIN (SELECT account, ticker, event_ticker FROM market WHERE source = 'execution') AS told USING (account, ticker)
GROUP BY account, outbox_id, session, ticker, event_ticker, day_of(change.at_us);
COMMENT ON VIEW pnl_by_market IS 'Realised P&L and fees by market, session and day (UTC)';

CREATE VIEW pnl_by_event AS
SELECT account, ledger, event_ticker, day, sum(fills) AS fills, sum(realised) AS realised, sum(fees) AS fees,
       sum(realised_after_fees) AS realised_after_fees
FROM pnl_by_market GROUP BY account, ledger, event_ticker, day;
COMMENT ON VIEW pnl_by_event IS 'The same by event and day';

CREATE VIEW pnl_by_day AS
SELECT account, ledger, day, sum(fills) AS fills, sum(realised) AS realised, sum(fees) AS fees,
       sum(realised_after_fees) AS realised_after_fees
FROM pnl_by_market GROUP BY account, ledger, day;
COMMENT ON VIEW pnl_by_day IS 'The same by day';

CREATE VIEW cash AS
SELECT DISTINCT ON (account, outbox_id, exchange_index) account, outbox_name(outbox_id) AS ledger, exchange_index,
       dollars(cash_e6) AS cash, time_of(at_us) AS since
FROM (SELECT account, outbox_id, exchange_index, seq, cash_e6, at_us FROM balance
      UNION ALL SELECT account, outbox_id, exchange_index, seq, cash_e6, at_us FROM position_change) AS told
ORDER BY account, outbox_id, exchange_index, seq DESC;
COMMENT ON VIEW cash IS 'Cash by exchange_index, with what resting orders reserve';

CREATE VIEW order_latency AS
SELECT account, session, ticker, order_key, time_of(recorded_us) AS recorded,
       milliseconds(decided_us, recorded_us) AS decision_to_record_ms, milliseconds(recorded_us, sent_us) AS record_to_send_ms,
       milliseconds(sent_us, answered_us) AS send_to_ack_ms, milliseconds(decided_us, answered_us) AS decision_to_ack_ms
FROM order_life WHERE is_ours;
COMMENT ON VIEW order_latency IS 'How long each step of an order took, from the decision to the venue''s answer';

CREATE VIEW refusals AS
SELECT account, session, time_of(at_us) AS at, ticker, action, reason, decision FROM refusal;
COMMENT ON VIEW refusals IS 'Intents that risk did not let through, and why';

CREATE VIEW reconciliations AS
SELECT account, session, time_of(at_us) AS at, jsonb_array_length(differences) AS differences, in_motion,
       (SELECT string_agg(coalesce(each ->> 'sentence', each #>> '{}'), '; ') FROM jsonb_array_elements(differences) AS each)
           AS sentences
FROM reconciliation;
COMMENT ON VIEW reconciliations IS 'Checks of the account against the venue';
