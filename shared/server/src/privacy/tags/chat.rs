//! What people ask the assistant.

use super::{Erasing, Exported, Kind, Part, TOMBSTONE, Table, goes, kept};

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
        plain: "author blocked created_at first_ms id made_by state tokens tool_errors",
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
    Table {
        name: "chat_prompts",
        parts: &[by(
            "who made it",
            "created_by = ANY({users})",
            &[kept("created_by", Kind::Reference, TOMBSTONE)],
            "id number created_by created_at",
        )],
        plain: "based_on body created_at id note number",
        note: "",
    },
    Table {
        name: "chat_trials",
        parts: &[by(
            "who began it",
            "created_by = ANY({users})",
            &[kept("created_by", Kind::Reference, TOMBSTONE)],
            "id prompt_id created_by created_at",
        )],
        plain: "answers created_at finished_at id prompt_id questions state",
        note: "",
    },
    Table {
        name: "chat_activations",
        parts: &[by(
            "who activated it",
            "activated_by = ANY({users})",
            &[kept("activated_by", Kind::Reference, TOMBSTONE)],
            "nth prompt_id activated_by activated_at",
        )],
        plain: "activated_at nth prompt_id",
        note: "",
    },
    Table {
        name: "chat_tools",
        parts: &[by(
            "who switched it",
            "updated_by = ANY({users})",
            &[kept("updated_by", Kind::Reference, TOMBSTONE)],
            "name is_enabled updated_by updated_at",
        )],
        plain: "is_enabled name updated_at",
        note: "",
    },
    Table {
        name: "chat_questions",
        parts: &[],
        plain: "nth question",
        note: "what a brand tries its prompts with",
    },
];

/// Staff's doing: it stays, and leads to nobody any more.
const fn by(
    whom: &'static str,
    rows: &'static str,
    columns: &'static [super::Column],
    exported: &'static str,
) -> Part {
    Part { whom, rows, erasing: Erasing::BLANK, columns, exported: Exported::Only(exported) }
}
