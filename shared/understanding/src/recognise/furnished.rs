//! Furniture. Listings say how much there is, and no filter asks for it yet.

use std::sync::LazyLock;

use crate::{
    lexicon::Lexicon,
    output::ChipKind,
    resolve::{Draft, Found},
    text::Token,
};

type Degree = (&'static str, &'static str, &'static str);

pub(crate) static DEGREES: LazyLock<Lexicon<Degree>> = LazyLock::new(|| {
    let fully = ("fully", "Furnished", "เฟอร์นิเจอร์ครบ");
    let partly = ("partly", "Partly furnished", "เฟอร์นิเจอร์บางส่วน");
    let none = ("unfurnished", "Unfurnished", "ไม่มีเฟอร์นิเจอร์");
    Lexicon::of(&[
        (
            "furnished|fully furnished|full furnished|with furniture|fully fitted and furnished|เฟอร์ครบ|เฟอร์นิเจอร์ครบ|ตกแต่งครบ|ตกแต่งพร้อมอยู่|พร้อมเฟอร์|พร้อมเฟอร์นิเจอร์|แต่งครบ|ครบเฟอร์|มีเฟอร์นิเจอร์",
            fully,
        ),
        (
            "partly furnished|partially furnished|semi furnished|part furnished|เฟอร์บางส่วน|เฟอร์นิเจอร์บางส่วน|ตกแต่งบางส่วน",
            partly,
        ),
        (
            "unfurnished|not furnished|no furniture|without furniture|ไม่มีเฟอร์|ไม่มีเฟอร์นิเจอร์|ห้องเปล่า|บ้านเปล่า",
            none,
        ),
    ])
});

/// How much furniture a query asks for.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    (0..tokens.len())
        .filter_map(|at| {
            let ((id, en, th), next) = DEGREES.find(tokens, at)?;
            let params = vec![("furnished", (*id).to_owned())];
            let label = (*en, *th);
            let id = format!("furnished:{id}");
            Some(Draft::filter(ChipKind::Furnished, id, params, label).at(at..next))
        })
        .collect()
}
