//! What a person reads before they say yes: in their language, of what would really be sent.

use serde::{Deserialize, Serialize};
use terrace_receipts::Lang;
use utoipa::ToSchema;

/// A draft as the person sees it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct Summary {
    /// What would be done, in one sentence.
    pub(crate) title: String,
    /// With what.
    pub(crate) fields: Vec<SummaryField>,
}

/// A line of it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct SummaryField {
    /// Stable name.
    #[schema(example = "check_in")]
    pub(crate) name: String,
    /// The name in the person's language.
    #[schema(example = "Check-in")]
    pub(crate) label: String,
    /// As it would be sent.
    pub(crate) value: String,
}

/// Stable name, English, Thai.
const LABELS: &[(&str, &str, &str)] = &[
    ("property", "Home", "ที่พัก"),
    ("check_in", "Check-in", "เช็คอิน"),
    ("check_out", "Check-out", "เช็คเอาต์"),
    ("guests", "Guests", "ผู้เข้าพัก"),
    ("total", "Total", "ยอดรวม"),
    ("deposit", "Deposit, paid on arrival and given back", "เงินประกัน ชำระเมื่อเข้าพักและได้รับคืน"),
    ("due_now", "Due now", "ชำระตอนนี้"),
    ("name", "Name", "ชื่อ"),
    ("email", "E-mail", "อีเมล"),
    ("phone", "Phone", "โทรศัพท์"),
    ("line_id", "LINE", "LINE"),
    ("note", "Note", "หมายเหตุ"),
    ("message", "Message", "ข้อความ"),
    ("wished_time", "Wished time", "เวลาที่ต้องการ"),
];

impl Summary {
    /// What would be done.
    pub(crate) fn of(action: &str, language: Lang) -> Self {
        let title = match (action, language) {
            ("hold", Lang::English) => "Book this home",
            ("hold", Lang::Thai) => "จองที่พักนี้",
            ("booking_request", Lang::English) => "Ask the host for this stay",
            ("booking_request", Lang::Thai) => "ส่งคำขอจองไปยังเจ้าของที่พัก",
            ("viewing", Lang::English) => "Ask to see this home",
            ("viewing", Lang::Thai) => "ขอนัดชมที่พัก",
            (_, Lang::English) => "Send this question",
            (_, Lang::Thai) => "ส่งคำถามนี้",
        };
        Self { title: title.to_owned(), fields: Vec::new() }
    }

    /// Adds a line; none where there is nothing to say.
    pub(crate) fn with(mut self, name: &str, language: Lang, value: Option<String>) -> Self {
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return self };
        let label = LABELS.iter().find(|(known, ..)| *known == name);
        let label = label.map_or(name, |(_, english, thai)| match language {
            Lang::English => english,
            Lang::Thai => thai,
        });
        self.fields.push(SummaryField { name: name.to_owned(), label: label.to_owned(), value });
        self
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> String {
        let lines = self.fields.iter().map(|field| format!("{}: {}", field.label, field.value));
        std::iter::once(self.title.clone()).chain(lines).collect::<Vec<_>>().join("\n")
    }
}
