DROP TRIGGER properties_events_insert ON properties;
DROP TRIGGER properties_events_update ON properties;
DROP FUNCTION record_listing_events();
DROP FUNCTION sequence_events(integer);
DROP TABLE events;
DROP TABLE event_cursors;
DROP FUNCTION refuse_event_change();
