-- What the ledger lane reads and writes. "VALUES %s" takes many rows at once.

-- name: lock_cursors
SELECT source, position, state FROM lane_cursor
WHERE account = %(account)s AND lane = %(lane)s
ORDER BY source
FOR UPDATE

-- name: move_cursors
INSERT INTO lane_cursor (account, lane, source, position, state, at_us) VALUES %s
ON CONFLICT (account, lane, source)
DO UPDATE SET position = excluded.position, state = excluded.state, at_us = excluded.at_us

-- name: insert_events
INSERT INTO fresh_event (account, outbox_id, seq, kind, at_us, payload) VALUES %s

-- name: pack_events
WITH page (account, outbox_id, seq, kind, at_us, payload) AS (VALUES %s),
reached AS (SELECT account, outbox_id, max(seq) AS seq FROM page GROUP BY account, outbox_id),
earlier AS (
    DELETE FROM fresh_event AS fresh USING reached
    WHERE fresh.account = reached.account AND fresh.outbox_id = reached.outbox_id AND fresh.seq < reached.seq
    RETURNING fresh.account, fresh.outbox_id, fresh.seq, fresh.kind, fresh.at_us, fresh.payload
),
packed AS (SELECT * FROM page UNION ALL SELECT * FROM earlier)
INSERT INTO event_block (account, outbox_id, block_no, from_us, upto_us, events)
SELECT account, outbox_id, seq / 100, min(at_us), max(at_us),
       jsonb_agg(jsonb_build_array(seq, kind, at_us, payload) ORDER BY seq)
FROM packed GROUP BY account, outbox_id, seq / 100

-- name: find_events
SELECT seq, kind, at_us, payload FROM fresh_event
WHERE account = %(account)s AND outbox_id = %(outbox_id)s AND seq = ANY(%(seqs)s)
UNION ALL
SELECT (event ->> 0)::bigint, (event ->> 1)::smallint, (event ->> 2)::bigint, event -> 3
FROM event_block CROSS JOIN LATERAL jsonb_array_elements(events) AS event
WHERE account = %(account)s AND outbox_id = %(outbox_id)s AND block_no = ANY(%(blocks)s)
  AND (event ->> 0)::bigint = ANY(%(seqs)s)

-- name: insert_refusals
INSERT INTO refusal (account, outbox_id, seq, session, at_us, ticker, action, reason, decision) VALUES %s

-- name: insert_session
INSERT INTO session (account, session, outbox_id, started_us, data, execution, strategy, version, python, host, pid, config)
VALUES (%(account)s, %(session)s, %(outbox_id)s, %(started_us)s, %(data)s, %(execution)s, %(strategy)s, %(version)s,
        %(python)s, %(host)s, %(pid)s, %(config)s)

-- name: end_session
UPDATE session SET ended_us = %(ended_us)s, end_reason = %(end_reason)s
WHERE account = %(account)s AND session = %(session)s

-- name: add_session_totals
INSERT INTO session_total AS known (account, session, last_us, orders, fills, realised_e6, fees_e6) VALUES %s
ON CONFLICT (account, session) DO UPDATE SET
    last_us = greatest(known.last_us, excluded.last_us), orders = known.orders + excluded.orders,
    fills = known.fills + excluded.fills, realised_e6 = known.realised_e6 + excluded.realised_e6,
    fees_e6 = known.fees_e6 + excluded.fees_e6

-- name: insert_session_values
INSERT INTO session_value (account, session, outbox_id, seq, at_us, since_us, cash_e6, available_e6, held_e6, gain_e6,
                           marks, worth_e6) VALUES %s

-- name: find_sessions
SELECT started_us, session FROM session
WHERE account = %(account)s AND outbox_id = %(outbox_id)s
ORDER BY started_us

-- name: upsert_markets
INSERT INTO market (account, source, ticker, venue, event_ticker, series_ticker, status, exchange_index, close_us,
                    fee_type, fee_multiplier_e4, updated_us, title) VALUES %s
ON CONFLICT (account, source, ticker) DO UPDATE SET
    venue = excluded.venue, event_ticker = excluded.event_ticker, series_ticker = excluded.series_ticker,
    status = excluded.status, exchange_index = excluded.exchange_index, close_us = excluded.close_us,
    fee_type = excluded.fee_type, fee_multiplier_e4 = excluded.fee_multiplier_e4, updated_us = excluded.updated_us,
    title = coalesce(nullif(excluded.title, ''), market.title)
WHERE excluded.updated_us > market.updated_us

-- name: find_orders
SELECT order_key, order_id, client_order_id, order_manager_seqs, fill_processor_seqs FROM order_life
WHERE account = %(account)s AND ledger_id = %(ledger_id)s
  AND (order_key = ANY(%(names)s) OR order_id = ANY(%(names)s) OR client_order_id = ANY(%(names)s))

