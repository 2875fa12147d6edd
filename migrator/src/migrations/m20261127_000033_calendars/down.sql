DROP INDEX calendar_conflicts_open_idx;
ALTER TABLE calendar_conflicts
    DROP CONSTRAINT calendar_conflicts_event_key,
    DROP CONSTRAINT calendar_conflicts_resolved_check,
    DROP COLUMN resolution,
    DROP COLUMN own_during,
    DROP COLUMN own_kind,
    DROP COLUMN own_id,
    ADD CONSTRAINT calendar_conflicts_event_key UNIQUE (calendar_id, external_uid, during);
DROP TRIGGER stays_cover_update ON stays;
DROP TRIGGER stays_cover_delete ON stays;
DROP FUNCTION cover_what_is_left();
DROP FUNCTION cover_external(uuid, daterange);
DROP TABLE calendar_events;
DROP TYPE calendar_event_kind;
DROP TRIGGER calendars_audit ON calendars;
CREATE TRIGGER calendars_audit AFTER INSERT OR UPDATE OR DELETE ON calendars FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}',
        '{created_at,updated_at,etag,last_modified,last_synced_at,last_error,last_event_count,failure_count}', '{url,token}');
DROP INDEX calendars_due_idx;
CREATE INDEX calendars_due_idx ON calendars (last_synced_at NULLS FIRST) WHERE direction = 'import' AND is_active;
DROP INDEX calendars_url_key;
ALTER TABLE calendars
    DROP CONSTRAINT calendars_include_imported_check,
    DROP COLUMN warned_at,
    DROP COLUMN include_imported,
    DROP COLUMN unread_count,
    DROP COLUMN ignored_count,
    DROP COLUMN last_read_at,
    DROP COLUMN last_result,
    DROP COLUMN last_tried_at,
    DROP COLUMN attempt,
    DROP COLUMN next_sync_at;
