-- What a host proposes for a booking and its guest has to agree to: a stay of a month or longer goes
-- on, or a confirmed stay becomes another one. An offer keeps no nights for anybody.
CREATE TABLE booking_offers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT booking_offers_kind_check CHECK (kind IN ('renewal', 'change')),
    -- Of a renewal the nights that come on top, of a change the whole stay as it would be.
    check_in date NOT NULL,
    check_out date NOT NULL,
    guests integer NOT NULL CONSTRAINT booking_offers_guests_check CHECK (guests BETWEEN 1 AND 1000),
    -- What these nights cost; kept to for as long as the offer stands. Of a renewal that was accepted
    -- it is a part of the booking's price from then on.
    quote_id uuid NOT NULL REFERENCES quotes ON DELETE RESTRICT,
    state text NOT NULL DEFAULT 'open' CONSTRAINT booking_offers_state_check
        CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    -- Nobody, where the platform made it.
    made_by uuid REFERENCES users ON DELETE SET NULL,
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT booking_offers_dates_check CHECK (is_bounded_range(daterange(check_in, check_out), 366)),
    CONSTRAINT booking_offers_decided_check CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX booking_offers_booking_id_idx ON booking_offers (booking_id, created_at);
CREATE INDEX booking_offers_quote_id_idx ON booking_offers (quote_id);
CREATE INDEX booking_offers_made_by_idx ON booking_offers (made_by);
CREATE INDEX booking_offers_open_idx ON booking_offers (expires_at) WHERE state = 'open';
-- A guest has one thing to decide at a time.
CREATE UNIQUE INDEX booking_offers_open_key ON booking_offers (booking_id) WHERE state = 'open';

CREATE TRIGGER booking_offers_updated_at BEFORE UPDATE ON booking_offers FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER booking_offers_audit AFTER INSERT OR UPDATE OR DELETE ON booking_offers FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');

-- What was decided stays decided, and what was offered is what is decided on.
CREATE FUNCTION guard_booking_offer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'open' AND NEW.state <> OLD.state
        OR (NEW.booking_id, NEW.kind, NEW.check_in, NEW.check_out, NEW.guests, NEW.quote_id)
            IS DISTINCT FROM (OLD.booking_id, OLD.kind, OLD.check_in, OLD.check_out, OLD.guests, OLD.quote_id) THEN
        RAISE EXCEPTION 'an offer stays what it is'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'booking_offers_decided';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER booking_offers_decided BEFORE UPDATE ON booking_offers FOR EACH ROW EXECUTE FUNCTION guard_booking_offer();

ALTER TABLE booking_offers ENABLE ROW LEVEL SECURITY;
ALTER TABLE booking_offers FORCE ROW LEVEL SECURITY;
-- Whoever sees the booking: the inner query is under the policies of bookings.
CREATE POLICY booking_offers_of_booking ON booking_offers
    USING (EXISTS (SELECT FROM bookings b WHERE b.id = booking_offers.booking_id));
