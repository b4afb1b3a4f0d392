-- What the session itself said last of its account, and the titles of markets.

CREATE TABLE session_value (
    account text NOT NULL,
    session text NOT NULL,
    outbox_id bigint NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    since_us bigint NOT NULL,
    cash_e6 bigint NOT NULL,
    available_e6 bigint NOT NULL,
    held_e6 bigint NOT NULL,
    gain_e6 bigint NOT NULL,
    marks text NOT NULL,
    worth_e6 jsonb NOT NULL,
    PRIMARY KEY (account, session)
);
COMMENT ON TABLE session_value IS 'The account as each session itself valued it at its end; none where it was killed';
COMMENT ON COLUMN session_value.since_us IS 'When the OrderManager that tells it began to count the gain: later than the session''s start where it was restarted';
COMMENT ON COLUMN session_value.cash_e6 IS 'With what resting orders reserve; available_e6 is without it';
COMMENT ON COLUMN session_value.gain_e6 IS 'Cash and what is held, above what they were at since_us';
COMMENT ON COLUMN session_value.marks IS 'Whose books the prices are from: data or execution';
COMMENT ON COLUMN session_value.worth_e6 IS 'Of what is held, by market';

INSERT INTO event_kind (kind, name, writer, fields) VALUES
    (24, 'SessionValued', 'Recorder', '{session,since_us,cash_e6,available_e6,held_e6,gain_e6,marks,worth_e6}');
UPDATE event_kind SET fields = fields || '{title}' WHERE name = 'MarketSeen';

CREATE OR REPLACE VIEW sessions AS
SELECT session.account, session.session, time_of(started_us) AS started, time_of(ended_us) AS ended,
       CASE WHEN ended_us IS NOT NULL THEN end_reason
            WHEN heard.at_us > (extract(epoch FROM now()) - 120) * 1000000 AND later.session IS NULL THEN 'running'
            ELSE 'no end recorded' END AS state,
       data, execution, strategy, version, python, host, pid,
       coalesce(total.orders, 0) AS orders, coalesce(total.fills, 0) AS fills,
       dollars(coalesce(total.realised_e6 - total.fees_e6, 0)) AS realised_after_fees,
       dollars(valued.gain_e6) AS pnl, dollars(valued.cash_e6 + valued.held_e6) AS equity, valued.marks
FROM session
LEFT JOIN session_total AS total ON total.account = session.account AND total.session = session.session
LEFT JOIN session_value AS valued ON valued.account = session.account AND valued.session = session.session
LEFT JOIN LATERAL (SELECT max(at_us) AS at_us FROM lane_cursor
                   WHERE lane_cursor.account = session.account AND lane = 'ledger') AS heard ON true
LEFT JOIN LATERAL (SELECT next.session FROM session AS next
                   WHERE next.account = session.account AND next.outbox_id = session.outbox_id
                     AND next.started_us > session.started_us LIMIT 1) AS later ON true;
COMMENT ON COLUMN sessions.pnl IS 'With what is still held, by the session''s own last word; null while it runs, and where it was killed';

CREATE OR REPLACE VIEW markets AS
SELECT account, ticker, source, venue, event_ticker, series_ticker,
       coalesce(nullif(title, ''), (SELECT told.title FROM market AS told
                                    WHERE told.account = market.account AND told.ticker = market.ticker
                                      AND told.source = 'execution'), '') AS title,
       status, time_of(close_us) AS closes, exchange_index, fee_type, time_of(updated_us) AS updated
FROM market;
COMMENT ON COLUMN markets.title IS 'By the venue of the orders, where it has a market of that ticker';
