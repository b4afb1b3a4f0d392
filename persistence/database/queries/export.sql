-- The rows of one session, as they are handed on. Each statement gives a file of its name.

-- name: orders
SELECT * FROM order_life WHERE account = %(account)s AND session = %(session)s
ORDER BY recorded_us, order_key

-- name: fills
SELECT * FROM fill WHERE account = %(account)s AND session = %(session)s
ORDER BY outbox_id, seq

-- name: positions
SELECT * FROM position_change WHERE account = %(account)s AND session = %(session)s
ORDER BY outbox_id, seq, ticker

-- name: settlements
SELECT * FROM settlement WHERE account = %(account)s AND session = %(session)s
ORDER BY outbox_id, seq

-- name: balances
SELECT * FROM balance WHERE account = %(account)s AND session = %(session)s
ORDER BY outbox_id, seq, exchange_index

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
