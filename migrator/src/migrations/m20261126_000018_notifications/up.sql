CREATE TYPE notification_status AS ENUM ('queued', 'sending', 'sent', 'refused', 'unknown');

-- One message to one person, written in the transaction that causes it.
CREATE TABLE notifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- What it is for: `lead.created:<id>:auto_reply`. One event, one message.
    key text NOT NULL CONSTRAINT notifications_key_key UNIQUE CONSTRAINT notifications_key_check CHECK (length(key) BETWEEN 1 AND 300),
    template text NOT NULL CONSTRAINT notifications_template_check CHECK (template ~ '^[a-z][a-z0-9_]*$' AND length(template) <= 100),
    locale text NOT NULL CONSTRAINT notifications_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    -- Gone once the person is erased.
    recipient text CONSTRAINT notifications_recipient_check CHECK (recipient ~ '^[^@\s]+@[^@\s]+$' AND length(recipient) <= 320),
    -- What it is about; no foreign key, the message outlives it.
    subject_id uuid NOT NULL,
    facts jsonb NOT NULL DEFAULT '{}' CONSTRAINT notifications_facts_check CHECK (jsonb_typeof(facts) = 'object'),
    -- `sending` is committed before the message leaves: whoever finds it later does not know
    -- whether it did, and does not send it again (`unknown`).
    status notification_status NOT NULL DEFAULT 'queued',
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT notifications_attempts_check CHECK (attempts >= 0),
    last_error text CONSTRAINT notifications_last_error_check CHECK (length(last_error) <= 1000),
    sent_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notifications_sent_at_check CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT notifications_recipient_known_check CHECK (recipient IS NOT NULL OR status NOT IN ('queued', 'sending'))
);
CREATE INDEX notifications_recent_idx ON notifications (created_at DESC, id DESC);
CREATE INDEX notifications_status_idx ON notifications (status, created_at DESC, id DESC);
CREATE INDEX notifications_subject_id_idx ON notifications (subject_id);
CREATE INDEX notifications_recipient_idx ON notifications (lower(recipient));
CREATE TRIGGER notifications_updated_at BEFORE UPDATE ON notifications FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
CREATE POLICY notifications_staff ON notifications
    USING ((SELECT app_role()) IN ('admin', 'system'));
-- Whatever anybody does may cause a message; only staff may read one.
CREATE POLICY notifications_cause ON notifications FOR INSERT
    WITH CHECK ((SELECT app_role()) IN ('anonymous', 'user', 'agent') AND status = 'queued');
