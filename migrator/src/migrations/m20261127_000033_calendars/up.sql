-- Calendars of other channels: what they say is kept as they say it, and what it takes of the
-- listing's nights follows from that.

ALTER TABLE calendars
    -- When a feed is read next; an export has no such time.
    ADD COLUMN next_sync_at timestamptz NOT NULL DEFAULT now(),
    -- Counts the readings that were begun: one that was overtaken by a later one changes nothing.
    ADD COLUMN attempt integer NOT NULL DEFAULT 0 CONSTRAINT calendars_attempt_check CHECK (attempt >= 0),
    ADD COLUMN last_tried_at timestamptz,
    -- How the last reading ended, by a stable name.
    ADD COLUMN last_result text CONSTRAINT calendars_last_result_check CHECK (last_result ~ '^[a-z][a-z_]{0,59}$'),
    -- When all of the feed was last read, rather than answered "unchanged".
    ADD COLUMN last_read_at timestamptz,
    ADD COLUMN ignored_count integer CONSTRAINT calendars_ignored_count_check CHECK (ignored_count >= 0),
    ADD COLUMN unread_count integer NOT NULL DEFAULT 0 CONSTRAINT calendars_unread_count_check CHECK (unread_count >= 0),
    -- An export that passes on what others have sold.
    ADD COLUMN include_imported boolean NOT NULL DEFAULT false,
    -- That the feed cannot be read was told; it is told once.
    ADD COLUMN warned_at timestamptz,
    ADD CONSTRAINT calendars_include_imported_check CHECK (NOT include_imported OR direction = 'export');
CREATE UNIQUE INDEX calendars_url_key ON calendars (property_id, md5(url)) WHERE direction = 'import';
DROP INDEX calendars_due_idx;
CREATE INDEX calendars_due_idx ON calendars (next_sync_at) WHERE direction = 'import' AND is_active;

DROP TRIGGER calendars_audit ON calendars;
CREATE TRIGGER calendars_audit AFTER INSERT OR UPDATE OR DELETE ON calendars FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}',
        '{created_at,updated_at,etag,last_modified,last_synced_at,last_error,last_event_count,failure_count,next_sync_at,attempt,last_tried_at,last_result,last_read_at,ignored_count,unread_count,warned_at}',
        '{url,token}');

CREATE TYPE calendar_event_kind AS ENUM ('booking', 'closed');

-- What a feed says is taken, event by event. Several may say it of the same night, and our own
-- stays may be there already; so there is no constraint against overlaps here, and the nights
-- themselves are taken in `stays`. Nobody's name is in it.
CREATE TABLE calendar_events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    calendar_id uuid NOT NULL REFERENCES calendars ON DELETE CASCADE,
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    external_uid text NOT NULL CONSTRAINT calendar_events_external_uid_check CHECK (length(external_uid) BETWEEN 1 AND 1000),
    -- Which occurrence of a repeated event, which part of a long one; empty for all of it.
    part text NOT NULL DEFAULT '' CONSTRAINT calendar_events_part_check CHECK (length(part) <= 100),
    during daterange NOT NULL CONSTRAINT calendar_events_during_check CHECK (is_bounded_range(during, 366)),
    kind calendar_event_kind NOT NULL,
    -- Since when, and how often, the feed has not named it any more, while it is still believed.
    missing_since timestamptz,
    missing_count integer NOT NULL DEFAULT 0,
    -- The stay of ours that the channel had heard of when it began to say so; it may be gone.
    echo_of uuid,
    changed_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT calendar_events_event_key UNIQUE (calendar_id, external_uid, part),
    CONSTRAINT calendar_events_missing_check CHECK ((missing_since IS NULL) = (missing_count = 0))
);
CREATE INDEX calendar_events_property_id_idx ON calendar_events USING gist (property_id, during);
CREATE TRIGGER calendar_events_updated_at BEFORE UPDATE ON calendar_events
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Takes the nights of these days that events name and nothing occupies yet. The caller holds the
-- lock of the property's row. Of two events that name a night, the one that begins first has it.
CREATE FUNCTION cover_external(property uuid, days daterange) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    event record;
    piece daterange;
    taken integer := 0;
BEGIN
    FOR event IN
        SELECT e.calendar_id, e.external_uid, e.during * days AS during FROM public.calendar_events e
         WHERE e.property_id = property AND e.during && days
         ORDER BY lower(e.during), e.created_at, e.id
    LOOP
        FOR piece IN
            SELECT unnest(datemultirange(event.during) - coalesce(
                (SELECT range_agg(s.during) FROM public.stays s
                  WHERE s.property_id = property AND s.during && event.during), '{}'::datemultirange))
        LOOP
            INSERT INTO public.stays (property_id, during, kind, calendar_id, external_uid)
            VALUES (property, piece, 'external', event.calendar_id, event.external_uid);
            taken := taken + 1;
        END LOOP;
    END LOOP;
    RETURN taken;
END
$$;

-- A booking that is cancelled, a hold that runs out, a block that is lifted: its nights are not
-- free where a channel says that they are taken, not even until the feed is read again.
CREATE FUNCTION cover_what_is_left() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Not of a listing that is going itself.
    IF EXISTS (SELECT FROM public.calendar_events e WHERE e.property_id = OLD.property_id AND e.during && OLD.during)
        AND EXISTS (SELECT FROM public.properties p WHERE p.id = OLD.property_id) THEN
        PERFORM public.cover_external(OLD.property_id, OLD.during);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER stays_cover_delete AFTER DELETE ON stays FOR EACH ROW
    WHEN (OLD.kind <> 'external') EXECUTE FUNCTION cover_what_is_left();
CREATE TRIGGER stays_cover_update AFTER UPDATE OF during ON stays FOR EACH ROW
    WHEN (OLD.kind <> 'external' AND OLD.during <> NEW.during) EXECUTE FUNCTION cover_what_is_left();

-- Both sides of a conflict, as they were when it was found: the stay may be gone by now.
ALTER TABLE calendar_conflicts
    DROP CONSTRAINT calendar_conflicts_event_key,
    ADD COLUMN own_id uuid NOT NULL,
    ADD COLUMN own_kind stay_kind NOT NULL CONSTRAINT calendar_conflicts_own_kind_check CHECK (own_kind <> 'external'),
    ADD COLUMN own_during daterange NOT NULL CONSTRAINT calendar_conflicts_own_during_check CHECK (is_bounded_range(own_during, 3660)),
    -- `done` and `dismissed` are a person's word; `gone` is that they overlap no more.
    ADD COLUMN resolution text CONSTRAINT calendar_conflicts_resolution_check CHECK (resolution IN ('done', 'dismissed', 'gone')),
    ADD CONSTRAINT calendar_conflicts_resolved_check CHECK ((resolved_at IS NULL) = (resolution IS NULL)),
    ADD CONSTRAINT calendar_conflicts_event_key UNIQUE (calendar_id, external_uid, during, own_id);
CREATE INDEX calendar_conflicts_open_idx ON calendar_conflicts (created_at DESC, id DESC) WHERE resolved_at IS NULL;
