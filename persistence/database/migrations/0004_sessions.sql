-- What is asked of one session among many: its totals, and its rows in the large tables.

CREATE TABLE session_total (
    last_us bigint NOT NULL,
    orders bigint NOT NULL,
    fills bigint NOT NULL,
    realised_e6 bigint NOT NULL,
    fees_e6 bigint NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    PRIMARY KEY (account, session)
) WITH (fillfactor = 50);
COMMENT ON TABLE session_total IS 'What each session came to so far, moved in the transaction that writes its facts';
COMMENT ON COLUMN session_total.last_us IS 'The newest fact of it';
COMMENT ON COLUMN session_total.orders IS 'Orders that it recorded the intent of';
COMMENT ON COLUMN session_total.realised_e6 IS 'Before fees';

INSERT INTO session_total (account, session, last_us, orders, fills, realised_e6, fees_e6)
SELECT account, session, max(last_us), sum(orders), sum(fills), sum(realised_e6), sum(fees_e6)
FROM (SELECT account, session, updated_us AS last_us, (recorded_us IS NOT NULL)::integer AS orders, 0 AS fills,
             0 AS realised_e6, 0 AS fees_e6 FROM order_life
      UNION ALL SELECT account, session, at_us, 0, 1, 0, 0 FROM fill
      UNION ALL SELECT account, session, at_us, 0, 0, realised_change_e6, fees_change_e6 FROM position_change
      UNION ALL SELECT account, session, at_us, 0, 0, 0, 0 FROM balance
      UNION ALL SELECT account, session, greatest(started_us, ended_us), 0, 0, 0, 0 FROM session) AS told
GROUP BY account, session;

CREATE INDEX order_life_session ON order_life (account, session);
CREATE INDEX fill_session ON fill (account, session);
CREATE INDEX position_change_session ON position_change (account, session);
CREATE INDEX refusal_session ON refusal (account, session);

CREATE OR REPLACE VIEW sessions AS
SELECT session.account, session.session, time_of(started_us) AS started, time_of(ended_us) AS ended,
       CASE WHEN ended_us IS NOT NULL THEN end_reason
            WHEN heard.at_us > (extract(epoch FROM now()) - 120) * 1000000 AND later.session IS NULL THEN 'running'
            ELSE 'no end recorded' END AS state,
       data, execution, strategy, version, python, host, pid,
       coalesce(total.orders, 0) AS orders, coalesce(total.fills, 0) AS fills,
       dollars(coalesce(total.realised_e6 - total.fees_e6, 0)) AS realised_after_fees
FROM session
LEFT JOIN session_total AS total ON total.account = session.account AND total.session = session.session
LEFT JOIN LATERAL (SELECT max(at_us) AS at_us FROM lane_cursor
                   WHERE lane_cursor.account = session.account AND lane = 'ledger') AS heard ON true
LEFT JOIN LATERAL (SELECT next.session FROM session AS next
                   WHERE next.account = session.account AND next.outbox_id = session.outbox_id
                     AND next.started_us > session.started_us LIMIT 1) AS later ON true;
