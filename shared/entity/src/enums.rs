//! Closed sets: native enums of the database, as text everywhere else.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A text that is not a member of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName;

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not one of the known names")
    }
}

impl std::error::Error for UnknownName {}

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident ($($db:tt)*) { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", $($db)*)]
        pub enum $name {
            $(#[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every member, in the order of the database.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, as the database and the API spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(UnknownName) }
            }
        }
    };
}

closed_set! {
    /// ISO 4217 codes a price may be in.
    Currency(db_type = "Char(Some(3))") { Thb = "THB", Usd = "USD", Eur = "EUR", Gbp = "GBP", Jpy = "JPY" }
}
closed_set! {
    /// What a user may do.
    UserRole(db_type = "Enum", enum_name = "user_role") { User = "user", Agent = "agent", Admin = "admin" }
}
closed_set! {
    /// What is offered; it decides which price a listing needs.
    TransactionType(db_type = "Enum", enum_name = "transaction_type") {
        Rent = "rent", Sale = "sale", Lease = "lease", Business = "business", Investment = "investment",
    }
}
closed_set! {
    /// What kind of property.
    PropertyType(db_type = "Enum", enum_name = "property_type") {
        Villa = "villa", Condo = "condo", Apartment = "apartment", Townhouse = "townhouse", House = "house",
        Commercial = "commercial", Land = "land", Office = "office", Retail = "retail", Warehouse = "warehouse",
        Hotel = "hotel", Project = "project",
    }
}
closed_set! {
    /// Where a listing stands on its way to the public.
    ListingStatus(db_type = "Enum", enum_name = "listing_status") {
        Draft = "draft", InReview = "in_review", Published = "published", Archived = "archived",
    }
}
closed_set! {
    /// The fields of a listing that can be translated.
    TranslationField(db_type = "Enum", enum_name = "translation_field") {
        Title = "title", Description = "description", LocationProvince = "location_province",
        LocationDistrict = "location_district", LocationSubdistrict = "location_subdistrict",
        LocationAddress = "location_address",
    }
}
closed_set! {
    /// Who wrote a translation.
    TranslationOrigin(db_type = "Enum", enum_name = "translation_origin") {
        Human = "human", Machine = "machine", Import = "import",
    }
}
closed_set! {
    /// What became of two listings that may be one.
    DuplicateState(db_type = "Enum", enum_name = "duplicate_state") {
        Open = "open", Dismissed = "dismissed", Confirmed = "confirmed",
    }
}
closed_set! {
    /// How freely a guest may cancel.
    CancellationPolicy(db_type = "Enum", enum_name = "cancellation_policy") {
        Flexible = "flexible", Moderate = "moderate", Firm = "firm", Strict = "strict",
    }
}
closed_set! {
    /// How a property is owned.
    OwnershipType(db_type = "Enum", enum_name = "ownership_type") {
        Freehold = "freehold", Leasehold = "leasehold", Company = "company",
    }
}
closed_set! {
    /// Thai land titles, strongest first.
    TitleDeed(db_type = "Enum", enum_name = "title_deed") {
        Chanote = "chanote", NorSor3Gor = "nor_sor_3_gor", NorSor3 = "nor_sor_3", SorKor1 = "sor_kor_1",
        PorBorTor5 = "por_bor_tor_5", SorPorKor401 = "sor_por_kor_4_01", Condominium = "condominium", None = "none",
    }
}
closed_set! {
    /// Who pays a fee.
    FeeShare(db_type = "Enum", enum_name = "fee_share") { Buyer = "buyer", Seller = "seller", Split = "split" }
}
closed_set! {
    /// How far an investment project is.
    InvestmentStage(db_type = "Enum", enum_name = "investment_stage") {
        Planning = "planning", Presale = "presale", Construction = "construction", Completed = "completed",
    }
}
closed_set! {
    /// Where an amenity is.
    AmenityCategory(db_type = "Enum", enum_name = "amenity_category") {
        Interior = "interior", Exterior = "exterior", Building = "building", Area = "area",
    }
}
closed_set! {
    /// The type of a house rule's value.
    PolicyDataType(db_type = "Enum", enum_name = "policy_data_type") {
        Boolean = "boolean", Integer = "integer", Text = "text", Select = "select",
    }
}
closed_set! {
    /// The way of an upload.
    MediaState(db_type = "Enum", enum_name = "media_state") {
        Pending = "pending", Processing = "processing", Ready = "ready", Rejected = "rejected",
    }
}
closed_set! {
    /// The way of a booking.
    BookingStatus(db_type = "Enum", enum_name = "booking_status") {
        Requested = "requested", Held = "held", Confirmed = "confirmed", Declined = "declined", Cancelled = "cancelled",
        Expired = "expired", Completed = "completed",
    }
}
closed_set! {
    /// Whether a calendar comes in or goes out.
    CalendarDirection(db_type = "Enum", enum_name = "calendar_direction") { Import = "import", Export = "export" }
}
closed_set! {
    /// What a channel says of nights: sold, or merely not to be had.
    CalendarEventKind(db_type = "Enum", enum_name = "calendar_event_kind") { Booking = "booking", Closed = "closed" }
}
closed_set! {
    /// Why dates are occupied.
    StayKind(db_type = "Enum", enum_name = "stay_kind") {
        Booking = "booking", Hold = "hold", Block = "block", External = "external",
    }
}
closed_set! {
    /// Who ends a stay of a month or longer.
    TenancyParty(db_type = "Enum", enum_name = "tenancy_party") {
        Guest = "guest", Host = "host",
    }
}
closed_set! {
    /// The way of an enquiry.
    LeadStatus(db_type = "Enum", enum_name = "lead_status") {
        New = "new", Contacted = "contacted", Viewing = "viewing", Offer = "offer", Won = "won", Lost = "lost",
    }
}
closed_set! {
    /// How often a saved search may write.
    NotifyFrequency(db_type = "Enum", enum_name = "notify_frequency") {
        Never = "never", Instant = "instant", Daily = "daily", Weekly = "weekly",
    }
}
closed_set! {
    /// What an alert tells.
    AlertKind(db_type = "Enum", enum_name = "alert_kind") { NewMatch = "new_match", PriceDrop = "price_drop" }
}
closed_set! {
    /// The way of an inbound delivery.
    WebhookEventStatus(db_type = "Enum", enum_name = "webhook_event_status") {
        Received = "received", Applied = "applied", Ignored = "ignored", Failed = "failed", Dead = "dead",
    }
}
closed_set! {
    /// The way of an outbound delivery.
    DeliveryStatus(db_type = "Enum", enum_name = "delivery_status") {
        Pending = "pending", Delivered = "delivered", Failed = "failed", Dead = "dead",
    }
}
closed_set! {
    /// The way of a message to a person.
    NotificationStatus(db_type = "Enum", enum_name = "notification_status") {
        Queued = "queued", Sending = "sending", Sent = "sent", Refused = "refused", Unknown = "unknown",
    }
}
