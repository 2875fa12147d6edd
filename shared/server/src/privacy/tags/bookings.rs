//! Stays, and the money for them.

use super::{ACCOUNTS, Erasing, Exported, Kind, Part, TOMBSTONE, Table, goes, kept, null};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "booking_events",
        parts: &[
            Part {
                whom: "who booked",
                rows: "booking_id = ANY({bookings})",
                erasing: Erasing::BLANK,
                columns: &[
                    kept("kind", Kind::Contract, ACCOUNTS),
                    kept("data", Kind::Contract, ACCOUNTS),
                    kept("from_status", Kind::Contract, ACCOUNTS),
                    kept("to_status", Kind::Contract, ACCOUNTS),
                    kept("created_at", Kind::Contract, ACCOUNTS),
                ],
                exported: Exported::Row,
            },
            Part {
                whom: "who did it",
                rows: "actor_id = ANY({users})",
                erasing: Erasing::BLANK,
                columns: &[kept("actor_id", Kind::Reference, TOMBSTONE)],
                exported: Exported::Only("id booking_id kind actor_id created_at"),
            },
        ],
        plain: "booking_id id",
        note: "",
    },
    Table {
        name: "tenancies",
        parts: &[Part {
            whom: "who booked",
            rows: "booking_id = ANY({bookings})",
            erasing: Erasing::BLANK,
            columns: &[
                kept("ends_on", Kind::Contract, ACCOUNTS),
                kept("notice_at", Kind::Contract, ACCOUNTS),
                kept("notice_by", Kind::Contract, ACCOUNTS),
            ],
            exported: Exported::Row,
        }],
        plain: "booking_id created_at deposit_return_days notice_days updated_at",
        note: "",
    },
    Table {
        name: "payment_events",
        parts: &[Part {
            whom: "who paid",
            rows: "payment_id IN (SELECT id FROM payments WHERE booking_id = ANY({bookings}))",
            erasing: Erasing::BLANK,
            columns: &[
                kept("payload", Kind::Contract, ACCOUNTS),
                kept("event_id", Kind::Contract, ACCOUNTS),
            ],
            exported: Exported::Row,
        }],
        plain: "applied_at attempts created_at happened_at kind outcome payment_id provider \
            status updated_at",
        note: "",
    },
    Table {
        name: "payments",
        parts: &[Part {
            whom: "who paid",
            rows: "booking_id = ANY({bookings})",
            erasing: Erasing::BLANK,
            columns: &[
                kept("provider_reference", Kind::Contract, ACCOUNTS),
                kept("amount", Kind::Contract, ACCOUNTS),
                kept("received", Kind::Contract, ACCOUNTS),
                kept("refunded", Kind::Contract, ACCOUNTS),
                kept("currency", Kind::Contract, ACCOUNTS),
                kept("purpose", Kind::Contract, ACCOUNTS),
                kept("state", Kind::Contract, ACCOUNTS),
                kept("succeeded_at", Kind::Contract, ACCOUNTS),
            ],
            exported: Exported::Row,
        }],
        plain: "asked_at attention booking_id created_at expires_at id provider reason refund_of \
            updated_at version",
        note: "",
    },
    Table {
        name: "coupon_uses",
        parts: &[Part {
            whom: "who booked",
            rows: "booking_id = ANY({bookings})",
            erasing: Erasing::BLANK,
            columns: &[kept("coupon_id", Kind::Contract, ACCOUNTS)],
            exported: Exported::Row,
        }],
        plain: "booking_id created_at",
        note: "",
    },
    Table {
        name: "bookings",
        parts: &[
            Part {
                whom: "who booked",
                rows: "id = ANY({bookings})",
                erasing: Erasing::Columns {
                    also: "erased_at = coalesce(erased_at, now()), version = version + 1, link_generation = link_generation + 1",
                },
                columns: &[
                    kept("guest_user_id", Kind::Reference, TOMBSTONE),
                    null("guest_name", Kind::Name),
                    null("guest_email", Kind::Contact),
                    null("guest_phone", Kind::Contact),
                    null("placed_from", Kind::Contact),
                    goes("guest_email_key", Kind::Contact),
                    null("guest_note", Kind::Words),
                    null("cancellation_reason", Kind::Words),
                    kept("reference", Kind::Contract, ACCOUNTS),
                    kept("check_in", Kind::Contract, ACCOUNTS),
                    kept("check_out", Kind::Contract, ACCOUNTS),
                    kept("guests", Kind::Contract, ACCOUNTS),
                    kept("total", Kind::Contract, ACCOUNTS),
                    kept("currency", Kind::Contract, ACCOUNTS),
                    kept("refund_amount", Kind::Contract, ACCOUNTS),
                ],
                exported: Exported::Row,
            },
            Part {
                whom: "who cancelled it",
                rows: "cancelled_by = ANY({users})",
                erasing: Erasing::BLANK,
                columns: &[kept("cancelled_by", Kind::Reference, TOMBSTONE)],
                exported: Exported::Only("id reference cancelled_by cancelled_at"),
            },
        ],
        plain: "accepted_at cancellation_policy cancelled_at completed_at confirmed_at \
            created_at declined_at erased_at hold_expires_at id link_generation locale \
            property_id quote_id status updated_at version",
        note: "",
    },
    Table {
        name: "quotes",
        parts: &[],
        plain: "check_in check_out coupon_id created_at currency guests hash id inputs lines \
            outcome property_id rules total valid_until",
        note: "a price for a stay: dates, number of guests, rules; who asked is not written down",
    },
    Table {
        name: "stays",
        parts: &[Part {
            whom: "who blocked the days",
            rows: "created_by = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("created_by", Kind::Reference, TOMBSTONE), null("note", Kind::Words)],
            exported: Exported::Row,
        }],
        plain: "booking_id calendar_id created_at during expires_at external_uid id kind \
            preparation_days property_id updated_at",
        note: "",
    },
];
