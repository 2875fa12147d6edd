ALTER TABLE properties RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold);
DROP INDEX rental_details_price_per_night_idx;
DROP INDEX properties_map_idx;
