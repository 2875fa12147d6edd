DROP INDEX properties_map_idx;
