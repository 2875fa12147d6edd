-- Money for bookings: what is asked for, what has come, what goes back.

CREATE TYPE payment_purpose AS ENUM ('charge', 'deposit', 'refund');
CREATE TYPE payment_state AS ENUM ('pending', 'requires_action', 'succeeded', 'failed', 'cancelled', 'refunded');
CREATE TYPE payment_event_status AS ENUM ('received', 'applied', 'ignored', 'dead');

CREATE TABLE payments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE RESTRICT,
    -- A refund names the payment whose money goes back.
    refund_of uuid REFERENCES payments ON DELETE RESTRICT,
    provider text NOT NULL CONSTRAINT payments_provider_check CHECK (provider IN ('manual', 'stripe')),
    purpose payment_purpose NOT NULL,
    state payment_state NOT NULL DEFAULT 'pending',
    amount bigint NOT NULL CONSTRAINT payments_amount_check CHECK (amount BETWEEN 1 AND 10000000000000),
    currency char(3) NOT NULL CONSTRAINT payments_currency_check CHECK (currency IN ('THB', 'USD', 'EUR', 'GBP', 'JPY')),
    -- What has really come (of a refund: gone), in the same currency.
    received bigint NOT NULL DEFAULT 0 CONSTRAINT payments_received_check CHECK (received BETWEEN 0 AND 10000000000000),
    -- What of it has gone back, or is on its way.
    refunded bigint NOT NULL DEFAULT 0,
    -- The provider's own name for it, once it is known.
    provider_reference text CONSTRAINT payments_provider_reference_check CHECK (provider_reference ~ '^[!-~]([ -~]*[!-~])?$' AND length(provider_reference) <= 255),
    -- Why somebody of the staff must look at it; a word to count by.
    attention text CONSTRAINT payments_attention_check CHECK (attention IN
        ('amount_mismatch', 'currency_mismatch', 'underpaid', 'overpaid', 'too_late', 'paid_twice', 'refund_failed')),
    -- Why it is there (of a refund), or what the provider said last. Never a person's words.
    reason text CONSTRAINT payments_reason_check CHECK (reason ~ '^[a-z0-9_]{1,100}$'),
    -- After this nothing is waited for; what comes all the same is not lost.
    expires_at timestamptz,
    succeeded_at timestamptz,
    -- When the provider was last asked how it stands.
    asked_at timestamptz,
    version integer NOT NULL DEFAULT 1 CONSTRAINT payments_version_check CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payments_provider_reference_key UNIQUE (provider, provider_reference),
    CONSTRAINT payments_refund_of_check CHECK ((purpose = 'refund') = (refund_of IS NOT NULL)),
    CONSTRAINT payments_refunded_check CHECK (refunded BETWEEN 0 AND received AND (purpose <> 'refund' OR refunded = 0)),
    CONSTRAINT payments_succeeded_check CHECK (CASE
        WHEN state IN ('succeeded', 'refunded') THEN succeeded_at IS NOT NULL AND received >= amount
        ELSE succeeded_at IS NULL END),
    CONSTRAINT payments_refunded_state_check CHECK (state <> 'refunded' OR refunded = received),
    CONSTRAINT payments_state_check CHECK (purpose <> 'refund' OR state IN ('pending', 'succeeded', 'failed'))
);
CREATE INDEX payments_booking_id_idx ON payments (booking_id, created_at);
CREATE INDEX payments_refund_of_idx ON payments (refund_of);
CREATE INDEX payments_newest_idx ON payments (created_at DESC, id DESC);
CREATE INDEX payments_state_idx ON payments (state, created_at DESC, id DESC);
CREATE INDEX payments_attention_idx ON payments (created_at DESC, id DESC) WHERE attention IS NOT NULL;
CREATE INDEX payments_expires_at_idx ON payments (expires_at) WHERE state IN ('pending', 'requires_action');
CREATE INDEX payments_asked_at_idx ON payments (asked_at NULLS FIRST) WHERE state IN ('pending', 'requires_action');
-- A guest who asks twice at once pays once.
CREATE UNIQUE INDEX payments_open_key ON payments (booking_id, purpose)
    WHERE purpose <> 'refund' AND state IN ('pending', 'requires_action');

CREATE TRIGGER payments_updated_at BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- That a provider was asked is no change by a person.
CREATE TRIGGER payments_audit AFTER INSERT OR UPDATE OR DELETE ON payments FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,version,asked_at}', '{}');

ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;
-- Whoever sees the booking sees what was paid for it: the inner query is under its policies.
CREATE POLICY payments_of_booking ON payments FOR SELECT
    USING (EXISTS (SELECT FROM bookings b WHERE b.id = payments.booking_id));
-- Who pays does not write: the platform does, in their name.
CREATE POLICY payments_staff ON payments
    USING ((SELECT app_role()) IN ('admin', 'system')
        OR (SELECT app_role()) = 'agent' AND EXISTS (SELECT FROM bookings b JOIN properties p ON p.id = b.property_id
            WHERE b.id = payments.booking_id AND p.agent_id = (SELECT app_user_id())));

-- What providers told, and what staff saw arrive: each once, by the teller's own name for it.
-- An extract, no copy: who paid, and with what, stays with the provider.
CREATE TABLE payment_events (
    provider text NOT NULL CONSTRAINT payment_events_provider_check CHECK (provider IN ('manual', 'stripe')),
    event_id text NOT NULL CONSTRAINT payment_events_event_id_check CHECK (length(event_id) BETWEEN 1 AND 255),
    kind text NOT NULL CONSTRAINT payment_events_kind_check CHECK (length(kind) BETWEEN 1 AND 100),
    payload jsonb NOT NULL CONSTRAINT payment_events_payload_check CHECK (jsonb_typeof(payload) = 'object'),
    payment_id uuid REFERENCES payments ON DELETE RESTRICT,
    status payment_event_status NOT NULL DEFAULT 'received',
    -- What came of it; a word.
    outcome text CONSTRAINT payment_events_outcome_check CHECK (outcome ~ '^[a-z0-9_]{1,100}$'),
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT payment_events_attempts_check CHECK (attempts >= 0),
    -- When it happened, by the provider's clock.
    happened_at timestamptz NOT NULL,
    applied_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, event_id),
    CONSTRAINT payment_events_applied_check CHECK ((status = 'applied') = (applied_at IS NOT NULL))
);
CREATE INDEX payment_events_payment_id_idx ON payment_events (payment_id, created_at);
CREATE INDEX payment_events_open_idx ON payment_events (updated_at) WHERE status = 'received';
CREATE TRIGGER payment_events_updated_at BEFORE UPDATE ON payment_events FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE payment_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_events FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_events_staff ON payment_events
    USING ((SELECT app_role()) IN ('admin', 'system')
        OR (SELECT app_role()) = 'agent' AND EXISTS (SELECT FROM payments p WHERE p.id = payment_events.payment_id));
