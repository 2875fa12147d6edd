-- Inbound deliveries. The provider's delivery id is the key, so a replay is a conflict.
CREATE TYPE webhook_event_status AS ENUM ('received', 'applied', 'ignored', 'failed', 'dead');

CREATE TABLE webhook_events (
    provider text NOT NULL CHECK (provider ~ '^[a-z][a-z0-9_]*$'),
    delivery_id text NOT NULL CHECK (length(delivery_id) BETWEEN 1 AND 255),
    event_type text NOT NULL CHECK (length(event_type) BETWEEN 1 AND 255),
    payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    status webhook_event_status NOT NULL DEFAULT 'received',
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    error text CHECK (length(error) <= 4000),
    applied_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, delivery_id),
    CHECK ((status = 'applied') = (applied_at IS NOT NULL))
);
CREATE INDEX webhook_events_open_idx ON webhook_events (created_at) WHERE status IN ('received', 'failed');
CREATE TRIGGER webhook_events_updated_at BEFORE UPDATE ON webhook_events FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
