DROP TRIGGER media_audit ON media;
DROP INDEX media_unsettled_idx, media_uploaded_by_created_at_idx, media_phash_idx;
CREATE INDEX media_uploaded_by_idx ON media (uploaded_by);
ALTER TABLE media DROP CONSTRAINT media_ready_check, DROP CONSTRAINT media_rejected_check, ALTER COLUMN state DROP DEFAULT,
    DROP COLUMN filename, DROP COLUMN progress, DROP COLUMN blurhash, DROP COLUMN phash, DROP COLUMN expires_at, DROP COLUMN deleted_at;
UPDATE media SET state = 'pending' WHERE state = 'processing';
ALTER TYPE media_state RENAME TO media_state_before;
CREATE TYPE media_state AS ENUM ('pending', 'ready', 'rejected');
ALTER TABLE media ALTER COLUMN state TYPE media_state USING state::text::media_state;
ALTER TABLE media ALTER COLUMN state SET DEFAULT 'pending',
    ADD CONSTRAINT media_ready_check CHECK (state <> 'ready' OR num_nulls(sha256, bytes, width, height) = 0),
    ADD CONSTRAINT media_rejected_check CHECK ((state = 'rejected') = (reject_reason IS NOT NULL));
DROP TYPE media_state_before;
CREATE INDEX media_pending_idx ON media (created_at) WHERE state <> 'ready';
CREATE TRIGGER media_audit AFTER INSERT OR UPDATE OR DELETE ON media FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,variants}', '{}');
