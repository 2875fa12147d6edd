-- Uploads: a ticket, a file, a job that makes pictures of it.
--
-- The type is made anew: a value that ALTER TYPE adds cannot be used in the same transaction.
DROP INDEX media_pending_idx;
ALTER TABLE media DROP CONSTRAINT media_ready_check, DROP CONSTRAINT media_rejected_check, ALTER COLUMN state DROP DEFAULT;
ALTER TYPE media_state RENAME TO media_state_before;
CREATE TYPE media_state AS ENUM ('pending', 'processing', 'ready', 'rejected');
ALTER TABLE media ALTER COLUMN state TYPE media_state USING state::text::media_state;
ALTER TABLE media ALTER COLUMN state SET DEFAULT 'pending';
DROP TYPE media_state_before;

ALTER TABLE media
    -- As the person who sent it named it; for their eyes, never for ours.
    ADD COLUMN filename text CONSTRAINT media_filename_check CHECK (length(filename) BETWEEN 1 AND 200),
    -- How far the work has come, per cent.
    ADD COLUMN progress smallint NOT NULL DEFAULT 0 CONSTRAINT media_progress_check CHECK (progress BETWEEN 0 AND 100),
    ADD COLUMN blurhash text CONSTRAINT media_blurhash_check CHECK (length(blurhash) BETWEEN 6 AND 100),
    -- dHash of the picture: two pictures that look alike differ in few bits.
    ADD COLUMN phash bigint,
    -- When the ticket ends.
    ADD COLUMN expires_at timestamptz NOT NULL DEFAULT now(),
    -- Taken away by a person. The row stays for a day: it counts towards the person's quota.
    ADD COLUMN deleted_at timestamptz;
ALTER TABLE media ALTER COLUMN expires_at DROP DEFAULT;
UPDATE media SET progress = 100 WHERE state = 'ready';
ALTER TABLE media
    ADD CONSTRAINT media_ready_check CHECK (state <> 'ready' OR (progress = 100 AND num_nulls(sha256, bytes, width, height) = 0)),
    ADD CONSTRAINT media_rejected_check CHECK ((state = 'rejected') = (reject_reason IS NOT NULL));

-- What the sweeper looks for.
CREATE INDEX media_unsettled_idx ON media (created_at) WHERE state <> 'ready' OR deleted_at IS NOT NULL OR property_id IS NULL;
-- The quota of a person.
CREATE INDEX media_uploaded_by_created_at_idx ON media (uploaded_by, created_at);
DROP INDEX media_uploaded_by_idx;
CREATE INDEX media_phash_idx ON media (phash) WHERE phash IS NOT NULL AND deleted_at IS NULL;

DROP TRIGGER media_audit ON media;
CREATE TRIGGER media_audit AFTER INSERT OR UPDATE OR DELETE ON media FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,variants,progress,storage_key}', '{filename}');
