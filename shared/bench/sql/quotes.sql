-- :quotes prices, each for nights that nobody has: seven of them, in eight days, one home after the
-- other. They are what one real price is, with other days and another home.
INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, outcome, total, currency, coupon_id,
    hash, valid_until)
SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-9000-000000000000')::uuid,
    (lpad(to_hex(1 + n % :homes), 8, '0') || '-0000-7000-8000-000000000000')::uuid,
    days.check_in, days.check_in + 7, q.guests,
    q.inputs || jsonb_build_object('check_in', days.check_in, 'check_out', days.check_in + 7),
    q.rules, q.lines, q.outcome, q.total, q.currency, NULL, q.hash, now() + interval '1 day'
FROM quotes q, generate_series(0, :quotes - 1) n,
    LATERAL (SELECT current_date + 600 + n / :homes * 8 AS check_in) days
WHERE q.id = :'quote';
-- Apart from the brand's own schema, which is looked at for what does not belong there.
CREATE SCHEMA bench;
CREATE SEQUENCE bench.bookings MINVALUE 0 START 0;
GRANT USAGE ON SCHEMA bench TO PUBLIC;
GRANT USAGE ON SEQUENCE bench.bookings TO PUBLIC;
