-- The rows of one session, as they are handed on. Each statement gives a file of its name.

-- name: orders
SELECT account, session, coalesce('order_' || substring(order_key FROM '^rl1-.*-([0-9]+)$'), order_key) AS "order", ticker,
       action, side, price_e4, count_e2, filled_e2, state, reason, end_reason, decided_us, recorded_us, sent_us,
       answered_us, ended_us, updated_us, is_ours, is_closed, exchange_index, order_key, order_id, client_order_id,
       incarnation, batch_no, batch_row, outbox_name(ledger_id) AS ledger, outbox_name(outbox_id) AS outbox,
       order_manager_seqs, fill_processor_seqs
FROM order_life WHERE account = %(account)s AND session = %(session)s
ORDER BY order_life.recorded_us, order_life.order_key

-- name: fills
SELECT fill.account, fill.session, fill.at_us, fill.ts_ms, fill.ticker,
       coalesce('order_' || substring(life.order_key FROM '^rl1-.*-([0-9]+)$'), fill.order_id) AS "order", life.action,
       fill.side, fill.price_e4, fill.count_e2, fill.fee_e6, fill.is_taker, life.is_ours, fill.exchange_index,
       fill.order_id, fill.trade_id, outbox_name(fill.outbox_id) AS outbox, fill.seq
FROM fill LEFT JOIN order_life AS life
    ON life.account = fill.account AND life.ledger_id = fill.outbox_id AND life.order_id = fill.order_id
WHERE fill.account = %(account)s AND fill.session = %(session)s
ORDER BY fill.outbox_id, fill.seq

-- name: positions
SELECT account, session, at_us, ticker, cause, position_e2, cost_e6, realised_e6, fees_e6, traded_e6,
       realised_change_e6, fees_change_e6, cash_e6, exchange_index, outbox_name(outbox_id) AS outbox, seq
FROM position_change WHERE account = %(account)s AND session = %(session)s
ORDER BY position_change.outbox_id, position_change.seq, position_change.ticker

-- name: settlements
SELECT account, session, at_us, ticker, result, value_e4, revenue_e6, exchange_index,
       outbox_name(outbox_id) AS outbox, seq
FROM settlement WHERE account = %(account)s AND session = %(session)s
ORDER BY settlement.outbox_id, settlement.seq

-- name: balances
SELECT account, session, at_us, source, cash_e6, available_e6, reason, exchange_index,
       outbox_name(outbox_id) AS outbox, seq
FROM balance WHERE account = %(account)s AND session = %(session)s
ORDER BY balance.outbox_id, balance.seq, balance.exchange_index

-- name: decisions
SELECT account, session, incarnation, batch_no, batch_row, decided_us AS at_us, ticker, action, state AS outcome,
       '' AS refused_by, reason, order_key
FROM order_life WHERE account = %(account)s AND session = %(session)s AND recorded_us IS NOT NULL
UNION ALL
SELECT account, session, (regexp_match(decision, '-([0-9]+)-'))[1]::integer,
       (regexp_match(decision, '-([0-9]+)/'))[1]::bigint, (regexp_match(decision, '/([0-9]+)$'))[1]::integer,
       at_us, ticker, action, reason, 'OrderManager', '', NULL
FROM refusal WHERE account = %(account)s AND session = %(session)s
ORDER BY at_us, ticker

-- name: held_before
SELECT touched.ticker, before.position_e2, before.cost_e6, opened.cause, opened.at_us
FROM (SELECT outbox_id, ticker, min(seq) AS seq FROM position_change
      WHERE account = %(account)s AND session = %(session)s GROUP BY outbox_id, ticker) AS touched
CROSS JOIN LATERAL (
    SELECT position_e2, cost_e6 FROM position_change AS change
    WHERE account = %(account)s AND change.outbox_id = touched.outbox_id AND change.ticker = touched.ticker
      AND change.seq < touched.seq
    ORDER BY seq DESC LIMIT 1) AS before
CROSS JOIN LATERAL (
    SELECT cause, at_us FROM position_change AS change
    WHERE account = %(account)s AND change.outbox_id = touched.outbox_id AND change.ticker = touched.ticker
      AND change.seq < touched.seq
      AND change.seq > coalesce((
          SELECT max(other.seq) FROM position_change AS other
          WHERE account = %(account)s AND other.outbox_id = touched.outbox_id AND other.ticker = touched.ticker
            AND other.seq < touched.seq AND sign(other.position_e2) <> sign(before.position_e2)), -1)
    ORDER BY seq LIMIT 1) AS opened
WHERE before.position_e2 <> 0 AND touched.outbox_id = %(outbox_id)s

-- name: ledgers
SELECT DISTINCT outbox_id FROM position_change WHERE account = %(account)s AND session = %(session)s
ORDER BY outbox_id

-- name: moves
SELECT change.ticker, change.at_us, change.position_e2, change.cost_e6, change.realised_change_e6,
       change.fees_change_e6, change.cause, fill.side, fill.price_e4, fill.count_e2
FROM position_change AS change
LEFT JOIN fill ON fill.account = change.account AND fill.session = change.session
              AND fill.outbox_id = change.outbox_id AND fill.seq = change.seq
WHERE change.account = %(account)s AND change.session = %(session)s AND change.outbox_id = %(outbox_id)s
ORDER BY change.seq
