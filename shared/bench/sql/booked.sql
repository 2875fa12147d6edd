-- A house that is not new: fifty stays at each of :homes homes that are over, each with its dates, its
-- history, and the key of a request of today. Plans for empty tables would be kept while they grow.
SET session_replication_role = replica;
CREATE TEMPORARY TABLE past AS
SELECT gen_random_uuid() AS id, q.id AS quote_id, q.total, q.currency, n,
    (lpad(to_hex(1 + n % :homes), 8, '0') || '-0000-7000-8000-000000000000')::uuid AS property_id,
    current_date - 300 - 8 * (1 + n / :homes) AS check_in
FROM quotes q, generate_series(0, :homes * 50 - 1) n WHERE q.id = :'quote';
INSERT INTO bookings (id, reference, property_id, quote_id, guest_name, guest_phone, check_in, check_out, guests, status,
    total, currency, confirmed_at, completed_at, created_at)
SELECT id, 'PAST-' || n, property_id, quote_id, 'Bench', '081 234 5678', check_in, check_in + 7, 2, 'completed', total,
    currency, check_in - 20, check_in + 7, check_in - 20
FROM past;
INSERT INTO stays (property_id, during, kind, booking_id)
SELECT property_id, daterange(check_in, check_in + 7), 'booking', id FROM past;
INSERT INTO booking_events (booking_id, kind, from_status, to_status, created_at)
SELECT id, kind, from_status::booking_status, to_status::booking_status, check_in - 20
FROM past, (VALUES ('held', NULL, 'held'), ('confirmed', 'held', 'confirmed'), ('completed', 'confirmed', 'completed'))
    AS step (kind, from_status, to_status);
INSERT INTO idempotency_keys (scope, key, request_hash, response_status, response_body)
SELECT 'create_booking:' || md5((n % 500)::text), 'past-' || n, decode(repeat('00', 32), 'hex'), 201,
    convert_to(repeat('x', 2000), 'UTF8')
FROM past;
DROP TABLE past;
RESET session_replication_role;
VACUUM ANALYZE bookings, stays, booking_events, idempotency_keys, quotes;
