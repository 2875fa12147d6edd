CREATE TYPE booking_status AS ENUM ('held', 'confirmed', 'cancelled', 'expired', 'completed');

CREATE TABLE bookings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reference text NOT NULL CONSTRAINT bookings_reference_key UNIQUE
        CONSTRAINT bookings_reference_check CHECK (reference ~ '^[A-Z0-9][A-Z0-9-]{4,30}$'),
    property_id uuid NOT NULL REFERENCES properties ON DELETE RESTRICT,
    quote_id uuid NOT NULL REFERENCES quotes ON DELETE RESTRICT,
    guest_user_id uuid REFERENCES users ON DELETE RESTRICT,
    guest_name text CHECK (length(guest_name) BETWEEN 1 AND 200),
    guest_email text CONSTRAINT bookings_guest_email_check CHECK (guest_email ~ '^[^@\s]+@[^@\s]+$' AND length(guest_email) <= 320),
    guest_phone text CHECK (length(guest_phone) BETWEEN 3 AND 50),
    guest_note text CHECK (length(guest_note) BETWEEN 1 AND 4000),
    check_in date NOT NULL,
    check_out date NOT NULL,
    guests integer NOT NULL CONSTRAINT bookings_guests_check CHECK (guests BETWEEN 1 AND 1000),
    status booking_status NOT NULL DEFAULT 'held',
    total bigint NOT NULL CONSTRAINT bookings_total_check CHECK (total BETWEEN 1 AND 10000000000000),
    currency char(3) NOT NULL CONSTRAINT bookings_currency_check CHECK (currency IN ('THB', 'USD', 'EUR', 'GBP', 'JPY')),
    -- As agreed at booking time: a later change of the listing does not reach it.
    cancellation_policy cancellation_policy,
    hold_expires_at timestamptz,
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    cancelled_by uuid REFERENCES users ON DELETE SET NULL,
    cancellation_reason text CHECK (length(cancellation_reason) BETWEEN 1 AND 4000),
    refund_amount bigint,
    version integer NOT NULL DEFAULT 1 CONSTRAINT bookings_version_check CHECK (version > 0),
    -- Set when the guest was erased: the booking stays, without the person.
    erased_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bookings_dates_check CHECK (is_bounded_range(daterange(check_in, check_out), 366)),
    CONSTRAINT bookings_guest_check CHECK (num_nonnulls(guest_user_id, guest_email, guest_phone, erased_at) > 0),
    CONSTRAINT bookings_held_check CHECK (status <> 'held' OR hold_expires_at IS NOT NULL),
    CONSTRAINT bookings_confirmed_check CHECK (status NOT IN ('confirmed', 'completed') OR confirmed_at IS NOT NULL),
    CONSTRAINT bookings_cancelled_check CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT bookings_refund_amount_check CHECK (refund_amount BETWEEN 0 AND total)
);
CREATE INDEX bookings_property_id_idx ON bookings (property_id, check_in);
CREATE INDEX bookings_quote_id_idx ON bookings (quote_id);
CREATE INDEX bookings_guest_user_id_idx ON bookings (guest_user_id, created_at DESC);
CREATE INDEX bookings_cancelled_by_idx ON bookings (cancelled_by);
CREATE INDEX bookings_hold_expires_at_idx ON bookings (hold_expires_at) WHERE status = 'held';

-- What happened to a booking, append-only (the application may only insert and read).
-- data holds no personal values.
CREATE TABLE booking_events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_.]*$' AND length(kind) <= 60),
    actor_id uuid REFERENCES users ON DELETE SET NULL,
    from_status booking_status,
    to_status booking_status,
    data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX booking_events_booking_id_idx ON booking_events (booking_id, created_at);
CREATE INDEX booking_events_actor_id_idx ON booking_events (actor_id);

CREATE TRIGGER bookings_updated_at BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER bookings_audit AFTER INSERT OR UPDATE OR DELETE ON bookings FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}',
        '{guest_name,guest_email,guest_phone,guest_note,cancellation_reason}');

-- Functions are wrapped in a SELECT so that they run once per statement, not per row.
ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY bookings_staff ON bookings
    USING ((SELECT app_role()) IN ('admin', 'system'));
CREATE POLICY bookings_guest ON bookings
    USING ((SELECT app_role()) IN ('user', 'agent') AND guest_user_id = (SELECT app_user_id()));
CREATE POLICY bookings_agent ON bookings
    USING ((SELECT app_role()) = 'agent'
        AND property_id IN (SELECT p.id FROM properties p WHERE p.agent_id = (SELECT app_user_id())));

ALTER TABLE booking_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE booking_events FORCE ROW LEVEL SECURITY;
-- Whoever sees the booking: the inner query is under the policies of bookings.
CREATE POLICY booking_events_of_booking ON booking_events
    USING (EXISTS (SELECT FROM bookings b WHERE b.id = booking_events.booking_id));
