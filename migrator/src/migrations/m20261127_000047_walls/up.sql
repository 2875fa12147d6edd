-- Walls: every table is under row-level security, or public for a reason that is written down
-- (migrator/tests/it/walls.rs).

-- What is shown of agents ---------------------------------------------------------------------------

-- Public pages name agents and count them, by whom nobody has to be known; the rest of a person is
-- theirs. So what is shown stands in the agent's own row, and the accounts can be closed to all.
ALTER TABLE agents
    ADD COLUMN display_name text CONSTRAINT agents_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    -- Works for the brand now: active, not gone, and more than a guest.
    ADD COLUMN is_listed boolean NOT NULL DEFAULT false;

-- By whatever path either row changes, the agent's says what the account says. Whoever acts need
-- not see the account.
CREATE FUNCTION show_agent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_as text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT u.display_name, u.is_active AND u.deleted_at IS NULL AND u.role <> 'user'
      INTO NEW.display_name, NEW.is_listed
      FROM public.users u WHERE u.id = NEW.user_id;
    PERFORM set_config('app.role', acting_as, true);
    -- Nobody at all: the foreign key says so.
    NEW.is_listed := coalesce(NEW.is_listed, false);
    RETURN NEW;
END
$$;
CREATE TRIGGER agents_shown BEFORE INSERT OR UPDATE OF display_name, is_listed ON agents
    FOR EACH ROW EXECUTE FUNCTION show_agent();

CREATE FUNCTION show_agent_of_user() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- What it becomes, agents_shown says.
    UPDATE public.agents a SET is_listed = a.is_listed WHERE a.user_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_shown AFTER UPDATE OF display_name, role, is_active, deleted_at ON users FOR EACH ROW
    WHEN ((OLD.display_name, OLD.role, OLD.is_active, OLD.deleted_at)
        IS DISTINCT FROM (NEW.display_name, NEW.role, NEW.is_active, NEW.deleted_at))
    EXECUTE FUNCTION show_agent_of_user();

-- No change by a person: the account's own is audited.
DROP TRIGGER agents_audit ON agents;
UPDATE agents SET is_listed = is_listed;
CREATE TRIGGER agents_audit AFTER INSERT OR UPDATE OR DELETE ON agents FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{user_id}', '{created_at,updated_at,display_name,is_listed}', '{bio,licence_number,line_id,photo}');

-- Pages of agents are by name.
CREATE INDEX agents_listed_idx ON agents (coalesce(display_name, ''), user_id) WHERE is_listed;

-- Accounts ------------------------------------------------------------------------------------------

-- As before, whoever asks: a row that is not seen is no reason to let it pass.
CREATE OR REPLACE FUNCTION guard_charge() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_as text := coalesce(current_setting('app.role', true), '');
    fit boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT u.is_active AND u.deleted_at IS NULL AND u.role <> 'user' INTO fit
      FROM public.users u WHERE u.id = NEW.agent_id FOR SHARE;
    PERFORM set_config('app.role', acting_as, true);
    -- Nobody at all: the foreign key says so.
    IF NOT fit THEN
        RAISE EXCEPTION 'who is in charge of a listing is an active agent'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'properties_agent_active';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION guard_lead_charge() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_as text := coalesce(current_setting('app.role', true), '');
    fit boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT u.is_active AND u.deleted_at IS NULL AND u.role <> 'user' INTO fit
      FROM public.users u WHERE u.id = NEW.assigned_agent_id FOR SHARE;
    PERFORM set_config('app.role', acting_as, true);
    -- Nobody at all: the foreign key says so.
    IF NOT fit THEN
        RAISE EXCEPTION 'who has an open lead is an active agent'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leads_agent_active';
    END IF;
    RETURN NEW;
END
$$;

