CREATE TYPE transaction_type AS ENUM ('rent', 'sale', 'lease', 'business', 'investment');
CREATE TYPE property_type AS ENUM ('villa', 'condo', 'apartment', 'townhouse', 'house', 'commercial',
    'land', 'office', 'retail', 'warehouse', 'hotel', 'project');

-- {"interior": ["sofa"], "area": ["beach"]} -> {sofa,beach}. One expression that the
-- planner inlines; safe because properties_amenities_check admits slugs only.
CREATE FUNCTION flatten_amenities(amenities jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN string_to_array(translate(jsonb_path_query_array(amenities, '$.*[*]')::text, '[]" ', ''), ',');

CREATE TABLE properties (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Never shaped like a UUID, so that "id or slug" in an address has one meaning.
    slug text NOT NULL CONSTRAINT properties_slug_key UNIQUE
        CONSTRAINT properties_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 160
            AND slug !~ '^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$'),
    title text NOT NULL CONSTRAINT properties_title_check CHECK (length(title) BETWEEN 1 AND 300 AND title ~ '\S'),
    description text NOT NULL DEFAULT '' CONSTRAINT properties_description_check CHECK (length(description) <= 20000),
    transaction_type transaction_type NOT NULL,
    property_type property_type NOT NULL,
    rent_price bigint CONSTRAINT properties_rent_price_check CHECK (rent_price BETWEEN 1 AND 10000000000000),
    sale_price bigint CONSTRAINT properties_sale_price_check CHECK (sale_price BETWEEN 1 AND 10000000000000),
    lease_price bigint CONSTRAINT properties_lease_price_check CHECK (lease_price BETWEEN 1 AND 10000000000000),
    currency char(3) NOT NULL DEFAULT 'THB' CONSTRAINT properties_currency_check CHECK (currency IN ('THB', 'USD', 'EUR', 'GBP', 'JPY')),
    physical_specs jsonb NOT NULL DEFAULT '{}',
    location_details jsonb NOT NULL DEFAULT '{}',
    amenities jsonb NOT NULL DEFAULT '{}',
    policies jsonb NOT NULL DEFAULT '{}' CONSTRAINT properties_policies_check CHECK (jsonb_typeof(policies) = 'object'),
    contact_info jsonb NOT NULL DEFAULT '{}' CONSTRAINT properties_contact_info_check CHECK (jsonb_typeof(contact_info) = 'object'),
    cover_image jsonb CONSTRAINT properties_cover_image_check CHECK (jsonb_typeof(cover_image) = 'object'),
    images jsonb[] NOT NULL DEFAULT '{}' CONSTRAINT properties_images_check CHECK (cardinality(images) <= 100
        AND NOT jsonb_path_exists(to_jsonb(images), 'strict $[*] ? (@.type() != "object")')),
    tags text[] NOT NULL DEFAULT '{}' CONSTRAINT properties_tags_check CHECK (cardinality(tags) <= 50 AND array_position(tags, NULL) IS NULL),
    is_published boolean NOT NULL DEFAULT false,
    is_featured boolean NOT NULL DEFAULT false,
    listing_priority smallint NOT NULL DEFAULT 0 CONSTRAINT properties_listing_priority_check CHECK (listing_priority BETWEEN 0 AND 999),
    published_at timestamptz,
    -- A person with listings cannot be deleted.
    agent_id uuid REFERENCES users ON DELETE RESTRICT,
    company_id uuid REFERENCES companies ON DELETE RESTRICT,
    created_by uuid REFERENCES users ON DELETE RESTRICT,
    updated_by uuid REFERENCES users ON DELETE SET NULL,
    version integer NOT NULL DEFAULT 1 CONSTRAINT properties_version_check CHECK (version > 0),
    external_source text CONSTRAINT properties_external_source_check CHECK (length(external_source) BETWEEN 1 AND 100),
    external_id text CONSTRAINT properties_external_id_check CHECK (length(external_id) BETWEEN 1 AND 255),
    import_hash text CONSTRAINT properties_import_hash_check CHECK (length(import_hash) BETWEEN 1 AND 128),
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    price bigint GENERATED ALWAYS AS (CASE transaction_type WHEN 'rent' THEN rent_price WHEN 'lease' THEN lease_price ELSE sale_price END) STORED
        CONSTRAINT properties_price_check CHECK (price IS NOT NULL),
    bedrooms smallint GENERATED ALWAYS AS ((physical_specs ->> 'bedrooms')::smallint) STORED
        CONSTRAINT properties_bedrooms_check CHECK (bedrooms BETWEEN 0 AND 1000),
    bathrooms double precision GENERATED ALWAYS AS ((physical_specs ->> 'bathrooms')::double precision) STORED
        CONSTRAINT properties_bathrooms_check CHECK (bathrooms BETWEEN 0 AND 1000),
    area_sqm double precision GENERATED ALWAYS AS ((physical_specs ->> 'area_sqm')::double precision) STORED
        CONSTRAINT properties_area_sqm_check CHECK (area_sqm > 0 AND area_sqm <= 1e9),
    province text GENERATED ALWAYS AS (location_details ->> 'province') STORED,
    district text GENERATED ALWAYS AS (location_details ->> 'district') STORED,
    lat double precision GENERATED ALWAYS AS ((location_details ->> 'lat')::double precision) STORED
        CONSTRAINT properties_lat_check CHECK (lat BETWEEN -90 AND 90),
    lng double precision GENERATED ALWAYS AS ((location_details ->> 'lng')::double precision) STORED
        CONSTRAINT properties_lng_check CHECK (lng BETWEEN -180 AND 180),
    geo point GENERATED ALWAYS AS (point((location_details ->> 'lng')::double precision, (location_details ->> 'lat')::double precision)) STORED,
    amenity_slugs text[] NOT NULL GENERATED ALWAYS AS (flatten_amenities(amenities)) STORED,

    CONSTRAINT properties_published_at_check CHECK (NOT is_published OR published_at IS NOT NULL),
    CONSTRAINT properties_coordinates_check CHECK ((lat IS NULL) = (lng IS NULL)),
    CONSTRAINT properties_external_key UNIQUE (external_source, external_id),
    CONSTRAINT properties_external_check CHECK ((external_source IS NULL) = (external_id IS NULL)),
    -- Numbers are numbers (or null) and never negative.
    CONSTRAINT properties_physical_specs_check CHECK (jsonb_typeof(physical_specs) = 'object'
        AND coalesce(physical_specs ->> 'furnished', 'fully') IN ('fully', 'partly', 'unfurnished')
        AND NOT jsonb_path_exists(physical_specs, 'strict $.keyvalue() ? (@.key == "bedrooms" || @.key == "bathrooms"
            || @.key == "area_sqm" || @.key == "land_sqm" || @.key == "floors" || @.key == "year_built" || @.key == "parking").value
            ? (@.type() != "null" && (@.type() != "number" || @ < 0))', '{}', true)),
    CONSTRAINT properties_location_details_check CHECK (jsonb_typeof(location_details) = 'object'),
    -- {category: [slug, ...]}
    CONSTRAINT properties_amenities_check CHECK (jsonb_typeof(amenities) = 'object'
        AND amenities - '{interior,exterior,building,area}'::text[] = '{}'
        AND NOT jsonb_path_exists(amenities, 'strict $.keyvalue().value ? (@.type() != "array")', '{}', true)
        AND NOT jsonb_path_exists(amenities, 'strict $.keyvalue().value[*] ? (@.type() != "string" || !(@ like_regex "^[a-z0-9_]+$"))', '{}', true))
);

CREATE INDEX properties_type_order_idx ON properties (transaction_type, property_type, listing_priority DESC, published_at DESC, id DESC)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_transaction_order_idx ON properties (transaction_type, listing_priority DESC, published_at DESC, id DESC)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_order_idx ON properties (listing_priority DESC, published_at DESC, id DESC)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_newest_idx ON properties (published_at DESC, id DESC)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_price_idx ON properties (transaction_type, price, id)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_district_idx ON properties (district, listing_priority DESC, published_at DESC, id DESC)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_province_idx ON properties (province, listing_priority DESC, published_at DESC, id DESC)
    WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_amenity_slugs_idx ON properties USING gin (amenity_slugs) WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_tags_idx ON properties USING gin (tags) WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_geo_idx ON properties USING gist (geo) WHERE is_published AND deleted_at IS NULL;
CREATE INDEX properties_agent_id_idx ON properties (agent_id);
CREATE INDEX properties_company_id_idx ON properties (company_id);
CREATE INDEX properties_created_by_idx ON properties (created_by);
CREATE INDEX properties_updated_by_idx ON properties (updated_by);

CREATE TRIGGER properties_updated_at BEFORE UPDATE ON properties FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER properties_audit AFTER INSERT OR UPDATE OR DELETE ON properties FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}',
        '{created_at,updated_at,price,bedrooms,bathrooms,area_sqm,province,district,lat,lng,geo,amenity_slugs}', '{contact_info}');
