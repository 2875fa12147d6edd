DROP TRIGGER property_translations_search_insert ON property_translations;
DROP TRIGGER property_translations_search_update ON property_translations;
DROP TRIGGER property_translations_search_delete ON property_translations;
DROP TRIGGER properties_search_insert ON properties;
DROP TRIGGER properties_search_update ON properties;
DROP FUNCTION queue_translations_for_search();
DROP FUNCTION queue_listings_for_search();
DROP FUNCTION queue_for_search(uuid[]);
DROP TABLE search_words, search_queue, search_vectors, search_models, search_documents;
