-- What a lead goes through: who wants what, who looks after it, what is to be done.
ALTER TABLE leads
    -- What people are told and quote; the id stays inside.
    ADD COLUMN reference text NOT NULL DEFAULT upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12))
        CONSTRAINT leads_reference_key UNIQUE
        CONSTRAINT leads_reference_check CHECK (reference ~ '^[0-9A-Z-]{6,20}$'),
    ADD COLUMN kind text NOT NULL DEFAULT 'enquiry' CONSTRAINT leads_kind_check CHECK (kind IN ('enquiry', 'viewing')),
    ADD COLUMN wished_times timestamptz[] NOT NULL DEFAULT '{}'
        CONSTRAINT leads_wished_times_check CHECK (cardinality(wished_times) <= 5 AND (kind = 'viewing' OR cardinality(wished_times) = 0)),
    -- Why it came to nothing: a word to count by. Words about people belong in the history.
    ADD COLUMN lost_reason text CONSTRAINT leads_lost_reason_check
        CHECK ((status = 'lost') = (lost_reason IS NOT NULL)
            AND lost_reason IN ('price', 'unavailable', 'chose_another', 'changed_mind', 'no_answer', 'spam', 'other')),
    -- By these the same person is known again, however they spell themselves.
    ADD COLUMN email_key text GENERATED ALWAYS AS (lower(btrim(email))) STORED,
    ADD COLUMN phone_key text CONSTRAINT leads_phone_key_check
        CHECK (phone_key ~ '^\+?[0-9]{6,15}$' AND (phone IS NOT NULL OR phone_key IS NULL)),
    ADD COLUMN version integer NOT NULL DEFAULT 1 CONSTRAINT leads_version_check CHECK (version > 0);

-- One index answers "has this person asked about this lately".
CREATE INDEX leads_email_key_idx ON leads (email_key, created_at DESC);
CREATE INDEX leads_phone_key_idx ON leads (phone_key, created_at DESC);
CREATE INDEX leads_created_at_idx ON leads (created_at DESC, id DESC);

-- A second enquiry of the same person was told a reference of its own.
CREATE INDEX lead_events_reference_idx ON lead_events ((data ->> 'reference')) WHERE kind = 'enquiry';

-- The keys are as personal as what they are made of. A version that rises alone tells nothing.
DROP TRIGGER leads_audit ON leads;
CREATE TRIGGER leads_audit AFTER INSERT OR UPDATE OR DELETE ON leads FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,version,email_key,phone_key}',
        '{name,email,phone,line_id,message,metadata}');

CREATE TABLE lead_tasks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT lead_tasks_title_check CHECK (title ~ '\S' AND length(title) <= 200),
    due_at timestamptz,
    done_at timestamptz,
    assignee_id uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lead_tasks_lead_id_idx ON lead_tasks (lead_id, created_at);
CREATE INDEX lead_tasks_assignee_id_idx ON lead_tasks (assignee_id);
CREATE INDEX lead_tasks_due_idx ON lead_tasks (due_at) WHERE done_at IS NULL;

CREATE TRIGGER lead_tasks_updated_at BEFORE UPDATE ON lead_tasks FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER lead_tasks_audit AFTER INSERT OR UPDATE OR DELETE ON lead_tasks FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{title}');

ALTER TABLE lead_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead_tasks FORCE ROW LEVEL SECURITY;
-- Work is the staff's: who asked sees their lead, not what is being done about it.
CREATE POLICY lead_tasks_staff ON lead_tasks
    USING ((SELECT app_role()) IN ('agent', 'admin', 'system') AND EXISTS (SELECT FROM leads l WHERE l.id = lead_tasks.lead_id));

-- Whose turn it was last. Its one row is the lock that makes turns fair: whoever draws the next
-- waits until the one before has committed or given its turn back.
CREATE TABLE lead_rotation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    agent_id uuid REFERENCES users ON DELETE SET NULL
);
CREATE INDEX lead_rotation_agent_id_idx ON lead_rotation (agent_id);
INSERT INTO lead_rotation DEFAULT VALUES;
