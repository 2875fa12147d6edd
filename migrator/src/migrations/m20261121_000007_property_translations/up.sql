CREATE TYPE translation_field AS ENUM ('title', 'description', 'location_province', 'location_district',
    'location_subdistrict', 'location_address');

CREATE TABLE property_translations (
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    locale text NOT NULL CONSTRAINT property_translations_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    field translation_field NOT NULL,
    value text NOT NULL CONSTRAINT property_translations_value_check CHECK (length(value) BETWEEN 1 AND 20000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (property_id, locale, field)
);
CREATE TRIGGER property_translations_updated_at BEFORE UPDATE ON property_translations FOR EACH ROW
    EXECUTE FUNCTION update_updated_at_column();

-- One audit row for each listing and locale, not for each field: a create writes up to
-- six fields a locale, and the audit sits on that path.
CREATE FUNCTION audit_property_translations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := nullif(current_setting('app.user_id', true), '');
    request_id text := nullif(current_setting('app.request_id', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO public.audit_log (actor, request_id, table_name, row_id, action, after)
        SELECT actor, request_id, TG_TABLE_NAME, property_id || '/' || locale, 'insert', jsonb_object_agg(field, value)
          FROM new_rows GROUP BY property_id, locale;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO public.audit_log (actor, request_id, table_name, row_id, action, before)
        SELECT actor, request_id, TG_TABLE_NAME, property_id || '/' || locale, 'delete', jsonb_object_agg(field, value)
          FROM old_rows GROUP BY property_id, locale;
    ELSE
        INSERT INTO public.audit_log (actor, request_id, table_name, row_id, action, before, after)
        SELECT actor, request_id, TG_TABLE_NAME, property_id || '/' || locale, 'update',
               jsonb_object_agg(field, o.value) FILTER (WHERE o.value IS NOT NULL),
               jsonb_object_agg(field, n.value) FILTER (WHERE n.value IS NOT NULL)
          FROM old_rows o FULL JOIN new_rows n USING (property_id, locale, field)
         WHERE o.value IS DISTINCT FROM n.value GROUP BY property_id, locale;
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit_property_translations() FROM PUBLIC;

CREATE TRIGGER property_translations_audit_insert AFTER INSERT ON property_translations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_property_translations();
CREATE TRIGGER property_translations_audit_update AFTER UPDATE ON property_translations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_property_translations();
CREATE TRIGGER property_translations_audit_delete AFTER DELETE ON property_translations
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_property_translations();
