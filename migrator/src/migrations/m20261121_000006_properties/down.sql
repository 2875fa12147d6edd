DROP TABLE properties;
DROP FUNCTION flatten_amenities(jsonb);
DROP TYPE property_type;
DROP TYPE transaction_type;
