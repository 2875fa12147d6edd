-- Extensions belong to the database, not to this schema: provisioning creates them as
-- a superuser (vector is not a trusted extension), so this is a no-op there and down
-- leaves them in place.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Exactly one row, written in the transaction that creates the table.
CREATE TABLE platform_identity (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    product_id text NOT NULL CHECK (product_id ~ '^[a-z][a-z0-9_]*$'),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO platform_identity (product_id) VALUES (current_setting('terrace.product_id'));

CREATE FUNCTION update_updated_at_column() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Who acts, for row-level security and the audit. A LOCAL setting that has ended reads
-- as '' and not as NULL, and ''::uuid raises: hence nullif.
CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

CREATE FUNCTION app_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.role', true), '');
