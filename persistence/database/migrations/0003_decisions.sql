-- The decisions: every batch of every Selector, HOLDs included, as chunks; and what they come to, as figures.
--
-- The decisions of one Selector process are (account, session, incarnation), and its batches are numbered 1, 2, …
-- A decision is one row of a batch, and (session)-(incarnation)-(batch_no)/(row) names it in the ledger.

CREATE TABLE decision_setup (
    account text NOT NULL,
    session text NOT NULL,
    incarnation integer NOT NULL,
    setup jsonb NOT NULL,
    PRIMARY KEY (account, session, incarnation)
);
COMMENT ON TABLE decision_setup IS 'What stayed the same for all decisions of one Selector: strategy, seed, options, size of orders, market map';

CREATE TABLE decision_chunk (
    first_batch_no bigint NOT NULL,
    last_batch_no bigint NOT NULL,
    t0_us bigint NOT NULL,
    t1_us bigint NOT NULL,
    decisions integer NOT NULL,
    incarnation integer NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (account, session, incarnation, first_batch_no, t0_us)
) PARTITION BY RANGE (t0_us);
ALTER TABLE decision_chunk ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE decision_chunk_others PARTITION OF decision_chunk DEFAULT;
COMMENT ON TABLE decision_chunk IS 'All batches of decisions, a partition a day of t0_us; what has no day of its own is in decision_chunk_others';
COMMENT ON COLUMN decision_chunk.t0_us IS 'When its first batch was decided';
COMMENT ON COLUMN decision_chunk.hash IS 'Of all batches of the incarnation up to its last one (trading/decision_hash.py)';
COMMENT ON COLUMN decision_chunk.body IS 'Packed by persistence/decision_codec.py, which names its compression and has a checksum';

CREATE TABLE decision_count (
    decisions bigint NOT NULL,
    first_us bigint NOT NULL,
    last_us bigint NOT NULL,
    incarnation integer NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (account, session, incarnation, action, outcome, reason)
) WITH (fillfactor = 50);
COMMENT ON TABLE decision_count IS 'How many decisions there were of each kind';
COMMENT ON COLUMN decision_count.reason IS 'The strategy''s, # for each number in it';
COMMENT ON COLUMN decision_count.outcome IS 'hold; asked: OrderManager was asked for an order; else why the Selector refused it';

CREATE TABLE decision_gap (
    first_batch_no bigint NOT NULL,
    last_batch_no bigint NOT NULL,
    at_us bigint NOT NULL,
    incarnation integer NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (account, session, incarnation, first_batch_no)
);
COMMENT ON TABLE decision_gap IS 'Batches that are in no file any more and were never written here';

-- For people.

CREATE VIEW decisions_by_reason AS
SELECT account, session, action, outcome,
       CASE WHEN outcome IN ('hold', 'asked') THEN NULL ELSE 'Selector' END AS refused_by,
       reason, sum(decisions) AS decisions,
       round(100 * sum(decisions) / sum(sum(decisions)) OVER (PARTITION BY account, session), 2) AS percent,
       time_of(min(first_us)) AS first, time_of(max(last_us)) AS last
FROM decision_count GROUP BY account, session, action, outcome, reason;
COMMENT ON VIEW decisions_by_reason IS 'What the strategies decided and why, HOLDs included, and how often';

CREATE VIEW refused_by_whom AS
SELECT account, session, 'Selector' AS refused_by, outcome AS reason, sum(decisions) AS times
FROM decision_count WHERE outcome NOT IN ('hold', 'asked') GROUP BY account, session, outcome
UNION ALL
SELECT account, session, 'OrderManager', reason, count(*) FROM refusal GROUP BY account, session, reason;
COMMENT ON VIEW refused_by_whom IS 'Decisions that were not carried out: who refused them, why, how often';

CREATE VIEW decisions AS
SELECT account, session, incarnation, batch_no, batch_row AS "row", time_of(decided_us) AS at, ticker, action,
       state AS outcome, NULL AS refused_by, reason, order_key
FROM order_life WHERE is_ours
UNION ALL
SELECT account, session, (regexp_match(decision, '^[^-]*-([0-9]+)-'))[1]::integer,
       (regexp_match(decision, '-([0-9]+)/'))[1]::bigint, (regexp_match(decision, '/([0-9]+)$'))[1]::integer,
       time_of(at_us), ticker, action, reason, 'OrderManager', NULL, NULL
FROM refusal;
COMMENT ON VIEW decisions IS 'The decisions that asked for an order and what came of each; the others are in decision_chunk';
