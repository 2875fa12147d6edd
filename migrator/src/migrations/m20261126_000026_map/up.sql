-- A map gathers every listing inside a box, all of a country where it must. The rows themselves
-- are wide; everything that gathering needs, and the numbers that most filters ask for, stand in
-- this index, so that the rows are not read.
CREATE INDEX properties_map_idx ON properties (lng, lat)
    INCLUDE (price, currency, id, transaction_type, property_type, bedrooms, bathrooms, area_sqm)
    WHERE is_published AND deleted_at IS NULL;

-- What is let at such a price of a night: few rows of many.
CREATE INDEX rental_details_price_per_night_idx ON rental_details (price_per_night) INCLUDE (property_id)
    WHERE price_per_night IS NOT NULL;

-- The rows stay unread only where they are known to be seen by all, and VACUUM is who knows. The
-- server's own measure, a fifth of the table, would let a map become three times dearer first.
ALTER TABLE properties SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000);
