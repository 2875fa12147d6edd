//! The papers that prove who may use Thai land, and what each of them allows.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{details::TitleDeed, read::LocaleQuery};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
};

/// What can be done with land of this paper, at the Land Office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// It is registered.
    Yes,
    /// It is registered after a public notice of 30 days.
    AfterNotice,
    /// It is not registered.
    No,
}

use Allowed::{AfterNotice, No, Yes};

struct Deed {
    slug: TitleDeed,
    name: [&'static str; 2],
    explanation: [&'static str; 2],
    sale: Allowed,
    mortgage: Allowed,
    lease: Allowed,
}

/// Strongest first; English, then Thai.
const DEEDS: [Deed; 8] = [
    Deed {
        slug: TitleDeed::Chanote,
        name: ["Chanote (Nor Sor 4 Jor)", "โฉนดที่ดิน (น.ส.4 จ.)"],
        explanation: [
            "Full ownership. The plot is surveyed and its corners are marked by numbered posts.",
            "แสดงกรรมสิทธิ์ในที่ดินโดยสมบูรณ์ รังวัดแล้วและปักหลักหมุดเขตที่ดิน",
        ],
        sale: Yes,
        mortgage: Yes,
        lease: Yes,
    },
    Deed {
        slug: TitleDeed::NorSor3Gor,
        name: ["Nor Sor 3 Gor", "น.ส.3 ก."],
        explanation: [
            "A certificate of use, surveyed on an aerial photograph. It confirms possession and can be raised to a chanote.",
            "หนังสือรับรองการทำประโยชน์ที่มีระวางรูปถ่ายทางอากาศ แสดงสิทธิครอบครอง และขอออกโฉนดได้",
        ],
        sale: Yes,
        mortgage: Yes,
        lease: Yes,
    },
    Deed {
        slug: TitleDeed::NorSor3,
        name: ["Nor Sor 3", "น.ส.3"],
        explanation: [
            "A certificate of use without an aerial survey: boundaries are described, not measured. A transfer is first made public for 30 days.",
            "หนังสือรับรองการทำประโยชน์ที่ไม่มีระวางรูปถ่ายทางอากาศ การจดทะเบียนต้องประกาศก่อน 30 วัน",
        ],
        sale: AfterNotice,
        mortgage: AfterNotice,
        lease: AfterNotice,
    },
    Deed {
        slug: TitleDeed::SorKor1,
        name: ["Sor Kor 1", "ส.ค.1"],
        explanation: [
            "A notice of possession from before the Land Code. It is evidence, not a title; nothing can be registered on it.",
            "แบบแจ้งการครอบครองที่ดินก่อนประมวลกฎหมายที่ดิน เป็นหลักฐานการครอบครอง ไม่ใช่หนังสือแสดงสิทธิ จดทะเบียนไม่ได้",
        ],
        sale: No,
        mortgage: No,
        lease: No,
    },
    Deed {
        slug: TitleDeed::PorBorTor5,
        name: ["Por Bor Tor 5", "ภ.บ.ท.5"],
        explanation: [
            "A receipt for local land tax. It gives no right to the land.",
            "ใบเสร็จรับเงินภาษีบำรุงท้องที่ ไม่ใช่หนังสือแสดงสิทธิในที่ดิน",
        ],
        sale: No,
        mortgage: No,
        lease: No,
    },
    Deed {
        slug: TitleDeed::SorPorKor401,
        name: ["Sor Por Kor 4-01", "ส.ป.ก.4-01"],
        explanation: [
            "Land reform land, given to a farmer to farm. It passes on by inheritance and cannot be sold.",
            "ที่ดินในเขตปฏิรูปที่ดินเพื่อเกษตรกรรม ใช้ทำเกษตรกรรม ตกทอดทางมรดกได้ แต่ซื้อขายไม่ได้",
        ],
        sale: No,
        mortgage: No,
        lease: No,
    },
    Deed {
        slug: TitleDeed::Condominium,
        name: ["Condominium unit title (Or Chor 2)", "หนังสือกรรมสิทธิ์ห้องชุด (อ.ช.2)"],
        explanation: [
            "Full ownership of a unit in a registered condominium, with a share of what is common.",
            "แสดงกรรมสิทธิ์ในห้องชุดของอาคารชุดที่จดทะเบียน พร้อมส่วนแบ่งในทรัพย์ส่วนกลาง",
        ],
        sale: Yes,
        mortgage: Yes,
        lease: Yes,
    },
    Deed {
        slug: TitleDeed::None,
        name: ["No document", "ไม่มีเอกสารสิทธิ"],
        explanation: [
            "Nothing proves a right to the land, and nothing can be registered.",
            "ไม่มีเอกสารที่แสดงสิทธิในที่ดิน จดทะเบียนไม่ได้",
        ],
        sale: No,
        mortgage: No,
        lease: No,
    },
];

/// What can be registered at the Land Office.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeedAllows {
    /// A sale.
    sale: Allowed,
    /// A mortgage.
    mortgage: Allowed,
    /// A lease of more than three years.
    long_lease: Allowed,
}

/// A kind of paper.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeedOut {
    /// What `sale_details.title_deed` calls it.
    slug: TitleDeed,
    /// What people call it.
    name: &'static str,
    /// What it is.
    explanation: &'static str,
    /// What it allows.
    allows: DeedAllows,
}

/// The kinds of paper, the strongest title to land first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeedList {
    items: Vec<DeedOut>,
}

/// The papers that a listing for sale may have, and what each allows.
#[utoipa::path(
    get, path = "/api/v1/title-deeds", operation_id = "list_title_deeds", tag = "listings",
    params(LocaleQuery),
    responses((status = 200, body = DeedList)),
    security(()),
)]
pub async fn list_title_deeds(
    query: Query<LocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let language = usize::from(locale.language() == "th");
    let items = DEEDS
        .iter()
        .map(|deed| DeedOut {
            slug: deed.slug,
            name: deed.name[language],
            explanation: deed.explanation[language],
            allows: DeedAllows { sale: deed.sale, mortgage: deed.mortgage, long_lease: deed.lease },
        })
        .collect();
    let body = serde_json::to_vec(&DeedList { items }).map_err(Error::internal)?;
    let reuse = Reuse::For(state.profile.cache.max_age);
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, reuse))
}
