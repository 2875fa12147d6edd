DROP TABLE policy_translations;
DROP TABLE policies;
DROP TABLE amenity_translations;
DROP TABLE amenities;
DROP TYPE policy_data_type;
DROP TYPE amenity_category;
