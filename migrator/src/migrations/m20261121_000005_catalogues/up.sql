CREATE TYPE amenity_category AS ENUM ('interior', 'exterior', 'building', 'area');
CREATE TYPE policy_data_type AS ENUM ('boolean', 'integer', 'text', 'select');

-- name and description are the fallback language; translations hold the others.
CREATE TABLE amenities (
    slug text PRIMARY KEY CONSTRAINT amenities_slug_check CHECK (slug ~ '^[a-z0-9]+(_[a-z0-9]+)*$' AND length(slug) <= 60),
    category amenity_category NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    icon text CHECK (length(icon) BETWEEN 1 AND 60),
    sort_order integer NOT NULL DEFAULT 0 CHECK (sort_order >= 0),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE amenity_translations (
    amenity_slug text NOT NULL REFERENCES amenities ON UPDATE CASCADE ON DELETE CASCADE,
    locale text NOT NULL CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (amenity_slug, locale)
);

CREATE TABLE policies (
    slug text PRIMARY KEY CONSTRAINT policies_slug_check CHECK (slug ~ '^[a-z0-9]+(_[a-z0-9]+)*$' AND length(slug) <= 60),
    category text NOT NULL CHECK (category ~ '^[a-z][a-z0-9_]*$' AND length(category) <= 60),
    data_type policy_data_type NOT NULL,
    options text[] NOT NULL DEFAULT '{}',
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    description text CHECK (length(description) BETWEEN 1 AND 1000),
    icon text CHECK (length(icon) BETWEEN 1 AND 60),
    sort_order integer NOT NULL DEFAULT 0 CHECK (sort_order >= 0),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT policies_options_check CHECK (
        (data_type = 'select') = (cardinality(options) > 0)
        AND cardinality(options) <= 100 AND array_position(options, NULL) IS NULL)
);
CREATE TABLE policy_translations (
    policy_slug text NOT NULL REFERENCES policies ON UPDATE CASCADE ON DELETE CASCADE,
    locale text NOT NULL CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    description text CHECK (length(description) BETWEEN 1 AND 1000),
    -- Option -> label, for the select type.
    option_labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(option_labels) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (policy_slug, locale)
);

CREATE TRIGGER amenities_updated_at BEFORE UPDATE ON amenities FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER amenity_translations_updated_at BEFORE UPDATE ON amenity_translations FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER policies_updated_at BEFORE UPDATE ON policies FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER policy_translations_updated_at BEFORE UPDATE ON policy_translations FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER amenities_audit AFTER INSERT OR UPDATE OR DELETE ON amenities FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{slug}', '{created_at,updated_at}', '{}');
CREATE TRIGGER amenity_translations_audit AFTER INSERT OR UPDATE OR DELETE ON amenity_translations FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{amenity_slug,locale}', '{created_at,updated_at}', '{}');
CREATE TRIGGER policies_audit AFTER INSERT OR UPDATE OR DELETE ON policies FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{slug}', '{created_at,updated_at}', '{}');
CREATE TRIGGER policy_translations_audit AFTER INSERT OR UPDATE OR DELETE ON policy_translations FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{policy_slug,locale}', '{created_at,updated_at}', '{}');
