CREATE TYPE notify_frequency AS ENUM ('never', 'instant', 'daily', 'weekly');

CREATE TABLE favourites (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, property_id)
);
CREATE INDEX favourites_property_id_idx ON favourites (property_id);

CREATE TABLE saved_searches (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    query text CHECK (length(query) BETWEEN 1 AND 2000),
    filters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(filters) = 'object'),
    locale text CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    notify notify_frequency NOT NULL DEFAULT 'never',
    last_notified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX saved_searches_user_id_idx ON saved_searches (user_id, created_at DESC);
CREATE INDEX saved_searches_notify_idx ON saved_searches (notify, last_notified_at) WHERE notify <> 'never';
CREATE TRIGGER saved_searches_updated_at BEFORE UPDATE ON saved_searches FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE favourites ENABLE ROW LEVEL SECURITY;
ALTER TABLE favourites FORCE ROW LEVEL SECURITY;
CREATE POLICY favourites_own ON favourites
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND user_id = (SELECT app_user_id()));
CREATE POLICY favourites_system ON favourites USING ((SELECT app_role()) = 'system');

ALTER TABLE saved_searches ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_searches FORCE ROW LEVEL SECURITY;
CREATE POLICY saved_searches_own ON saved_searches
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND user_id = (SELECT app_user_id()));
CREATE POLICY saved_searches_system ON saved_searches USING ((SELECT app_role()) = 'system');
