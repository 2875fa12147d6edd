//! Land in Thai measure: 1 rai is 4 ngan, 1 ngan is 100 square wah, 1 square wah is 4 m².
//!
//! All arithmetic is on whole hundredths of a square metre ([`Area`]). One hundredth of a square
//! metre is 0.0025 square wah, so that both notations write every area exactly, and neither
//! loses anything on the way to the other and back.

use garde::Validate;
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// Hundredths of a square metre in a square wah.
const SQ_WAH: u64 = 400;
const NGAN: u64 = 100 * SQ_WAH;
const RAI: u64 = 4 * NGAN;

/// An area in hundredths of a square metre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Area(u64);

/// An area as a Thai title deed writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LandThai {
    /// 1 rai is 1,600 m².
    #[garde(range(max = 625_000))]
    #[schema(maximum = 625_000)]
    pub rai: u32,
    /// 1 ngan is 400 m²; four make a rai.
    #[garde(range(max = 3))]
    #[schema(maximum = 3)]
    pub ngan: u8,
    /// 1 square wah is 4 m²; a hundred make a ngan. Up to four decimals, in steps of 0.0025.
    #[garde(range(min = 0.0, max = 99.9975), custom(in_steps))]
    #[schema(minimum = 0, maximum = 99.9975)]
    pub sq_wah: f64,
}

/// A part of a square wah that is a whole number of hundredths of a square metre.
fn in_steps(sq_wah: &f64, (): &()) -> garde::Result {
    let steps = sq_wah * 400.0;
    if (steps - steps.round()).abs() < 1e-6 {
        Ok(())
    } else {
        Err(garde::Error::new("must be a multiple of 0.0025"))
    }
}

impl Area {
    /// Square metres, to the nearest hundredth.
    #[must_use]
    pub fn of_sqm(sqm: f64) -> Self {
        Self((sqm * 100.0).round() as u64)
    }

