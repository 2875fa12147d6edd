CREATE TYPE calendar_direction AS ENUM ('import', 'export');
CREATE TYPE stay_kind AS ENUM ('booking', 'hold', 'block', 'external');

CREATE TABLE calendars (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    direction calendar_direction NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    url text CHECK (url ~ '^https?://' AND length(url) <= 2000),
    token text CONSTRAINT calendars_token_key UNIQUE CHECK (length(token) BETWEEN 20 AND 200),
    etag text CHECK (length(etag) <= 1000),
    last_modified text CHECK (length(last_modified) <= 200),
    last_synced_at timestamptz,
    last_error text CHECK (length(last_error) <= 4000),
    last_event_count integer CHECK (last_event_count >= 0),
    failure_count integer NOT NULL DEFAULT 0 CHECK (failure_count >= 0),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT calendars_direction_check CHECK (CASE direction
        WHEN 'import' THEN url IS NOT NULL AND token IS NULL
        ELSE token IS NOT NULL AND url IS NULL END)
);
CREATE INDEX calendars_property_id_idx ON calendars (property_id);
CREATE INDEX calendars_due_idx ON calendars (last_synced_at NULLS FIRST) WHERE direction = 'import' AND is_active;

-- Everything that occupies dates, and the only source of availability. The database makes
-- a double booking impossible. No personal data and therefore no row-level security: range
-- operators are not leakproof and would stop being index conditions under a policy.
-- Writers lock the property row first (FOR NO KEY UPDATE, ascending id), then insert:
-- without that lock concurrent inserts deadlock in the exclusion constraint.
CREATE TABLE stays (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    during daterange NOT NULL CONSTRAINT stays_during_check CHECK (is_bounded_range(during, 366)),
    kind stay_kind NOT NULL,
    booking_id uuid CONSTRAINT stays_booking_id_key UNIQUE REFERENCES bookings ON DELETE CASCADE,
    calendar_id uuid REFERENCES calendars ON DELETE CASCADE,
    external_uid text CHECK (length(external_uid) BETWEEN 1 AND 1000),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stays_no_overlap EXCLUDE USING gist (property_id WITH =, during WITH &&),
    CONSTRAINT stays_booking_check CHECK (CASE kind
        WHEN 'booking' THEN booking_id IS NOT NULL
        WHEN 'hold' THEN true
        ELSE booking_id IS NULL END),
    CONSTRAINT stays_external_check CHECK ((kind = 'external') = (calendar_id IS NOT NULL)
        AND (kind = 'external') = (external_uid IS NOT NULL)),
    CONSTRAINT stays_expires_at_check CHECK ((kind = 'hold') = (expires_at IS NOT NULL))
);
CREATE INDEX stays_calendar_id_idx ON stays (calendar_id, external_uid);
CREATE INDEX stays_expires_at_idx ON stays (expires_at) WHERE kind = 'hold';

-- An imported event that overlaps something: kept and shown, never dropped, never
-- cancelling a booking.
CREATE TABLE calendar_conflicts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    calendar_id uuid NOT NULL REFERENCES calendars ON DELETE CASCADE,
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    stay_id uuid REFERENCES stays ON DELETE SET NULL,
    external_uid text NOT NULL CHECK (length(external_uid) BETWEEN 1 AND 1000),
    during daterange NOT NULL CONSTRAINT calendar_conflicts_during_check CHECK (is_bounded_range(during, 3660)),
    resolved_at timestamptz,
    resolved_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT calendar_conflicts_event_key UNIQUE (calendar_id, external_uid, during)
);
CREATE INDEX calendar_conflicts_property_id_idx ON calendar_conflicts (property_id);
CREATE INDEX calendar_conflicts_stay_id_idx ON calendar_conflicts (stay_id);
CREATE INDEX calendar_conflicts_resolved_by_idx ON calendar_conflicts (resolved_by);

CREATE TRIGGER calendars_updated_at BEFORE UPDATE ON calendars FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER stays_updated_at BEFORE UPDATE ON stays FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER calendar_conflicts_updated_at BEFORE UPDATE ON calendar_conflicts FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
-- The outcome of each sync is left out: a poll every few minutes is no change by a person.
CREATE TRIGGER calendars_audit AFTER INSERT OR UPDATE OR DELETE ON calendars FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}',
        '{created_at,updated_at,etag,last_modified,last_synced_at,last_error,last_event_count,failure_count}', '{url,token}');
