-- What earlier runs booked stays out of this one.
DROP SCHEMA IF EXISTS bench CASCADE;
SET session_replication_role = replica;
DELETE FROM stays WHERE booking_id IS NOT NULL;
DELETE FROM booking_events;
DELETE FROM tenancies;
DELETE FROM bookings;
DELETE FROM quotes;
DELETE FROM idempotency_keys;
RESET session_replication_role;
