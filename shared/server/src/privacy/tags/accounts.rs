//! People themselves. Last: everything else is found by them.

use super::{
    Erasing, Exported, Kind, Part, TOMBSTONE, TOMBSTONE_SUBJECT, Table, goes, kept, null, set,
};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "agents",
        parts: &[Part {
            whom: "the agent",
            rows: "user_id = ANY({users})",
            erasing: Erasing::Rows,
            columns: &[
                goes("user_id", Kind::Reference),
                goes("display_name", Kind::Name),
                goes("bio", Kind::Words),
                goes("languages", Kind::Words),
                goes("photo", Kind::Words),
                goes("line_id", Kind::Contact),
                goes("licence_number", Kind::Identity),
                goes("company_id", Kind::Contract),
                goes("is_verified", Kind::Contract),
                goes("is_listed", Kind::Contract),
            ],
            exported: Exported::Row,
        }],
        plain: "created_at updated_at",
        note: "",
    },
    Table {
        name: "users",
        parts: &[Part {
            whom: "the person",
            rows: "id = ANY({users})",
            erasing: Erasing::Columns {
                also: "deleted_at = coalesce(deleted_at, now()), revoked_before = now(), is_active = false, role = 'user'",
            },
            columns: &[
                set("auth_subject", Kind::Identity, TOMBSTONE_SUBJECT),
                null("email", Kind::Contact),
                null("phone", Kind::Contact),
                null("display_name", Kind::Name),
                null("locale", Kind::Habit),
                set("metadata", Kind::Words, "'{}'"),
                kept("id", Kind::Reference, TOMBSTONE),
            ],
            exported: Exported::Row,
        }],
        plain: "auth_role auth_updated_at closed_at created_at deleted_at is_active revoked_before role \
            role_is_override updated_at",
        note: "",
    },
    Table {
        name: "companies",
        parts: &[],
        plain: "address created_at description email id is_active is_verified logo name phone \
            registration_number slug updated_at website",
        note: "an agency is no person; what it says of itself is for everybody",
    },
];
