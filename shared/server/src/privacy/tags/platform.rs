//! What the platform keeps of everything else.

use super::{Erasing, Exported, IDS, Kind, Part, TOMBSTONE, Table, goes, kept, null, set};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "notifications",
        parts: &[Part {
            whom: "who it is for, and whom it tells of",
            rows: "created_at <= {before} AND (lower(recipient) = ANY({addresses}) OR subject_id = ANY({subjects}) OR EXISTS (SELECT FROM unnest({marks}) m WHERE position(m IN lower(facts::text)) > 0))",
            erasing: Erasing::Columns {
                also: "status = CASE WHEN status IN ('queued', 'sending') THEN 'refused' ELSE status END",
            },
            columns: &[
                null("recipient", Kind::Contact),
                set("facts", Kind::Words, "'{}'"),
                null("last_error", Kind::Words),
                kept("key", Kind::Reference, IDS),
                kept("subject_id", Kind::Reference, IDS),
            ],
            exported: Exported::Only("id template locale status sent_at created_at"),
        }],
        plain: "attempts created_at id locale sent_at status template updated_at",
        note: "",
    },
    Table {
        name: "idempotency_keys",
        parts: &[Part {
            whom: "who asked",
            rows: "created_at <= {before} AND (EXISTS (SELECT FROM unnest({marks}) m WHERE position(m IN scope) > 0) OR EXISTS (SELECT FROM unnest({marks}) m WHERE position(m IN lower(convert_from(response_body, 'UTF8'))) > 0))",
            erasing: Erasing::Rows,
            columns: &[
                goes("scope", Kind::Reference),
                goes("key", Kind::Words),
                goes("response_body", Kind::Words),
                goes("response_headers", Kind::Words),
                goes("request_hash", Kind::Words),
            ],
            exported: Exported::Only("scope created_at expires_at response_status"),
        }],
        plain: "created_at expires_at response_status",
        note: "",
    },
    Table {
        name: "jobs",
        parts: &[Part {
            whom: "whom it is about",
            rows: "EXISTS (SELECT FROM unnest({marks}) m WHERE position(m IN lower(payload::text)) > 0)",
            erasing: Erasing::BLANK,
            columns: &[
                kept("payload", Kind::Reference, IDS),
                kept("dedupe_key", Kind::Reference, IDS),
                null("last_error", Kind::Words),
            ],
            exported: Exported::Only("id kind created_at run_at dead_at"),
        }],
        plain: "attempts created_at dead_at id kind locked_at locked_by max_attempts run_at \
            updated_at",
        note: "",
    },
    Table {
        name: "webhook_deliveries",
        parts: &[Part {
            whom: "whom it tells of",
            rows: "subject_id = ANY({subjects}) OR EXISTS (SELECT FROM unnest({marks}) m WHERE position(m IN lower(payload::text)) > 0)",
            erasing: Erasing::BLANK,
            columns: &[
                kept("subject_id", Kind::Reference, IDS),
                kept("payload", Kind::Reference, IDS),
                null("response_excerpt", Kind::Words),
                null("last_error", Kind::Words),
            ],
            exported: Exported::Only("id event_type subject_id status created_at"),
        }],
        plain: "attempts claim created_at delivered_at endpoint_id event_type id last_attempt_at \
            latency_ms locked_until message_id next_attempt_at response_status seq status \
            updated_at",
        note: "",
    },
    Table {
        name: "webhook_endpoints",
        parts: &[Part {
            whom: "who made it",
            rows: "created_by = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("created_by", Kind::Reference, TOMBSTONE)],
            exported: Exported::Only("id url event_types created_by created_at"),
        }],
        plain: "created_at description disabled_reason event_types failing_since id is_active \
            previous_secret previous_secret_until secret starts_after updated_at url",
        note: "",
    },
    Table {
        name: "webhook_events",
        parts: &[Part {
            whom: "whom it tells of",
            rows: "created_at <= {before} AND EXISTS (SELECT FROM unnest({marks}) m WHERE position(m IN lower(concat('\"', subject, '\"', payload::text))) > 0)",
            erasing: Erasing::Columns {
                also: "status = CASE WHEN status IN ('received', 'failed') THEN 'ignored' ELSE status END",
            },
            columns: &[
                set("payload", Kind::Words, "'{}'"),
                null("error", Kind::Words),
                null("subject", Kind::Identity),
            ],
            exported: Exported::Only("delivery_id provider event_type status payload created_at"),
        }],
        plain: "applied_at attempts created_at delivery_id event_type happened_at provider status updated_at",
        note: "",
    },
    Table {
        name: "events",
        parts: &[Part {
            whom: "who did it",
            rows: "actor = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("actor", Kind::Reference, TOMBSTONE)],
            exported: Exported::Only("id at kind subject_type subject_id"),
        }],
        plain: "at data id kind request_id seq subject_id subject_type",
        note: "",
    },
    Table {
        name: "audit_log",
        parts: &[Part {
            whom: "who did it",
            rows: "actor = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("actor", Kind::Reference, TOMBSTONE)],
            exported: Exported::Only("id at table_name row_id action"),
        }],
        plain: "action after at before id request_id row_id table_name",
        note: "",
    },
    Table {
        name: "event_cursors",
        parts: &[],
        plain: "name seq",
        note: "how far readers of the feed are",
    },
    Table {
        name: "platform_identity",
        parts: &[],
        plain: "created_at product_id singleton",
        note: "which brand this is",
    },
    Table {
        name: "seaql_migrations",
        parts: &[],
        plain: "applied_at version",
        note: "which migrations have run",
    },
];
