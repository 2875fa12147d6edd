CREATE TYPE user_role AS ENUM ('user', 'agent', 'admin');

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    auth_subject text NOT NULL CONSTRAINT users_auth_subject_key UNIQUE
        CONSTRAINT users_auth_subject_check CHECK (auth_subject ~ '\S' AND length(auth_subject) <= 255),
    email text CONSTRAINT users_email_check CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 320),
    display_name text CONSTRAINT users_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    phone text CONSTRAINT users_phone_check CHECK (length(phone) BETWEEN 3 AND 50),
    role user_role NOT NULL DEFAULT 'user',
    locale text CONSTRAINT users_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    is_active boolean NOT NULL DEFAULT true,
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT users_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    -- The provider's own clock: an older event never overwrites a newer one.
    auth_updated_at timestamptz,
    -- Tokens issued before this instant are refused.
    revoked_before timestamptz,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_role_idx ON users (role, id);

CREATE TABLE companies (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug text NOT NULL CONSTRAINT companies_slug_key UNIQUE
        CONSTRAINT companies_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 160),
    name text NOT NULL CONSTRAINT companies_name_check CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
    registration_number text CHECK (length(registration_number) <= 100),
    email text CONSTRAINT companies_email_check CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 320),
    phone text CHECK (length(phone) BETWEEN 3 AND 50),
    website text CHECK (website ~ '^https?://' AND length(website) <= 2000),
    address jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(address) = 'object'),
    logo jsonb CHECK (jsonb_typeof(logo) = 'object'),
    is_verified boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- 1:1 with a user and keyed by it: an agent's id is the user's id.
CREATE TABLE agents (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    company_id uuid REFERENCES companies ON DELETE SET NULL,
    bio text NOT NULL DEFAULT '' CHECK (length(bio) <= 20000),
    languages text[] NOT NULL DEFAULT '{}'
        CONSTRAINT agents_languages_check CHECK (array_to_string(languages, ',', '?') ~ '^([a-z]{2}(-[A-Z]{2})?(,|$))*$' AND cardinality(languages) <= 30),
    licence_number text CHECK (length(licence_number) BETWEEN 1 AND 100),
    line_id text CHECK (length(line_id) BETWEEN 1 AND 100),
    photo jsonb CHECK (jsonb_typeof(photo) = 'object'),
    is_verified boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agents_company_id_idx ON agents (company_id);

CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER companies_updated_at BEFORE UPDATE ON companies FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER agents_updated_at BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER users_audit AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{auth_subject,email,display_name,phone,metadata}');
CREATE TRIGGER companies_audit AFTER INSERT OR UPDATE OR DELETE ON companies FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');
CREATE TRIGGER agents_audit AFTER INSERT OR UPDATE OR DELETE ON agents FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{user_id}', '{created_at,updated_at}', '{bio,licence_number,line_id,photo}');
