DROP INDEX webhook_events_subject_idx;
DROP INDEX webhook_events_open_idx;
ALTER TABLE webhook_events DROP COLUMN subject, DROP COLUMN happened_at;
CREATE INDEX webhook_events_open_idx ON webhook_events (created_at) WHERE status IN ('received', 'failed');
DROP TRIGGER users_gone ON users;
DROP FUNCTION keep_gone();
DROP TRIGGER users_shown ON users;
CREATE TRIGGER users_shown AFTER UPDATE OF display_name, role, is_active, deleted_at ON users FOR EACH ROW
    WHEN ((OLD.display_name, OLD.role, OLD.is_active, OLD.deleted_at)
        IS DISTINCT FROM (NEW.display_name, NEW.role, NEW.is_active, NEW.deleted_at))
    EXECUTE FUNCTION show_agent_of_user();
CREATE OR REPLACE FUNCTION show_agent() RETURNS trigger
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
DROP TRIGGER users_guard_update ON users;
CREATE TRIGGER users_guard_update BEFORE UPDATE OF role, is_active, deleted_at ON users
    FOR EACH ROW EXECUTE FUNCTION guard_people();
CREATE OR REPLACE FUNCTION guard_people() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was_active boolean := OLD.is_active AND OLD.deleted_at IS NULL;
    is_active boolean := TG_OP = 'UPDATE' AND NEW.is_active AND NEW.deleted_at IS NULL;
    acting_as text := coalesce(current_setting('app.role', true), '');
    in_charge boolean;
BEGIN
    IF was_active AND OLD.role = 'admin' AND NOT (is_active AND NEW.role = 'admin') THEN
        -- Of two admins who demote each other at once, the second waits here and then sees.
        PERFORM pg_advisory_xact_lock(hashtextextended('terrace.last_admin', 0));
        IF NOT EXISTS (SELECT FROM public.users u WHERE u.role = 'admin' AND u.is_active
                          AND u.deleted_at IS NULL AND u.id <> OLD.id) THEN
            RAISE EXCEPTION 'the last active admin stays one'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'users_last_admin';
        END IF;
    END IF;
    -- A DELETE is refused by the foreign keys themselves.
    IF TG_OP = 'UPDATE' AND was_active AND OLD.role <> 'user' AND NOT (is_active AND NEW.role <> 'user') THEN
        in_charge := EXISTS (SELECT FROM public.properties p WHERE p.agent_id = OLD.id);
        -- Leads are under row-level security: whoever changes a person need not see them to be
        -- refused because of them.
        PERFORM set_config('app.role', 'system', true);
        in_charge := in_charge OR EXISTS (SELECT FROM public.leads l
            WHERE l.assigned_agent_id = OLD.id AND l.status NOT IN ('won', 'lost'));
        PERFORM set_config('app.role', acting_as, true);
        IF in_charge THEN
            RAISE EXCEPTION 'somebody in charge of listings or leads stays an active agent'
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'users_in_charge';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$$;
DROP INDEX users_updated_at_idx;
ALTER TABLE users DROP COLUMN auth_role, DROP COLUMN role_is_override, DROP COLUMN closed_at;
