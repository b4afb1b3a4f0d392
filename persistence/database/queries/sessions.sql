-- The sessions that a database knows, and what each came to.

-- name: sessions
SELECT session.account, session.session, session.started_us, session.ended_us, coalesce(session.end_reason, ''),
       session.data, session.execution, session.strategy, session.host, session.version,
       coalesce(total.last_us, session.started_us), coalesce(total.orders, 0), coalesce(total.fills, 0),
       coalesce(total.realised_e6, 0), coalesce(total.fees_e6, 0),
       coalesce(heard.at_us >= %(now_us)s - 120000000 AND session.started_us = newest.started_us, false),
       valued.gain_e6
FROM session
LEFT JOIN session_total AS total USING (account, session)
LEFT JOIN session_value AS valued USING (account, session)
LEFT JOIN (SELECT account, max(at_us) AS at_us FROM lane_cursor WHERE lane = 'ledger' GROUP BY account) AS heard
    ON heard.account = session.account
JOIN (SELECT account, outbox_id, max(started_us) AS started_us FROM session GROUP BY account, outbox_id) AS newest
    ON newest.account = session.account AND newest.outbox_id = session.outbox_id
WHERE %(accounts)s::text[] IS NULL OR session.account = ANY(%(accounts)s)
ORDER BY session.started_us, session.account, session.session

-- name: decisions
SELECT account, session, action, sum(decisions)::bigint FROM decision_count
WHERE %(accounts)s::text[] IS NULL OR account = ANY(%(accounts)s)
GROUP BY account, session, action

-- name: positions
SELECT account, source, position FROM lane_cursor
WHERE lane = %(lane)s AND (%(accounts)s::text[] IS NULL OR account = ANY(%(accounts)s))
