-- Webhooks as they are sent: from the events, in order for each subject, with a log.

ALTER TABLE webhook_endpoints
    -- Events up to here were there before the endpoint was.
    ADD COLUMN starts_after bigint NOT NULL DEFAULT 0 CONSTRAINT webhook_endpoints_starts_after_check CHECK (starts_after >= 0),
    -- Signs beside the new one until its time is over, so that a receiver may change at its leisure.
    ADD COLUMN previous_secret text CONSTRAINT webhook_endpoints_previous_secret_check CHECK (length(previous_secret) BETWEEN 20 AND 200),
    ADD COLUMN previous_secret_until timestamptz,
    -- Why the platform itself switched it off; none where a person did.
    ADD COLUMN disabled_reason text CONSTRAINT webhook_endpoints_disabled_reason_check CHECK (disabled_reason IN ('failing', 'gone')),
    ADD CONSTRAINT webhook_endpoints_rotation_check CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL)),
    ADD CONSTRAINT webhook_endpoints_active_check CHECK (NOT is_active OR disabled_reason IS NULL),
    -- `listing.published`, `listing.*` or `*`; empty means every event.
    ADD CONSTRAINT webhook_endpoints_event_types_form_check CHECK (
        array_to_string(event_types, ' ') ~ '^((([a-z][a-z_]*\.([a-z][a-z_]*|\*))|\*)( |$))*$');

DROP TRIGGER webhook_endpoints_audit ON webhook_endpoints;
CREATE TRIGGER webhook_endpoints_audit AFTER INSERT OR UPDATE OR DELETE ON webhook_endpoints FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,failing_since}', '{secret,previous_secret}');

-- Nothing has been sent so far; what stands there knows no event.
DELETE FROM webhook_deliveries;
DROP INDEX webhook_deliveries_endpoint_id_idx, webhook_deliveries_due_idx;
ALTER TABLE webhook_deliveries
    -- The receiver's `webhook-id`: one for an event and an endpoint, however often it is sent.
    ADD COLUMN message_id text NOT NULL CONSTRAINT webhook_deliveries_message_id_key UNIQUE
        CONSTRAINT webhook_deliveries_message_id_check CHECK (length(message_id) BETWEEN 1 AND 100),
    -- The event's place in the feed; 0 for a test, which has none.
    ADD COLUMN seq bigint NOT NULL CONSTRAINT webhook_deliveries_seq_check CHECK (seq >= 0),
    -- What is sent in order.
    ADD COLUMN subject_id uuid NOT NULL,
    -- Set while somebody sends it; a sender that dies lets it run out.
    ADD COLUMN locked_until timestamptz,
    -- Which claim holds it: a sender whose lease ran out records nothing.
    ADD COLUMN claim uuid,
    ADD COLUMN last_attempt_at timestamptz,
    ADD COLUMN latency_ms integer CONSTRAINT webhook_deliveries_latency_ms_check CHECK (latency_ms >= 0),
    ADD COLUMN response_excerpt text CONSTRAINT webhook_deliveries_response_excerpt_check CHECK (length(response_excerpt) <= 1000),
    ADD CONSTRAINT webhook_deliveries_claim_check CHECK ((locked_until IS NULL) = (claim IS NULL)),
    ADD CONSTRAINT webhook_deliveries_open_check CHECK (locked_until IS NULL OR status IN ('pending', 'failed'));

-- The log, newest first.
CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries (endpoint_id, created_at DESC, id DESC);
-- What is due, and whether something about the same subject comes before it.
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (endpoint_id, next_attempt_at, seq) WHERE status IN ('pending', 'failed');
CREATE INDEX webhook_deliveries_order_idx ON webhook_deliveries (endpoint_id, subject_id, seq) WHERE status IN ('pending', 'failed');
CREATE INDEX webhook_deliveries_locked_idx ON webhook_deliveries (endpoint_id, locked_until) WHERE locked_until IS NOT NULL;
-- What has had its time is swept by it.
CREATE INDEX webhook_deliveries_updated_at_idx ON webhook_deliveries (updated_at) WHERE status IN ('delivered', 'dead');

-- "Send again what happened since": the table only grows at its end, so a few pages tell.
CREATE INDEX events_at_idx ON events USING brin (at) WITH (pages_per_range = 32);

INSERT INTO event_cursors (name) VALUES ('webhooks');
