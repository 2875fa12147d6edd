CREATE TYPE media_state AS ENUM ('pending', 'ready', 'rejected');

CREATE TABLE media (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- SET NULL, not CASCADE: the row is how the sweeper finds the stored object.
    property_id uuid REFERENCES properties ON DELETE SET NULL,
    uploaded_by uuid REFERENCES users ON DELETE SET NULL,
    storage_key text NOT NULL CONSTRAINT media_storage_key_key UNIQUE CHECK (length(storage_key) BETWEEN 1 AND 1000),
    sha256 bytea CHECK (octet_length(sha256) = 32),
    content_type text NOT NULL CHECK (content_type ~ '^[a-z]+/[a-z0-9.+-]+$' AND length(content_type) <= 100),
    bytes bigint CHECK (bytes > 0),
    width integer CHECK (width BETWEEN 1 AND 100000),
    height integer CHECK (height BETWEEN 1 AND 100000),
    -- Locale -> text.
    alt jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(alt) = 'object'),
    variants jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(variants) = 'array'),
    state media_state NOT NULL DEFAULT 'pending',
    reject_reason text CHECK (length(reject_reason) BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT media_ready_check CHECK (state <> 'ready' OR num_nulls(sha256, bytes, width, height) = 0),
    CONSTRAINT media_rejected_check CHECK ((state = 'rejected') = (reject_reason IS NOT NULL))
);
CREATE INDEX media_property_id_idx ON media (property_id);
CREATE INDEX media_uploaded_by_idx ON media (uploaded_by);
CREATE INDEX media_pending_idx ON media (created_at) WHERE state <> 'ready';
CREATE TRIGGER media_updated_at BEFORE UPDATE ON media FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER media_audit AFTER INSERT OR UPDATE OR DELETE ON media FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,variants}', '{}');