-- Where a letter to somebody goes. A guest who cancels has a letter sent to the host, and is not
-- to see where it goes.
CREATE FUNCTION contact_of(person uuid) RETURNS TABLE (email text, display_name text, locale text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_as text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    RETURN QUERY SELECT u.email, u.display_name, u.locale FROM public.users u
        WHERE u.id = person AND u.email IS NOT NULL AND u.deleted_at IS NULL;
    PERFORM set_config('app.role', acting_as, true);
END
$$;

-- What somebody may do is never theirs to say.
CREATE FUNCTION guard_rank() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('app.role', true), '') NOT IN ('admin', 'system') THEN
        RAISE EXCEPTION 'nobody says what they may do themselves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER users_guard_rank BEFORE UPDATE OF role, auth_subject ON users FOR EACH ROW
    WHEN ((OLD.role, OLD.auth_subject) IS DISTINCT FROM (NEW.role, NEW.auth_subject))
    EXECUTE FUNCTION guard_rank();

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_staff ON users USING ((SELECT app_role()) IN ('admin', 'system'));
CREATE POLICY users_own_select ON users FOR SELECT
    USING ((SELECT app_role()) IN ('user', 'agent') AND id = (SELECT app_user_id()));
CREATE POLICY users_own_update ON users FOR UPDATE
    USING ((SELECT app_role()) IN ('user', 'agent') AND id = (SELECT app_user_id()));

-- Answers that are kept -----------------------------------------------------------------------------

-- A scope ends with whose it is. Who has neither account nor visitor's token is written for by
-- the platform.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_system ON idempotency_keys USING ((SELECT app_role()) = 'system');
CREATE POLICY idempotency_keys_own ON idempotency_keys
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND scope LIKE '%:' || (SELECT app_user_id()));
CREATE POLICY idempotency_keys_visitor ON idempotency_keys
    USING ((SELECT app_role()) = 'anonymous' AND scope LIKE '%:' || (SELECT app_visitor_id()));

-- What the platform does and keeps ------------------------------------------------------------------

-- Anything may cause work, also what nobody asked for; what work there is, is the platform's to know.
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_platform ON jobs USING ((SELECT app_role()) IN ('admin', 'system'));
CREATE POLICY jobs_cause ON jobs FOR INSERT
    WITH CHECK (attempts = 0 AND locked_at IS NULL AND dead_at IS NULL);

ALTER TABLE webhook_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_events FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_events_system ON webhook_events USING ((SELECT app_role()) = 'system');

-- They hold the secrets that deliveries are signed with.
ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_endpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_endpoints_staff ON webhook_endpoints USING ((SELECT app_role()) IN ('admin', 'system'));

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_deliveries_staff ON webhook_deliveries USING ((SELECT app_role()) IN ('admin', 'system'));

-- Its triggers write with the owner's rights in whoever's name; the application has no right to.
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_staff ON audit_log USING ((SELECT app_role()) IN ('admin', 'system'));
CREATE POLICY audit_log_write ON audit_log FOR INSERT WITH CHECK (true);

-- The address of a feed is the right to read it.
ALTER TABLE calendars ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendars FORCE ROW LEVEL SECURITY;
CREATE POLICY calendars_staff ON calendars USING ((SELECT app_role()) IN ('admin', 'system'));
CREATE POLICY calendars_host ON calendars
    USING ((SELECT app_role()) = 'agent' AND EXISTS (SELECT FROM properties p WHERE p.id = calendars.property_id
        AND coalesce(p.agent_id, p.created_by) = (SELECT app_user_id())));

-- An agent who asks or books as anybody does is not staff there --------------------------------------

DROP POLICY lead_tasks_staff ON lead_tasks;
CREATE POLICY lead_tasks_staff ON lead_tasks
    USING ((SELECT app_role()) IN ('admin', 'system')
        OR (SELECT app_role()) = 'agent' AND EXISTS (SELECT FROM leads l LEFT JOIN properties p ON p.id = l.property_id
            WHERE l.id = lead_tasks.lead_id AND (SELECT app_user_id()) IN (l.assigned_agent_id, p.agent_id)));

DROP POLICY payment_events_staff ON payment_events;
CREATE POLICY payment_events_staff ON payment_events
    USING ((SELECT app_role()) IN ('admin', 'system')
        OR (SELECT app_role()) = 'agent' AND EXISTS (SELECT FROM payments y JOIN bookings b ON b.id = y.booking_id
            JOIN properties p ON p.id = b.property_id WHERE y.id = payment_events.payment_id AND p.agent_id = (SELECT app_user_id())));