-- name: upsert_orders
INSERT INTO order_life (account, ledger_id, order_key, outbox_id, session, incarnation, batch_no, batch_row, order_id,
                        client_order_id, is_ours, is_closed, ticker, exchange_index, side, action, price_e4, count_e2,
                        filled_e2, state, reason, end_reason, decided_us, recorded_us, sent_us, answered_us, ended_us,
                        updated_us, order_manager_seqs, fill_processor_seqs) VALUES %s
ON CONFLICT (account, ledger_id, order_key) DO UPDATE SET
    outbox_id = excluded.outbox_id, session = excluded.session, incarnation = excluded.incarnation,
    batch_no = excluded.batch_no, batch_row = excluded.batch_row, order_id = excluded.order_id,
    client_order_id = excluded.client_order_id, is_ours = excluded.is_ours, is_closed = excluded.is_closed,
    ticker = excluded.ticker, exchange_index = excluded.exchange_index, side = excluded.side,
    action = excluded.action, price_e4 = excluded.price_e4, count_e2 = excluded.count_e2,
    filled_e2 = excluded.filled_e2, state = excluded.state, reason = excluded.reason,
    end_reason = excluded.end_reason, decided_us = excluded.decided_us, recorded_us = excluded.recorded_us,
    sent_us = excluded.sent_us, answered_us = excluded.answered_us, ended_us = excluded.ended_us,
    updated_us = excluded.updated_us, order_manager_seqs = excluded.order_manager_seqs,
    fill_processor_seqs = excluded.fill_processor_seqs

-- name: delete_orders
DELETE FROM order_life
WHERE account = %(account)s AND ledger_id = %(ledger_id)s AND order_key = ANY(%(keys)s)

-- name: insert_fills
INSERT INTO fill (account, trade_id, outbox_id, seq, session, at_us, ts_ms, order_id, ticker, exchange_index, side, price_e4,
                  count_e2, fee_e6, is_taker) VALUES %s
ON CONFLICT (account, trade_id) DO NOTHING
RETURNING trade_id

-- name: find_fills
SELECT trade_id, outbox_id, seq FROM fill
WHERE account = %(account)s AND trade_id = ANY(%(keys)s)

-- name: insert_settlements
INSERT INTO settlement (account, ticker, outbox_id, seq, session, at_us, exchange_index, result, value_e4, revenue_e6)
VALUES %s
ON CONFLICT (account, ticker) DO NOTHING
RETURNING ticker

-- name: find_settlements
SELECT ticker, outbox_id, seq FROM settlement
WHERE account = %(account)s AND ticker = ANY(%(keys)s)

-- name: find_positions
SELECT DISTINCT ON (ticker) ticker, position_e2, cost_e6, realised_e6, fees_e6, traded_e6 FROM position_change
WHERE account = %(account)s AND outbox_id = %(outbox_id)s AND ticker = ANY(%(tickers)s)
ORDER BY ticker, seq DESC

-- name: find_settled
SELECT ticker, value_e4 FROM settlement
WHERE account = %(account)s AND ticker = ANY(%(tickers)s)

-- name: insert_positions
INSERT INTO position_change (account, outbox_id, seq, ticker, session, at_us, exchange_index, cause, position_e2, cost_e6,
                             realised_e6, fees_e6, traded_e6, realised_change_e6, fees_change_e6, cash_e6) VALUES %s

-- name: insert_balances
INSERT INTO balance (account, outbox_id, seq, exchange_index, session, at_us, source, cash_e6, available_e6, reason)
VALUES %s

-- name: insert_reconciliations
INSERT INTO reconciliation (account, outbox_id, seq, session, at_us, generation, in_motion, as_of_us, differences)
VALUES %s

-- name: insert_conflicts
INSERT INTO conflict (account, key, outbox_id, seq, at_us, sentence) VALUES %s
ON CONFLICT (account, key, outbox_id) DO NOTHING

-- name: insert_gap
INSERT INTO ledger_gap (account, outbox_id, from_seq, upto_seq, at_us, why)
VALUES (%(account)s, %(outbox_id)s, %(from_seq)s, %(upto_seq)s, %(at_us)s, %(why)s)
ON CONFLICT (account, outbox_id, from_seq) DO NOTHING

-- name: find_alarms
SELECT why FROM ledger_gap WHERE account = %(account)s AND at_us >= %(since_us)s
UNION ALL
SELECT sentence FROM conflict WHERE account = %(account)s AND at_us >= %(since_us)s
LIMIT 20

-- name: replaced_at
SELECT position FROM lane_cursor
WHERE account = %(account)s AND lane = 'ledger' AND source = %(source)s
