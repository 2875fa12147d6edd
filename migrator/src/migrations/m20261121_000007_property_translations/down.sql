DROP TABLE property_translations;
DROP FUNCTION audit_property_translations();
DROP TYPE translation_field;
