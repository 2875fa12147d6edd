DROP TABLE duplicate_candidates;
DROP TYPE duplicate_state;
DROP INDEX properties_geo_idx;
CREATE INDEX properties_geo_idx ON properties USING gist (geo) WHERE is_published AND deleted_at IS NULL;
DROP INDEX properties_external_id_idx;
DROP INDEX properties_reference_idx;
ALTER TABLE properties DROP COLUMN reference;
DROP INDEX audit_log_at_idx;
DROP INDEX audit_log_table_name_idx;
DROP TABLE legal_rules;
ALTER TABLE lease_details DROP COLUMN is_registered, DROP COLUMN renewal_note;
ALTER TABLE sale_details DROP COLUMN foreign_quota_left_bps;
-- A kind of paper that the older schema has no name for is not known there.
ALTER TABLE sale_details ALTER COLUMN title_deed TYPE text;
DROP TYPE title_deed;
CREATE TYPE title_deed AS ENUM ('chanote', 'nor_sor_3_gor', 'nor_sor_3', 'sor_kor_1', 'condominium', 'none');
UPDATE sale_details SET title_deed = NULL WHERE title_deed IN ('por_bor_tor_5', 'sor_por_kor_4_01');
ALTER TABLE sale_details ALTER COLUMN title_deed TYPE title_deed USING title_deed::title_deed;
DROP TABLE property_views;
DROP TRIGGER properties_translations_stale ON properties;
DROP FUNCTION mark_stale_translations();
DROP TRIGGER property_translations_stamp ON property_translations;
DROP FUNCTION stamp_translation();
ALTER TABLE property_translations
    DROP COLUMN origin, DROP COLUMN source_hash, DROP COLUMN is_stale, DROP COLUMN reviewed_at, DROP COLUMN reviewed_by;
DROP FUNCTION source_hash(text);
DROP FUNCTION source_text(text, text, jsonb, translation_field);
DROP TYPE translation_origin;
