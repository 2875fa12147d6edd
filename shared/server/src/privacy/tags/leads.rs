//! Enquiries.

use super::{Erasing, Exported, Kind, Part, TOMBSTONE, Table, goes, kept, null, set};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "lead_events",
        parts: &[
            Part {
                whom: "who asked",
                rows: "lead_id = ANY({leads})",
                erasing: Erasing::BLANK,
                columns: &[
                    null("note", Kind::Words),
                    set(
                        "data",
                        Kind::Contact,
                        "data - '{name,email,phone,line_id,wished_times,locale}'::text[]",
                    ),
                ],
                exported: Exported::Row,
            },
            Part {
                whom: "who of the staff wrote it",
                rows: "actor_id = ANY({users})",
                erasing: Erasing::BLANK,
                columns: &[kept("actor_id", Kind::Reference, TOMBSTONE)],
                exported: Exported::Only("id lead_id kind actor_id created_at"),
            },
        ],
        plain: "created_at id kind lead_id",
        note: "",
    },
    Table {
        name: "lead_tasks",
        parts: &[
            Part {
                whom: "who asked",
                rows: "lead_id = ANY({leads})",
                erasing: Erasing::Rows,
                columns: &[goes("title", Kind::Words)],
                exported: Exported::Row,
            },
            Part {
                whom: "who of the staff does it",
                rows: "assignee_id = ANY({users})",
                erasing: Erasing::BLANK,
                columns: &[kept("assignee_id", Kind::Reference, TOMBSTONE)],
                exported: Exported::Only("id lead_id assignee_id due_at done_at created_at"),
            },
        ],
        plain: "created_at done_at due_at id lead_id updated_at",
        note: "",
    },
    Table {
        name: "leads",
        parts: &[
            Part {
                whom: "who asked",
                rows: "id = ANY({leads})",
                erasing: Erasing::Columns {
                    also: "erased_at = coalesce(erased_at, now()), version = version + 1, lost_reason = CASE WHEN status IN ('won', 'lost') THEN lost_reason ELSE 'other' END, status = CASE WHEN status = 'won' THEN status ELSE 'lost' END",
                },
                columns: &[
                    kept("user_id", Kind::Reference, TOMBSTONE),
                    null("name", Kind::Name),
                    null("email", Kind::Contact),
                    null("phone", Kind::Contact),
                    null("phone_key", Kind::Contact),
                    null("line_id", Kind::Contact),
                    goes("email_key", Kind::Contact),
                    set("message", Kind::Words, "''"),
                    set("metadata", Kind::Words, "'{}'"),
                    set("wished_times", Kind::Habit, "'{}'"),
                    null("locale", Kind::Habit),
                ],
                exported: Exported::Row,
            },
            Part {
                whom: "the agent in charge",
                rows: "assigned_agent_id = ANY({users})",
                erasing: Erasing::BLANK,
                columns: &[kept("assigned_agent_id", Kind::Reference, TOMBSTONE)],
                exported: Exported::Only(
                    "id reference kind status source assigned_agent_id created_at",
                ),
            },
        ],
        plain: "created_at erased_at id kind lost_reason property_id reference source status \
            updated_at version",
        note: "",
    },
    Table {
        name: "lead_rotation",
        parts: &[Part {
            whom: "whose turn it was",
            rows: "agent_id = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[null("agent_id", Kind::Reference)],
            exported: Exported::Row,
        }],
        plain: "singleton",
        note: "",
    },
];
