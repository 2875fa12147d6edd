CREATE TYPE lead_status AS ENUM ('new', 'contacted', 'viewing', 'offer', 'won', 'lost');

CREATE TABLE leads (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Empty for a general enquiry.
    property_id uuid REFERENCES properties ON DELETE SET NULL,
    user_id uuid REFERENCES users ON DELETE RESTRICT,
    assigned_agent_id uuid REFERENCES users ON DELETE SET NULL,
    name text CHECK (length(name) BETWEEN 1 AND 200),
    email text CONSTRAINT leads_email_check CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 320),
    phone text CHECK (length(phone) BETWEEN 3 AND 50),
    line_id text CHECK (length(line_id) BETWEEN 1 AND 100),
    message text NOT NULL DEFAULT '' CHECK (length(message) <= 10000),
    locale text CONSTRAINT leads_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    source text NOT NULL DEFAULT 'website' CHECK (source ~ '^[a-z][a-z0-9_]*$' AND length(source) <= 60),
    status lead_status NOT NULL DEFAULT 'new',
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    erased_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT leads_contact_check CHECK (num_nonnulls(user_id, email, phone, line_id, erased_at) > 0)
);
CREATE INDEX leads_property_id_idx ON leads (property_id, created_at DESC);
CREATE INDEX leads_user_id_idx ON leads (user_id);
CREATE INDEX leads_assigned_agent_id_idx ON leads (assigned_agent_id, created_at DESC);
CREATE INDEX leads_status_idx ON leads (status, created_at DESC, id DESC);

CREATE TABLE lead_events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_.]*$' AND length(kind) <= 60),
    actor_id uuid REFERENCES users ON DELETE SET NULL,
    note text CHECK (length(note) BETWEEN 1 AND 10000),
    data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lead_events_lead_id_idx ON lead_events (lead_id, created_at);
CREATE INDEX lead_events_actor_id_idx ON lead_events (actor_id);

CREATE TRIGGER leads_updated_at BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER leads_audit AFTER INSERT OR UPDATE OR DELETE ON leads FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{name,email,phone,line_id,message,metadata}');

ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE leads FORCE ROW LEVEL SECURITY;
CREATE POLICY leads_staff ON leads
    USING ((SELECT app_role()) IN ('admin', 'system'));
-- Handing a lead to somebody else is the administrator's act: the row must still pass.
CREATE POLICY leads_agent_select ON leads FOR SELECT
    USING ((SELECT app_role()) = 'agent' AND (assigned_agent_id = (SELECT app_user_id())
        OR property_id IN (SELECT p.id FROM properties p WHERE p.agent_id = (SELECT app_user_id()))));
CREATE POLICY leads_agent_update ON leads FOR UPDATE
    USING ((SELECT app_role()) = 'agent' AND (assigned_agent_id = (SELECT app_user_id())
        OR property_id IN (SELECT p.id FROM properties p WHERE p.agent_id = (SELECT app_user_id()))));
CREATE POLICY leads_own_select ON leads FOR SELECT
    USING ((SELECT app_role()) IN ('user', 'agent') AND user_id = (SELECT app_user_id()));
-- Anybody may ask, in nobody's name but their own. An anonymous visitor sees no lead, so
-- INSERT .. RETURNING is refused for them: insert without RETURNING.
CREATE POLICY leads_ask ON leads FOR INSERT
    WITH CHECK ((SELECT app_role()) IN ('anonymous', 'user', 'agent') AND status = 'new'
        AND (user_id IS NULL OR user_id = (SELECT app_user_id())));

ALTER TABLE lead_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead_events FORCE ROW LEVEL SECURITY;
CREATE POLICY lead_events_of_lead ON lead_events
    USING (EXISTS (SELECT FROM leads l WHERE l.id = lead_events.lead_id));
-- The first event of a lead, by a visitor who may not see the lead itself.
CREATE POLICY lead_events_created ON lead_events FOR INSERT
    WITH CHECK ((SELECT app_role()) IN ('anonymous', 'user', 'agent') AND kind = 'created');
