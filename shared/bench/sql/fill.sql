-- :listings published listings that differ as real ones do: a few districts hold most of them,
-- prices spread over two orders of magnitude, places crowd as they do on a map, every one has its Thai texts. Ids differ in
-- their first bits, as those do that begin with a time: the index of stays tells others apart badly.
INSERT INTO properties (id, slug, title, description, transaction_type, property_type, rent_price,
    physical_specs, location_details, amenities, policies, contact_info, cover_image, images, tags,
    is_published, status, published_at, is_featured, listing_priority)
SELECT (lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000')::uuid,
    'bench-' || i,
    'Listing number ' || i || ' with a view of the garden',
    repeat('A quiet home with light on both sides, a short walk from the market. ', 12),
    'rent',
    (ARRAY['villa', 'condo', 'apartment', 'townhouse', 'house'])[1 + i % 5]::property_type,
    100000 + (hashint4(i)::bigint & 1048575) * 20,
    jsonb_build_object('bedrooms', i % 6, 'bathrooms', 1 + i % 4, 'area_sqm', 30 + i % 300,
        'furnished', 'fully', 'year_built', 1990 + i % 35),
    jsonb_build_object('country', 'TH', 'province', 'Bangkok',
        'district', (ARRAY['Watthana', 'Khlong Toei', 'Sathon', 'Bang Rak', 'Phra Khanong', 'Huai Khwang',
            'Ratchathewi', 'Phaya Thai', 'Chatuchak', 'Bang Na'])[1 + (hashint4(i * 7) & 1023) % 10],
        'address', i || ' Sukhumvit Road', 'postcode', '10110',
        -- Half of them in one city, a fifth in two resorts, the rest all over the country.
        'lat', CASE WHEN i % 2 = 0 THEN 13.6 + (hashint4(i * 3) & 4095) / 16384.0
            WHEN i % 10 = 1 THEN 7.75 + (hashint4(i * 3) & 4095) / 16384.0
            WHEN i % 10 = 3 THEN 12.85 + (hashint4(i * 3) & 4095) / 32768.0
            ELSE 6.0 + (hashint4(i * 3) & 65535) / 4681.0 END,
        'lng', CASE WHEN i % 2 = 0 THEN 100.4 + (hashint4(i * 5) & 4095) / 16384.0
            WHEN i % 10 = 1 THEN 98.25 + (hashint4(i * 5) & 4095) / 24000.0
            WHEN i % 10 = 3 THEN 100.85 + (hashint4(i * 5) & 4095) / 32768.0
            ELSE 98.0 + (hashint4(i * 5) & 65535) / 9362.0 END),
    '{"interior": ["wifi", "air_conditioning", "kitchen"], "exterior": ["balcony"], "building": ["gym"], "area": ["near_bts"]}',
    '{"pets_allowed": false, "smoking_allowed": false}',
    '{"name": "Bench", "phone": "+6620000100", "email": "bench@bestays.example"}',
    '{"url": "/assets/listings/bench.svg", "alt": {"en": "A house", "th": "บ้าน"}, "width": 1200, "height": 800}',
    array_fill('{"url": "/assets/listings/bench.svg", "alt": {"en": "A room", "th": "ห้อง"}, "width": 1200, "height": 800}'::jsonb, ARRAY[6]),
    ARRAY['garden', 'quiet'],
    true, 'published', timestamptz '2026-01-01' + i * interval '7 minutes', i % 97 = 0, (hashint4(i * 11) & 1023) % 50
FROM generate_series(1, :listings) i;

INSERT INTO rental_details (property_id, price_per_night, price_per_month, min_nights, max_guests, instant_book)
SELECT id, rent_price / 25, rent_price, 1 + listing_priority % 7, 2 + bedrooms * 2, is_featured
FROM properties WHERE slug LIKE 'bench-%';

INSERT INTO property_translations (property_id, locale, field, value)
SELECT id, 'th', field::translation_field,
    CASE field WHEN 'title' THEN 'บ้านหมายเลข ' || slug || ' วิวสวน'
        WHEN 'description' THEN repeat('บ้านเงียบสงบ แสงเข้าสองด้าน เดินไปตลาดได้ ', 12)
        WHEN 'location_province' THEN 'กรุงเทพมหานคร' ELSE 'เขต ' || (location_details ->> 'district') END
FROM properties, unnest(ARRAY['title', 'description', 'location_province', 'location_district']) AS field
WHERE slug LIKE 'bench-%';
