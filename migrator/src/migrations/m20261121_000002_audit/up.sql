-- No foreign key on actor and no personal values (see the redact argument below): an
-- audit row outlives the person it mentions.
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor uuid,
    request_id text,
    table_name text NOT NULL,
    row_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    before jsonb CHECK (jsonb_typeof(before) = 'object'),
    after jsonb CHECK (jsonb_typeof(after) = 'object')
);
-- A listing's history reads its own rows and those of its children: id, then id/...
CREATE INDEX audit_log_row_id_idx ON audit_log (row_id text_pattern_ops, id);
CREATE INDEX audit_log_actor_idx ON audit_log (actor, id) WHERE actor IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Arguments: one or two key columns, columns left out, columns whose values are replaced by
-- "[redacted]" (personal data and secrets: the fact of a change is kept, not the value).
-- Definer's rights, because the application may not write audit_log itself.
CREATE FUNCTION audit_row_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    keys text[] := TG_ARGV[0];
    omitted text[] := TG_ARGV[1];
    redacted text[] := TG_ARGV[2];
    old_row jsonb;
    new_row jsonb;
    id text;
    name text;
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - omitted; END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - omitted; END IF;
    -- Two expressions and no query: this runs for every row of an import.
    id := coalesce(new_row, old_row) ->> keys[1];
    IF keys[2] IS NOT NULL THEN id := id || '/' || (coalesce(new_row, old_row) ->> keys[2]); END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(n.key, old_row -> n.key), jsonb_object_agg(n.key, n.value)
          INTO old_row, new_row
          FROM jsonb_each(new_row) n
         WHERE n.value IS DISTINCT FROM old_row -> n.key;
        IF new_row IS NULL THEN RETURN NULL; END IF;
    END IF;
    FOREACH name IN ARRAY redacted LOOP
        IF old_row ->> name IS NOT NULL THEN old_row := old_row || jsonb_build_object(name, '[redacted]'); END IF;
        IF new_row ->> name IS NOT NULL THEN new_row := new_row || jsonb_build_object(name, '[redacted]'); END IF;
    END LOOP;
    INSERT INTO public.audit_log (actor, request_id, table_name, row_id, action, before, after)
    VALUES (nullif(current_setting('app.user_id', true), '')::uuid,
            nullif(current_setting('app.request_id', true), ''),
            TG_TABLE_NAME, id, lower(TG_OP), old_row, new_row);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit_row_change() FROM PUBLIC;
