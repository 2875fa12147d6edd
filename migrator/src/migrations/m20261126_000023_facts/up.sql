-- Languages in step -----------------------------------------------------------------------------

CREATE TYPE translation_origin AS ENUM ('human', 'machine', 'import');

-- A listing's own text of a field: what its translations are translations of.
CREATE FUNCTION source_text(title text, description text, location_details jsonb, field translation_field) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE field
    WHEN 'title' THEN title
    WHEN 'description' THEN description
    WHEN 'location_province' THEN location_details ->> 'province'
    WHEN 'location_district' THEN location_details ->> 'district'
    WHEN 'location_subdistrict' THEN location_details ->> 'subdistrict'
    WHEN 'location_address' THEN location_details ->> 'address'
END;

-- The same text has the same hash; nothing else is asked of it.
CREATE FUNCTION source_hash(source text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN encode(sha256(convert_to(coalesce(source, ''), 'UTF8')), 'hex');

ALTER TABLE property_translations
    ADD COLUMN origin translation_origin NOT NULL DEFAULT 'human',
    ADD COLUMN source_hash text CONSTRAINT property_translations_source_hash_check CHECK (source_hash ~ '^[0-9a-f]{64}$'),
    -- Stored and not compared when read, so that the ledger counts without hashing every text.
    ADD COLUMN is_stale boolean NOT NULL DEFAULT false,
    ADD COLUMN reviewed_at timestamptz,
    ADD COLUMN reviewed_by uuid REFERENCES users ON DELETE SET NULL;
-- What is there already is taken to be in step.
UPDATE property_translations t
   SET source_hash = source_hash(source_text(p.title, p.description, p.location_details, t.field)),
       origin = CASE WHEN p.external_source IS NULL THEN 'human' ELSE 'import' END::translation_origin
  FROM properties p WHERE p.id = t.property_id;
ALTER TABLE property_translations ALTER COLUMN source_hash SET NOT NULL;
CREATE INDEX property_translations_reviewed_by_idx ON property_translations (reviewed_by);

-- Whoever writes a translation, by whichever path, has it stamped with the source as it is now.
-- The lock on the listing makes a change of the source and a new translation wait for each other:
-- without it neither would see the other, and the translation would pass for fresh for ever.
CREATE FUNCTION stamp_translation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT public.source_hash(public.source_text(p.title, p.description, p.location_details, NEW.field))
      INTO NEW.source_hash
      FROM public.properties p WHERE p.id = NEW.property_id FOR NO KEY UPDATE;
    -- No such listing: the foreign key says so.
    IF NOT FOUND THEN NEW.source_hash := public.source_hash(''); END IF;
    NEW.is_stale := false;
    -- A review was of the text that it saw.
    IF TG_OP = 'UPDATE' AND NEW.value IS DISTINCT FROM OLD.value THEN
        NEW.reviewed_at := NULL;
        NEW.reviewed_by := NULL;
    END IF;
    RETURN NEW;
END
$$;
-- Fires for a text that is written again unchanged, too: who saves it says that it still holds.
CREATE TRIGGER property_translations_stamp BEFORE INSERT OR UPDATE OF value ON property_translations
    FOR EACH ROW EXECUTE FUNCTION stamp_translation();

-- Whoever changes a listing's own texts, by whichever path, marks what was translated from the
-- old ones. A text that is put back makes its translations fresh again.
CREATE FUNCTION mark_stale_translations() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.property_translations t SET is_stale = NOT t.is_stale
     WHERE t.property_id = NEW.id
       AND t.is_stale = (t.source_hash = public.source_hash(
           public.source_text(NEW.title, NEW.description, NEW.location_details, t.field)));
    RETURN NULL;
END
$$;
CREATE TRIGGER properties_translations_stale AFTER UPDATE ON properties FOR EACH ROW
    WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.description IS DISTINCT FROM NEW.description
        OR OLD.location_details IS DISTINCT FROM NEW.location_details)
    EXECUTE FUNCTION mark_stale_translations();

-- Visits, added up in the process and written from time to time; the day is UTC's.
CREATE TABLE property_views (
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    day date NOT NULL CONSTRAINT property_views_day_check CHECK (isfinite(day)),
    views integer NOT NULL CONSTRAINT property_views_views_check CHECK (views > 0),
    PRIMARY KEY (property_id, day)
);

-- Thai facts ------------------------------------------------------------------------------------

ALTER TYPE title_deed ADD VALUE 'por_bor_tor_5' BEFORE 'condominium';
ALTER TYPE title_deed ADD VALUE 'sor_por_kor_4_01' BEFORE 'condominium';

ALTER TABLE sale_details
    -- Hundredths of a percent of the building's floor area that foreigners may still buy.
    ADD COLUMN foreign_quota_left_bps integer CONSTRAINT sale_details_foreign_quota_left_bps_check
        CHECK (foreign_quota_left_bps BETWEEN 0 AND 4900);
ALTER TABLE lease_details
    ADD COLUMN is_registered boolean,
    ADD COLUMN renewal_note text CONSTRAINT lease_details_renewal_note_check CHECK (length(renewal_note) BETWEEN 1 AND 1000);

