-- What the identity provider says of people, beside what the brand says ----------------------------

ALTER TABLE users
    -- The role that the provider gives; none where it says nothing.
    ADD COLUMN auth_role user_role,
    -- Whether the brand has given the role itself: it stands whatever the provider says, until it is
    -- lifted.
    ADD COLUMN role_is_override boolean NOT NULL DEFAULT false,
    -- Since when the provider has no such account any more: nobody signs in with it. The row may
    -- have to stay: listings and leads are in its charge.
    ADD COLUMN closed_at timestamptz;
-- USING rewrites the rows without setting off their triggers: nothing has happened to anybody.
ALTER TABLE users ALTER COLUMN role_is_override DROP DEFAULT,
    ALTER COLUMN role_is_override TYPE boolean USING (role <> 'user'),
    ALTER COLUMN role_is_override SET DEFAULT false;
-- Every instance asks a few times a second who has changed.
CREATE INDEX users_updated_at_idx ON users (updated_at);

-- As before; and whoever cannot sign in any more is no active admin. An account that its provider
-- has closed stays in charge of what it was in charge of: what has happened elsewhere cannot be
-- refused here.
CREATE OR REPLACE FUNCTION guard_people() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was_active boolean := OLD.is_active AND OLD.deleted_at IS NULL;
    is_active boolean := TG_OP = 'UPDATE' AND NEW.is_active AND NEW.deleted_at IS NULL;
    acting_as text := coalesce(current_setting('app.role', true), '');
    in_charge boolean;
BEGIN
    IF was_active AND OLD.closed_at IS NULL AND OLD.role = 'admin'
        AND NOT (is_active AND NEW.closed_at IS NULL AND NEW.role = 'admin')
    THEN
        -- Of two admins who demote each other at once, the second waits here and then sees.
        PERFORM pg_advisory_xact_lock(hashtextextended('terrace.last_admin', 0));
        IF NOT EXISTS (SELECT FROM public.users u WHERE u.role = 'admin' AND u.is_active
                          AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.id <> OLD.id) THEN
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
DROP TRIGGER users_guard_update ON users;
CREATE TRIGGER users_guard_update BEFORE UPDATE OF role, is_active, deleted_at, closed_at ON users
    FOR EACH ROW EXECUTE FUNCTION guard_people();

-- As before; nothing new is put in the charge of somebody who cannot sign in.
CREATE OR REPLACE FUNCTION guard_charge() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_as text := coalesce(current_setting('app.role', true), '');
    fit boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user' INTO fit
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
    SELECT u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user' INTO fit
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

-- Nor is somebody shown as an agent who cannot sign in.
CREATE OR REPLACE FUNCTION show_agent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_as text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT u.display_name, u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user'
      INTO NEW.display_name, NEW.is_listed
      FROM public.users u WHERE u.id = NEW.user_id;
    PERFORM set_config('app.role', acting_as, true);
    -- Nobody at all: the foreign key says so.
    NEW.is_listed := coalesce(NEW.is_listed, false);
    RETURN NEW;
END
$$;
DROP TRIGGER users_shown ON users;
CREATE TRIGGER users_shown AFTER UPDATE OF display_name, role, is_active, deleted_at, closed_at ON users FOR EACH ROW
    WHEN ((OLD.display_name, OLD.role, OLD.is_active, OLD.deleted_at, OLD.closed_at)
        IS DISTINCT FROM (NEW.display_name, NEW.role, NEW.is_active, NEW.deleted_at, NEW.closed_at))
    EXECUTE FUNCTION show_agent_of_user();

-- What is gone does not come back by an older word that arrives late.
CREATE FUNCTION keep_gone() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'an account that its provider has deleted stays deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'users_gone';
END
$$;
CREATE TRIGGER users_gone BEFORE UPDATE OF closed_at ON users FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION keep_gone();

-- What it delivers ----------------------------------------------------------------------------------

ALTER TABLE webhook_events
    -- Whom it is about, by the provider's name for them.
    ADD COLUMN subject text CONSTRAINT webhook_events_subject_check CHECK (length(subject) BETWEEN 1 AND 255),
    -- When it happened, by the provider's clock.
    ADD COLUMN happened_at timestamptz;
CREATE INDEX webhook_events_subject_idx ON webhook_events (provider, subject);
DROP INDEX webhook_events_open_idx;
CREATE INDEX webhook_events_open_idx ON webhook_events (updated_at) WHERE status IN ('received', 'failed', 'dead');
