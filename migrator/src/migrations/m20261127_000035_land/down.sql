DROP INDEX properties_land_idx;
