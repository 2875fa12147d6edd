DROP TRIGGER bookings_confirmed_stay ON bookings;
DROP FUNCTION guard_confirmed_booking();
DROP POLICY bookings_link ON bookings;
DROP FUNCTION app_booking_id();
DROP TRIGGER bookings_audit ON bookings;
CREATE TRIGGER bookings_audit AFTER INSERT OR UPDATE OR DELETE ON bookings FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}',
        '{guest_name,guest_email,guest_phone,guest_note,cancellation_reason}');

DROP INDEX bookings_placed_from_idx;
DROP INDEX bookings_guest_email_key_idx;
DROP INDEX bookings_created_at_idx;
DROP INDEX bookings_departure_idx;
DROP INDEX bookings_hold_expires_at_idx;
ALTER TABLE bookings
    DROP CONSTRAINT bookings_refund_status_check,
    DROP CONSTRAINT bookings_completed_check,
    DROP CONSTRAINT bookings_declined_check,
    DROP CONSTRAINT bookings_cancelled_check,
    DROP CONSTRAINT bookings_confirmed_check,
    DROP CONSTRAINT bookings_held_check,
    DROP COLUMN completed_at,
    DROP COLUMN declined_at,
    DROP COLUMN accepted_at,
    DROP COLUMN link_generation,
    DROP COLUMN placed_from,
    DROP COLUMN locale,
    DROP COLUMN guest_email_key,
    ALTER COLUMN status DROP DEFAULT;

DROP TRIGGER bookings_coupon_use ON bookings;
ALTER TYPE booking_status RENAME TO booking_status_before;
CREATE TYPE booking_status AS ENUM ('held', 'confirmed', 'cancelled', 'expired', 'completed');
-- A request was a hold until the host answered; what was declined holds nothing.
ALTER TABLE bookings ALTER COLUMN status TYPE booking_status
    USING (CASE status WHEN 'requested' THEN 'held' WHEN 'declined' THEN 'expired' ELSE status::text END)::booking_status;
ALTER TABLE booking_events
    ALTER COLUMN from_status TYPE booking_status
        USING (CASE from_status WHEN 'requested' THEN 'held' WHEN 'declined' THEN 'expired' ELSE from_status::text END)::booking_status,
    ALTER COLUMN to_status TYPE booking_status
        USING (CASE to_status WHEN 'requested' THEN 'held' WHEN 'declined' THEN 'expired' ELSE to_status::text END)::booking_status;
DROP TYPE booking_status_before;
CREATE TRIGGER bookings_coupon_use AFTER INSERT OR UPDATE OF status, quote_id ON bookings
    FOR EACH ROW EXECUTE FUNCTION count_coupon_use();
ALTER TABLE bookings
    ALTER COLUMN status SET DEFAULT 'held',
    ADD CONSTRAINT bookings_held_check CHECK (status <> 'held' OR hold_expires_at IS NOT NULL),
    ADD CONSTRAINT bookings_confirmed_check CHECK (status NOT IN ('confirmed', 'completed') OR confirmed_at IS NOT NULL),
    ADD CONSTRAINT bookings_cancelled_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL));
CREATE INDEX bookings_hold_expires_at_idx ON bookings (hold_expires_at) WHERE status = 'held';
