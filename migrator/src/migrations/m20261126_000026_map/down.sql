DROP INDEX rental_details_price_per_night_idx;
DROP INDEX properties_map_idx;
