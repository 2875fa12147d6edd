DROP INDEX payments_waiting_idx;
CREATE INDEX payments_state_idx ON payments (state, created_at DESC, id DESC);
DROP POLICY payments_of_booking ON payments;
CREATE POLICY payments_of_booking ON payments FOR SELECT
    USING (EXISTS (SELECT FROM bookings b WHERE b.id = payments.booking_id));
