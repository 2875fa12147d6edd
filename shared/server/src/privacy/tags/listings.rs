//! What a brand offers.

use super::{Erasing, Exported, Kind, Part, TOMBSTONE, Table, kept, null, set};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "properties",
        parts: &[
            Part {
                whom: "the agent in charge, and who made it",
                rows: "agent_id = ANY({users}) OR created_by = ANY({users}) OR updated_by = ANY({users})",
                erasing: Erasing::BLANK,
                columns: &[
                    kept("agent_id", Kind::Reference, TOMBSTONE),
                    kept("created_by", Kind::Reference, TOMBSTONE),
                    kept("updated_by", Kind::Reference, TOMBSTONE),
                ],
                exported: Exported::Only("id slug title agent_id created_by updated_by created_at"),
            },
            Part {
                whom: "whom it names to write to",
                rows: "contact_info <> '{}' AND EXISTS (SELECT FROM unnest({contacts}) c WHERE position(c IN lower(contact_info::text)) > 0)",
                erasing: Erasing::Columns { also: "version = version + 1" },
                columns: &[set("contact_info", Kind::Contact, "'{}'")],
                exported: Exported::Only("id slug contact_info"),
            },
        ],
        plain: "amenities amenity_slugs area_sqm bathrooms bedrooms company_id cover_image \
            created_at currency deleted_at description district external_id external_source \
            geo id images import_hash is_featured is_published lat lease_price \
            listing_priority lng location_details physical_specs policies price \
            property_type province published_at reference rejection_reason rent_price \
            sale_price slug status submitted_at tags title transaction_type updated_at \
            version",
        note: "",
    },
    Table {
        name: "property_translations",
        parts: &[Part {
            whom: "who reviewed it",
            rows: "reviewed_by = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("reviewed_by", Kind::Reference, TOMBSTONE)],
            exported: Exported::Only("property_id locale field reviewed_by reviewed_at"),
        }],
        plain: "created_at field is_stale locale origin property_id reviewed_at source_hash \
            updated_at value",
        note: "",
    },
    Table {
        name: "media",
        parts: &[Part {
            whom: "who uploaded it",
            rows: "uploaded_by = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[
                kept("uploaded_by", Kind::Reference, TOMBSTONE),
                null("filename", Kind::Words),
            ],
            exported: Exported::Only("id property_id content_type bytes filename created_at"),
        }],
        plain: "alt blurhash bytes content_type created_at deleted_at expires_at height id phash \
            progress property_id reject_reason sha256 state storage_key updated_at variants \
            width",
        note: "",
    },
    Table {
        name: "duplicate_candidates",
        parts: &[Part {
            whom: "who decided",
            rows: "decided_by = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("decided_by", Kind::Reference, TOMBSTONE)],
            exported: Exported::Only("id property_id other_id state decided_by decided_at"),
        }],
        plain: "created_at decided_at id other_id property_id reasons score state updated_at",
        note: "",
    },
    Table {
        name: "calendar_conflicts",
        parts: &[Part {
            whom: "who settled it",
            rows: "resolved_by = ANY({users})",
            erasing: Erasing::BLANK,
            columns: &[kept("resolved_by", Kind::Reference, TOMBSTONE)],
            exported: Exported::Only("id property_id resolution resolved_by resolved_at"),
        }],
        plain: "calendar_id created_at during external_uid id own_during own_id own_kind \
            property_id resolution resolved_at stay_id updated_at",
        note: "",
    },
    Table {
        name: "amenities",
        parts: &[],
        plain: "category created_at icon is_active name slug sort_order updated_at",
        note: "the catalogue",
    },
    Table {
        name: "amenity_translations",
        parts: &[],
        plain: "amenity_slug created_at locale name updated_at",
        note: "the catalogue",
    },
    Table {
        name: "policies",
        parts: &[],
        plain: "category created_at data_type description icon is_active name options slug \
            sort_order updated_at",
        note: "the catalogue",
    },
    Table {
        name: "policy_translations",
        parts: &[],
        plain: "created_at description locale name option_labels policy_slug updated_at",
        note: "the catalogue",
    },
    Table {
        name: "business_details",
        parts: &[],
        plain: "annual_profit annual_revenue assets_included business_type created_at \
            lease_remaining_months property_id reason_for_sale staff updated_at",
        note: "facts of a listing",
    },
    Table {
        name: "investment_details",
        parts: &[],
        plain: "completion_on created_at developer expected_yield_bps min_ticket property_id \
            stage target_amount updated_at",
        note: "facts of a listing",
    },
    Table {
        name: "lease_details",
        parts: &[],
        plain: "advance_months created_at deposit_months is_registered max_term_months \
            min_term_months property_id renewal_note updated_at",
        note: "facts of a listing",
    },
    Table {
        name: "rental_details",
        parts: &[],
        plain: "arrival_days cancellation_policy check_in_time check_out_time cleaning_fee \
            created_at departure_days deposit deposit_return_days ending_notice_days \
            instant_book max_guests max_nights min_nights notice_days notice_until \
            preparation_days price_per_month price_per_night price_per_week property_id \
            updated_at window_days",
        note: "facts of a listing",
    },
    Table {
        name: "sale_details",
        parts: &[],
        plain: "created_at foreign_quota foreign_quota_left_bps land_sqm ownership_type \
            property_id title_deed transfer_fee_share updated_at",
        note: "facts of a listing",
    },
    Table {
        name: "pricing_terms",
        parts: &[],
        plain: "advance_months created_at deposit_months extra_guest_fee holiday_surcharge_bps \
            included_guests property_id updated_at weekend_nights weekend_price_per_night",
        note: "prices of a listing",
    },
    Table {
        name: "rates",
        parts: &[],
        plain: "arrival_days created_at during id label min_nights notice_days price_per_month \
            price_per_night price_per_week property_id updated_at weekend_price_per_night",
        note: "prices of a listing",
    },
    Table {
        name: "holidays",
        parts: &[],
        plain: "country created_at day is_certain kind name updated_at",
        note: "the calendar of a country",
    },
    Table {
        name: "lease_rules",
        parts: &[],
        plain: "checked_on created_at except_property_types id is_certain min_units most reason \
            sort_order source term updated_at valid_from valid_to",
        note: "law",
    },
    Table {
        name: "legal_rules",
        parts: &[],
        plain: "checked_on created_at foreign_quota id outcome ownership_types property_types \
            reason sort_order source source_url title_deeds topic transaction_types \
            updated_at valid_from valid_to",
        note: "law",
    },
    Table {
        name: "coupons",
        parts: &[],
        plain: "amount code created_at currency id is_active max_uses min_nights note \
            percent_bps property_id updated_at valid_from valid_until version",
        note: "discounts; their notes are the staff's, on the discount",
    },
    Table {
        name: "calendars",
        parts: &[],
        plain: "attempt created_at direction etag failure_count id ignored_count \
            include_imported is_active last_error last_event_count last_modified \
            last_read_at last_result last_synced_at last_tried_at name next_sync_at \
            property_id token unread_count updated_at url warned_at",
        note: "belong to the listing and go on with it, whoever is in charge; addresses and tokens are secrets of the listing",
    },
    Table {
        name: "calendar_events",
        parts: &[],
        plain: "calendar_id changed_at created_at during echo_of external_uid id kind \
            missing_count missing_since part property_id updated_at",
        note: "days that another channel has taken; its titles and names are not kept",
    },
    Table {
        name: "property_views",
        parts: &[],
        plain: "day property_id views",
        note: "counted by day and listing",
    },
    Table {
        name: "search_documents",
        parts: &[],
        plain: "content content_hash locale property_id title words",
        note: "texts of listings",
    },
    Table {
        name: "search_vectors",
        parts: &[],
        plain: "content_hash embedding locale property_id slot",
        note: "vectors of texts of listings; what people write is never turned into kept vectors",
    },
    Table {
        name: "search_models",
        parts: &[],
        plain: "created_at is_begun model slot",
        note: "which models there are",
    },
    Table {
        name: "search_queue",
        parts: &[],
        plain: "attempts generation is_bulk not_before property_id queued_at slot",
        note: "work to be done on listings",
    },
    Table { name: "search_words", parts: &[], plain: "documents word", note: "words of listings" },
];
