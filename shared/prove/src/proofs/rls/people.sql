-- So many people with something of theirs in every table that holds anything of anybody: the same
-- number stands for a person and for all that is theirs. Nothing in it is in a state in which
-- anybody may write it down (new, queued, created): that would be no wall.
CREATE FUNCTION pg_temp.id(what text, n int) RETURNS uuid LANGUAGE sql
    RETURN md5('prove ' || what || n)::uuid;

INSERT INTO users (id, auth_subject, email, role)
SELECT pg_temp.id('person', n), 'user_walled-' || n, 'p' || n || '@example.com', 'user'::user_role FROM generate_series(1, $people) n
UNION ALL SELECT pg_temp.id('host', n), 'user_host-' || n, 'h' || n || '@example.com', 'agent' FROM generate_series(1, $people) n;
INSERT INTO agents (user_id) SELECT id FROM users WHERE role = 'agent' ON CONFLICT DO NOTHING;
INSERT INTO properties (id, slug, title, transaction_type, property_type, rent_price, agent_id)
SELECT pg_temp.id('home', n), 'walled-' || n, 'Home', 'rent', 'villa', 100, pg_temp.id('host', n) FROM generate_series(1, $people) n;
INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until)
SELECT pg_temp.id('quote', n), pg_temp.id('home', n), '2027-01-01', '2027-03-03', 2, '{}', '{}', '[]', 200, 'THB', sha256('x'), now() + interval '1 hour'
  FROM generate_series(1, $people) n;
-- Two months: with a tenancy.
INSERT INTO bookings (id, reference, property_id, quote_id, guest_user_id, check_in, check_out, guests, total, currency, hold_expires_at)
SELECT pg_temp.id('booking', n), 'WALL-' || n, pg_temp.id('home', n), pg_temp.id('quote', n), pg_temp.id('person', n), '2027-01-01', '2027-03-03', 2, 200, 'THB', now()
  FROM generate_series(1, $people) n;
INSERT INTO booking_offers (booking_id, kind, check_in, check_out, guests, quote_id, state, decided_at, expires_at)
SELECT pg_temp.id('booking', n), 'renewal', '2027-03-03', '2027-04-03', 2, pg_temp.id('quote', n), 'declined', now(), now() FROM generate_series(1, $people) n;
INSERT INTO booking_events (booking_id, kind) SELECT pg_temp.id('booking', n), 'held' FROM generate_series(1, $people) n;
INSERT INTO payments (id, booking_id, provider, purpose, amount, currency)
SELECT pg_temp.id('payment', n), pg_temp.id('booking', n), 'manual', 'charge', 200, 'THB' FROM generate_series(1, $people) n;
INSERT INTO payment_events (provider, event_id, kind, payload, payment_id, happened_at)
SELECT 'manual', 'walled-' || n, 'received', '{}', pg_temp.id('payment', n), now() FROM generate_series(1, $people) n;
INSERT INTO leads (id, property_id, user_id, email, status)
SELECT pg_temp.id('lead', n), pg_temp.id('home', n), pg_temp.id('person', n), 'p' || n || '@example.com', 'contacted' FROM generate_series(1, $people) n;
INSERT INTO lead_events (lead_id, kind) SELECT pg_temp.id('lead', n), 'called' FROM generate_series(1, $people) n;
INSERT INTO lead_tasks (lead_id, title) SELECT pg_temp.id('lead', n), 'Call' FROM generate_series(1, $people) n;
INSERT INTO favourites (user_id, property_id) SELECT pg_temp.id('person', n), pg_temp.id('home', n) FROM generate_series(1, $people) n;
INSERT INTO saved_searches (id, user_id, name)
SELECT pg_temp.id('search', n), pg_temp.id('person', n), 'Mine' FROM generate_series(1, $people) n;
INSERT INTO alerts (user_id, saved_search_id, property_id, kind, price, currency, deliver)
SELECT pg_temp.id('person', n), pg_temp.id('search', n), pg_temp.id('home', n), 'new_match', 100, 'THB', 'never' FROM generate_series(1, $people) n;
INSERT INTO visitors (id) SELECT pg_temp.id('visitor', n) FROM generate_series(1, $people) n;
INSERT INTO search_history (id, at, user_id, kind, query, normalised, locale, total, total_is_exact, took_ms, degraded, is_repeat)
SELECT pg_temp.id('asked', n), now(), pg_temp.id('person', n), 'words', 'Villa', 'villa', 'en', 1, true, 5, false, false FROM generate_series(1, $people) n;
INSERT INTO search_clicks (search_id, property_id, position, at)
SELECT pg_temp.id('asked', n), pg_temp.id('home', n), 1, now() FROM generate_series(1, $people) n;
INSERT INTO notifications (key, template, locale, recipient, subject_id, status, sent_at)
SELECT 'walled:' || n, 'any', 'en', 'p' || n || '@example.com', pg_temp.id('booking', n), 'sent', now() FROM generate_series(1, $people) n;
INSERT INTO idempotency_keys (scope, key, request_hash, response_status, response_body)
SELECT 'create_booking:' || pg_temp.id('person', n), 'key-' || n, sha256('x'), 201, '{}' FROM generate_series(1, $people) n;
INSERT INTO jobs (kind, payload, attempts, run_at)
SELECT 'walled', jsonb_build_object('person', pg_temp.id('person', n)), 1, now() + interval '1 day' FROM generate_series(1, $people) n;
INSERT INTO webhook_events (provider, delivery_id, event_type, payload)
SELECT 'walled', 'delivery-' || n, 'user.created', jsonb_build_object('email', 'p' || n || '@example.com') FROM generate_series(1, $people) n;
INSERT INTO webhook_endpoints (id, url, secret, is_active)
SELECT pg_temp.id('endpoint', n), 'https://example.com/' || n, 'walled-walled-walled-' || n, false FROM generate_series(1, $people) n;
INSERT INTO webhook_deliveries (endpoint_id, event_type, payload, message_id, seq, subject_id)
SELECT pg_temp.id('endpoint', n), 'booking.held', '{}', 'walled-' || n, n, pg_temp.id('booking', n) FROM generate_series(1, $people) n;
INSERT INTO calendars (property_id, direction, name, token)
SELECT pg_temp.id('home', n), 'export', 'Walled', 'walled-walled-walled-' || n FROM generate_series(1, $people) n;
INSERT INTO chat_conversations (id, user_id, locale) SELECT pg_temp.id('talk', n), pg_temp.id('person', n), 'en' FROM generate_series(1, $people) n;
INSERT INTO chat_messages (id, conversation_id, author, content)
SELECT pg_temp.id('said', n), pg_temp.id('talk', n), 'visitor', 'Is it quiet?' FROM generate_series(1, $people) n;