    /// The same as a number of square metres.
    #[must_use]
    pub fn sqm(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Of a Thai deed.
    #[must_use]
    pub fn of_thai(thai: LandThai) -> Self {
        let LandThai { rai, ngan, sq_wah } = thai;
        let rest = (sq_wah * 400.0).round() as u64;
        Self(u64::from(rai) * RAI + u64::from(ngan) * NGAN + rest)
    }

    /// As a Thai deed has it.
    #[must_use]
    pub fn thai(self) -> LandThai {
        LandThai {
            rai: u32::try_from(self.0 / RAI).unwrap_or(u32::MAX),
            ngan: u8::try_from(self.0 % RAI / NGAN).unwrap_or_default(),
            sq_wah: (self.0 % NGAN) as f64 / 400.0,
        }
    }

    /// For people: `2 ไร่ 1 งาน 50 ตร.ว.` in Thai, `2-1-50 rai` elsewhere.
    #[must_use]
    pub fn text(self, locale: &Locale) -> String {
        let LandThai { rai, ngan, sq_wah } = self.thai();
        if locale.language() != "th" {
            return format!("{rai}-{ngan}-{sq_wah} rai");
        }
        let parts = [
            (rai > 0).then(|| format!("{rai} ไร่")),
            (ngan > 0).then(|| format!("{ngan} งาน")),
            (sq_wah > 0.0).then(|| format!("{sq_wah} ตร.ว.")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "0 ตร.ว.".to_owned() } else { parts.join(" ") }
    }
}

/// A plot as a client sees it: in both measures, and in words.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LandOut {
    /// Square metres.
    pub sqm: f64,
    /// Rai, ngan and square wah; the same area to a hundredth of a square metre.
    pub thai: LandThai,
    /// In the language of the answer.
    #[schema(example = "2 ไร่ 1 งาน 50 ตร.ว.")]
    pub text: String,
}

impl LandOut {
    pub(super) fn of(sqm: f64, locale: &Locale) -> Self {
        let area = Area::of_sqm(sqm);
        Self { sqm, thai: area.thai(), text: area.text(locale) }
    }
}

/// Brings an area that may be said in two ways into the one that is stored, square metres.
///
/// # Errors
/// `422` at `pointer` where the two disagree, or the area is out of range.
pub(super) fn settle(
    sqm: &mut Option<f64>,
    thai: &mut Option<LandThai>,
    pointer: &str,
) -> Result<()> {
    let Some(said) = thai.take() else {
        return Ok(());
    };
    let at = || format!("{pointer}/land_thai");
    if let Err(report) = said.validate() {
        return Err(Error::field(at(), "invalid", report.to_string()));
    }
    let area = Area::of_thai(said);
    match *sqm {
        Some(sqm) if Area::of_sqm(sqm) != area => Err(Error::field(
            at(),
            "contradicts",
            format!("Is {} m², but land_sqm says {sqm}; give one of them.", area.sqm()),
        )),
        Some(_) => Ok(()),
        None if (1.0..=1_000_000_000.0).contains(&area.sqm()) => {
            *sqm = Some(area.sqm());
            Ok(())
        }
        None => Err(Error::field(at(), "out_of_range", "Must be 1..1000000000 m² in all.")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn locale(text: &str) -> Locale {
        Locale::parse(text).expect("a locale")
    }

    #[test]
    fn the_measures_are_the_laws() {
        let of = |rai, ngan, sq_wah| Area::of_thai(LandThai { rai, ngan, sq_wah }).sqm();
        assert_eq!([of(1, 0, 0.0), of(0, 1, 0.0), of(0, 0, 1.0)], [1600.0, 400.0, 4.0]);
        assert_eq!(of(2, 1, 50.0), 3800.0);
        assert_eq!(of(0, 1, 23.4), 493.6);
        assert_eq!(Area::of_sqm(3799.99).thai(), LandThai { rai: 2, ngan: 1, sq_wah: 49.9975 });
    }

    #[test]
    fn people_read_it_in_their_language() {
        let text = |sqm, of: &str| Area::of_sqm(sqm).text(&locale(of));
        assert_eq!(text(3800.0, "th"), "2 ไร่ 1 งาน 50 ตร.ว.");
        assert_eq!(text(3800.0, "en"), "2-1-50 rai");
        assert_eq!(text(1600.0, "th"), "1 ไร่");
        assert_eq!(text(93.6, "th"), "23.4 ตร.ว.");
        assert_eq!(text(93.6, "en"), "0-0-23.4 rai");
        assert_eq!(text(0.0, "th"), "0 ตร.ว.");
    }

    #[test]
    fn two_ways_of_saying_it_must_agree() {
        let thai = || Some(LandThai { rai: 1, ngan: 0, sq_wah: 0.0 });
        let settled = |mut sqm: Option<f64>, mut thai: Option<LandThai>| {
            settle(&mut sqm, &mut thai, "/physical_specs").map(|()| sqm)
        };
        assert_eq!(settled(None, thai()).unwrap(), Some(1600.0));
        assert_eq!(settled(Some(1600.0), thai()).unwrap(), Some(1600.0));
        assert_eq!(settled(Some(77.0), None).unwrap(), Some(77.0));
        let refused = settled(Some(1600.01), thai()).unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/physical_specs/land_thai");
        assert_eq!(
            settled(None, Some(LandThai::default())).unwrap_err().fields[0].code,
            "out_of_range"
        );
    }

    proptest! {
        #[test]
        fn square_metres_come_back(hundredths in 0_u64..100_000_000_000) {
            let area = Area(hundredths);
            prop_assert_eq!(Area::of_thai(area.thai()), area);
            prop_assert_eq!(Area::of_sqm(area.sqm()), area);
            prop_assert!(area.thai().validate().is_ok());
        }

        #[test]
        fn deeds_come_back(rai in 0_u32..600_000, ngan in 0_u8..4, steps in 0_u32..40_000) {
            let deed = LandThai { rai, ngan, sq_wah: f64::from(steps) / 400.0 };
            prop_assert_eq!(Area::of_sqm(Area::of_thai(deed).sqm()).thai(), deed);
        }
    }
}
