-- A booking may begin as a request that the host answers. A new type and not ADD VALUE: a value
-- that was added is of no use before the transaction ends, and the checks below name it.
-- The type of a column that a trigger names cannot change: the trigger is made again below.
DROP TRIGGER bookings_coupon_use ON bookings;
ALTER TYPE booking_status RENAME TO booking_status_before;
CREATE TYPE booking_status AS ENUM ('requested', 'held', 'confirmed', 'declined', 'cancelled', 'expired', 'completed');
DROP INDEX bookings_hold_expires_at_idx;
ALTER TABLE bookings
    DROP CONSTRAINT bookings_held_check,
    DROP CONSTRAINT bookings_confirmed_check,
    DROP CONSTRAINT bookings_cancelled_check,
    ALTER COLUMN status DROP DEFAULT;
ALTER TABLE bookings ALTER COLUMN status TYPE booking_status USING status::text::booking_status;
ALTER TABLE booking_events
    ALTER COLUMN from_status TYPE booking_status USING from_status::text::booking_status,
    ALTER COLUMN to_status TYPE booking_status USING to_status::text::booking_status;
DROP TYPE booking_status_before;
CREATE TRIGGER bookings_coupon_use AFTER INSERT OR UPDATE OF status, quote_id ON bookings
    FOR EACH ROW EXECUTE FUNCTION count_coupon_use();

ALTER TABLE bookings
    ALTER COLUMN status SET DEFAULT 'held',
    -- As addresses are compared; what one guest may hold at once is counted by it.
    ADD COLUMN guest_email_key text GENERATED ALWAYS AS (lower(btrim(guest_email))) STORED,
    -- The language that the guest is written to in.
    ADD COLUMN locale text NOT NULL DEFAULT 'en' CONSTRAINT bookings_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    -- Where it was placed from, as a keyed digest: what one address may hold is counted by it for
    -- a day, then it is blanked.
    ADD COLUMN placed_from text CONSTRAINT bookings_placed_from_check CHECK (length(placed_from) BETWEEN 16 AND 64),
    -- Raised to end every link to the booking that has been handed out.
    ADD COLUMN link_generation integer NOT NULL DEFAULT 1 CONSTRAINT bookings_link_generation_check CHECK (link_generation > 0),
    ADD COLUMN accepted_at timestamptz,
    ADD COLUMN declined_at timestamptz,
    ADD COLUMN completed_at timestamptz,
    ADD CONSTRAINT bookings_held_check CHECK (status NOT IN ('requested', 'held') OR hold_expires_at IS NOT NULL),
    ADD CONSTRAINT bookings_confirmed_check CHECK (status NOT IN ('confirmed', 'completed') OR confirmed_at IS NOT NULL),
    ADD CONSTRAINT bookings_cancelled_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    ADD CONSTRAINT bookings_declined_check CHECK ((status = 'declined') = (declined_at IS NOT NULL)),
    ADD CONSTRAINT bookings_completed_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    ADD CONSTRAINT bookings_refund_status_check CHECK (status = 'cancelled' OR num_nonnulls(cancelled_by, refund_amount) = 0);
CREATE INDEX bookings_hold_expires_at_idx ON bookings (hold_expires_at) WHERE status IN ('requested', 'held');
CREATE INDEX bookings_departure_idx ON bookings (check_out) WHERE status = 'confirmed';
CREATE INDEX bookings_created_at_idx ON bookings (created_at DESC, id DESC);
CREATE INDEX bookings_guest_email_key_idx ON bookings (guest_email_key, created_at DESC) WHERE guest_email_key IS NOT NULL;
CREATE INDEX bookings_placed_from_idx ON bookings (placed_from, created_at DESC) WHERE placed_from IS NOT NULL;

DROP TRIGGER bookings_audit ON bookings;
CREATE TRIGGER bookings_audit AFTER INSERT OR UPDATE OR DELETE ON bookings FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,placed_from,guest_email_key}',
        '{guest_name,guest_email,guest_phone,guest_note,cancellation_reason}');

-- Whoever has the link to a booking is nobody but that booking's guest.
CREATE FUNCTION app_booking_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.booking_id', true), '')::uuid;
CREATE POLICY bookings_link ON bookings
    USING ((SELECT app_role()) = 'anonymous' AND id = (SELECT app_booking_id()));

-- A booking that is confirmed, or moved, has its dates when the transaction ends: whatever path
-- confirms it, nobody is promised what somebody else may still take.
CREATE FUNCTION guard_confirmed_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.stays s WHERE s.booking_id = NEW.id AND s.kind = 'booking'
                      AND s.property_id = NEW.property_id AND lower(s.during) = NEW.check_in
                      AND upper(s.during) >= NEW.check_out) THEN
        RAISE EXCEPTION 'a confirmed booking occupies its dates'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bookings_confirmed_stay';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER bookings_confirmed_stay AFTER UPDATE OF status, check_in, check_out ON bookings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'confirmed')
    EXECUTE FUNCTION guard_confirmed_booking();
