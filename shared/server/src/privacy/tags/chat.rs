//! What people ask the assistant.

use super::{Erasing, Exported, Kind, Part, Table, goes};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "chat_messages",
        parts: &[Part {
            whom: "who asked",
            rows: "conversation_id IN (SELECT id FROM chat_conversations WHERE (user_id = ANY({users}) OR visitor_id = ANY({visitors})) AND created_at <= {before})",
            erasing: Erasing::Rows,
            columns: &[
                goes("conversation_id", Kind::Reference),
                goes("content", Kind::Words),
                goes("parts", Kind::Words),
                goes("is_helpful", Kind::Habit),
            ],
            exported: Exported::Row,
        }],
        plain: "author created_at id made_by state tokens",
        note: "",
    },
    Table {
        name: "chat_conversations",
        parts: &[Part {
            whom: "who asked",
            rows: "(user_id = ANY({users}) OR visitor_id = ANY({visitors})) AND created_at <= {before}",
            erasing: Erasing::Rows,
            columns: &[
                goes("user_id", Kind::Reference),
                goes("visitor_id", Kind::Reference),
                goes("owner_id", Kind::Reference),
                goes("lead_id", Kind::Reference),
                goes("title", Kind::Words),
                goes("locale", Kind::Habit),
                goes("handed_over_at", Kind::Habit),
            ],
            exported: Exported::Row,
        }],
        plain: "created_at id updated_at",
        note: "",
    },
];