CREATE TABLE legal_rules (
    id text PRIMARY KEY CONSTRAINT legal_rules_id_check CHECK (id ~ '^[a-z0-9]+(_[a-z0-9]+)*$' AND length(id) <= 80),
    topic text NOT NULL CONSTRAINT legal_rules_topic_check CHECK (topic IN ('foreign_ownership', 'nightly_letting', 'lease_term')),
    -- What a listing must be for the rule to be about it; an empty list asks nothing.
    property_types text[] NOT NULL DEFAULT '{}' CONSTRAINT legal_rules_property_types_check CHECK (property_types <@
        '{villa,condo,apartment,townhouse,house,commercial,land,office,retail,warehouse,hotel,project}'),
    transaction_types text[] NOT NULL DEFAULT '{}' CONSTRAINT legal_rules_transaction_types_check
        CHECK (transaction_types <@ '{rent,sale,lease,business,investment}'),
    ownership_types text[] NOT NULL DEFAULT '{}' CONSTRAINT legal_rules_ownership_types_check
        CHECK (ownership_types <@ '{freehold,leasehold,company,unknown}'),
    title_deeds text[] NOT NULL DEFAULT '{}' CONSTRAINT legal_rules_title_deeds_check CHECK (title_deeds <@
        '{chanote,nor_sor_3_gor,nor_sor_3,sor_kor_1,por_bor_tor_5,sor_por_kor_4_01,condominium,none,unknown}'),
    foreign_quota text[] NOT NULL DEFAULT '{}' CONSTRAINT legal_rules_foreign_quota_check CHECK (foreign_quota <@ '{yes,no,unknown}'),
    outcome text NOT NULL CONSTRAINT legal_rules_outcome_check CHECK (outcome IN ('yes', 'no', 'depends')),
    -- Locale -> text.
    reason jsonb NOT NULL CONSTRAINT legal_rules_reason_check CHECK (jsonb_typeof(reason) = 'object' AND reason ? 'en'),
    source jsonb NOT NULL CONSTRAINT legal_rules_source_check CHECK (jsonb_typeof(source) = 'object' AND source ? 'en'),
    source_url text CONSTRAINT legal_rules_source_url_check CHECK (source_url ~ '^https://' AND length(source_url) <= 500),
    -- A day on which it is known to be in force, and the last one.
    valid_from date NOT NULL CONSTRAINT legal_rules_valid_from_check CHECK (isfinite(valid_from)),
    valid_to date CONSTRAINT legal_rules_valid_to_check CHECK (isfinite(valid_to) AND valid_to >= valid_from),
    -- When somebody last compared it with its source.
    checked_on date NOT NULL CONSTRAINT legal_rules_checked_on_check CHECK (isfinite(checked_on)),
    sort_order integer NOT NULL DEFAULT 0 CONSTRAINT legal_rules_sort_order_check CHECK (sort_order >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER legal_rules_updated_at BEFORE UPDATE ON legal_rules FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER legal_rules_audit AFTER INSERT OR UPDATE OR DELETE ON legal_rules FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');

-- History ---------------------------------------------------------------------------------------

CREATE INDEX audit_log_table_name_idx ON audit_log (table_name, id);
-- The log only grows, so that a few pages of it are one stretch of time.
CREATE INDEX audit_log_at_idx ON audit_log USING brin (at) WITH (pages_per_range = 16);

-- Duplicates ------------------------------------------------------------------------------------

ALTER TABLE properties
    ADD COLUMN reference text CONSTRAINT properties_reference_check CHECK (length(reference) BETWEEN 1 AND 60 AND reference ~ '\S');
CREATE INDEX properties_reference_idx ON properties (lower(reference)) WHERE reference IS NOT NULL;
CREATE INDEX properties_external_id_idx ON properties (external_id) WHERE external_id IS NOT NULL;
-- Drafts have neighbours too; a search for published ones loses nothing.
DROP INDEX properties_geo_idx;
CREATE INDEX properties_geo_idx ON properties USING gist (geo) WHERE deleted_at IS NULL;

CREATE TYPE duplicate_state AS ENUM ('open', 'dismissed', 'confirmed');
CREATE TABLE duplicate_candidates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The smaller id first: a pair is there once.
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    other_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    -- Why they are taken for one: {"reference": true, "distance_m": 12}.
    reasons jsonb NOT NULL CONSTRAINT duplicate_candidates_reasons_check CHECK (jsonb_typeof(reasons) = 'object'),
    score smallint NOT NULL CONSTRAINT duplicate_candidates_score_check CHECK (score BETWEEN 1 AND 100),
    state duplicate_state NOT NULL DEFAULT 'open',
    decided_by uuid REFERENCES users ON DELETE SET NULL,
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT duplicate_candidates_pair_key UNIQUE (property_id, other_id),
    CONSTRAINT duplicate_candidates_pair_check CHECK (property_id < other_id),
    CONSTRAINT duplicate_candidates_decided_check CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX duplicate_candidates_other_id_idx ON duplicate_candidates (other_id);
CREATE INDEX duplicate_candidates_decided_by_idx ON duplicate_candidates (decided_by);
CREATE INDEX duplicate_candidates_order_idx ON duplicate_candidates (state, score DESC, id DESC);
CREATE TRIGGER duplicate_candidates_updated_at BEFORE UPDATE ON duplicate_candidates FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER duplicate_candidates_audit AFTER INSERT OR UPDATE OR DELETE ON duplicate_candidates FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');
