-- Whoever an open lead is given to is an active agent (or admin) until the transaction ends, as for
-- listings: FOR SHARE conflicts with every change of the person's row.
CREATE FUNCTION guard_lead_charge() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fit boolean;
BEGIN
    SELECT u.is_active AND u.deleted_at IS NULL AND u.role <> 'user' INTO fit
      FROM public.users u WHERE u.id = NEW.assigned_agent_id FOR SHARE;
    -- Nobody at all: the foreign key says so.
    IF NOT fit THEN
        RAISE EXCEPTION 'who has an open lead is an active agent'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leads_agent_active';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER leads_charge_insert BEFORE INSERT ON leads
    FOR EACH ROW WHEN (NEW.assigned_agent_id IS NOT NULL AND NEW.status NOT IN ('won', 'lost'))
    EXECUTE FUNCTION guard_lead_charge();
-- A lead that is opened again is given to its agent anew.
CREATE TRIGGER leads_charge_update BEFORE UPDATE OF assigned_agent_id, status ON leads
    FOR EACH ROW WHEN (NEW.assigned_agent_id IS NOT NULL AND NEW.status NOT IN ('won', 'lost')
        AND (NEW.assigned_agent_id IS DISTINCT FROM OLD.assigned_agent_id OR OLD.status IN ('won', 'lost')))
    EXECUTE FUNCTION guard_lead_charge();
