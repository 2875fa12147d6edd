-- A map gathers every listing inside a box, all of a country where it must. The rows themselves
-- are wide; everything that gathering needs, and the numbers that most filters ask for, stand in
-- this index, so that the rows are not read.
CREATE INDEX properties_map_idx ON properties (lng, lat)
    INCLUDE (price, currency, id, transaction_type, property_type, bedrooms, bathrooms, area_sqm)
    WHERE is_published AND deleted_at IS NULL;

-- What is let at such a price of a night: few rows of many.
CREATE INDEX rental_details_price_per_night_idx ON rental_details (price_per_night) INCLUDE (property_id)
    WHERE price_per_night IS NOT NULL;
