-- Land is what few listings have, and what few of those have enough of.
CREATE INDEX properties_land_idx ON properties (((physical_specs ->> 'land_sqm')::double precision))
    WHERE is_published AND deleted_at IS NULL AND physical_specs ->> 'land_sqm' IS NOT NULL;
