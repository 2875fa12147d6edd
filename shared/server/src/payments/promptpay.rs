//! PromptPay's form of an EMVCo code: whom to pay, how much, and what for.
//!
//! Tags, lengths and the checksum are `promptparse`'s. Its own PromptPay template is not used: it
//! takes the amount as a float and has no room for the booking's code.

use promptparse::tlv::{encode, tag, with_crc_tag};
use terrace_product::PromptPayId;

/// Transfers to a PromptPay id.
const APPLICATION: &str = "A000000677010111";

/// Longest code that the field for references takes.
const LONGEST_REFERENCE: usize = 25;

/// Largest amount that the field for amounts takes, satang: ten digits of baht.
const MOST: i64 = 999_999_999_999;

/// What the code says: satang to this id, for this booking. None where a code cannot say so much.
#[must_use]
pub(crate) fn payload(to: &PromptPayId, satang: i64, reference: &str) -> Option<String> {
    if !(1..=MOST).contains(&satang) {
        return None;
    }
    let (kind, target) = target(to.as_str());
    let account = encode(&[tag("00", APPLICATION), tag(kind, &target)]);
    let amount = format!("{}.{:02}", satang / 100, satang % 100);
    let mut fields = vec![
        tag("00", "01"),
        // Good once: the amount is in it.
        tag("01", "12"),
        tag("29", &account),
        tag("53", "764"),
        tag("54", &amount),
        tag("58", "TH"),
    ];
    let reference: String = reference
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .take(LONGEST_REFERENCE)
        .collect();
    if !reference.is_empty() {
        // "Reference label" of the additional data.
        fields.push(tag("62", &encode(&[tag("05", &reference)])));
    }
    Some(with_crc_tag(&encode(&fields), "63", true))
}

fn target(id: &str) -> (&'static str, String) {
    match (id.len(), id.strip_prefix('0')) {
        (10, Some(number)) => ("01", format!("0066{number}")),
        (15, _) => ("03", id.to_owned()),
        _ => ("02", id.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use resvg::{
        tiny_skia::{Pixmap, Transform},
        usvg::{Options, Tree},
    };

    use super::*;
    use crate::payments::qr;

    /// Tag, length, value: taken apart by the standard alone.
    fn fields(text: &str) -> Vec<(String, String)> {
        let mut rest = text;
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let (tag, after) = rest.split_at(2);
            let (length, after) = after.split_at(2);
            let (value, after) = after.split_at(length.parse().unwrap());
            fields.push((tag.to_owned(), value.to_owned()));
            rest = after;
        }
        fields
    }

    fn field<'f>(fields: &'f [(String, String)], tag: &str) -> &'f str {
        let mut found = fields.iter().filter(|(name, _)| name == tag);
        let (_, value) = found.next().unwrap_or_else(|| panic!("no {tag} in {fields:?}"));
        assert!(found.next().is_none(), "two of {tag}");
        value
    }

    /// What a camera sees: drawn by another library than the code was made by, and read by a third.
    fn scanned(svg: &str) -> String {
        let tree = Tree::from_str(svg, &Options::default()).unwrap();
        let size = tree.size().to_int_size();
        let (width, height) = (size.width(), size.height());
        let mut picture = Pixmap::new(width, height).unwrap();
        resvg::render(&tree, Transform::identity(), &mut picture.as_mut());
        let grey = |x: usize, y: usize| {
            let (x, y) = (u32::try_from(x).unwrap(), u32::try_from(y).unwrap());
            let pixel = picture.pixel(x, y).unwrap();
            assert_eq!(pixel.alpha(), 255, "the ground is drawn, whatever the page's");
            pixel.green()
        };
        let (width, height) = (width as usize, height as usize);
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code");
        grids[0].decode().unwrap().1
    }

    fn id() -> impl Strategy<Value = String> {
        prop_oneof!["0[689][0-9]{8}", "[0-9]{13}", "[0-9]{15}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Whoever scans it pays this much, to this account, for this booking.
        #[test]
        fn a_scanned_code_says_what_is_owed(
            id in id(),
            satang in 1..=MOST,
            reference in "[A-Z0-9]{2}[A-Z0-9-]{2,28}",
        ) {
            let to = PromptPayId::parse(&id).unwrap();
            let said = scanned(&qr::svg(&payload(&to, satang, &reference).unwrap()).unwrap());

            let (signed, checksum) = said.split_at(said.len() - 4);
            let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740).checksum(signed.as_bytes());
            prop_assert_eq!(format!("{crc:04X}"), checksum);

            let all = fields(&said);
            prop_assert_eq!(field(&all, "00"), "01");
            prop_assert_eq!(field(&all, "01"), "12");
            prop_assert_eq!(field(&all, "53"), "764");
            prop_assert_eq!(field(&all, "58"), "TH");
            prop_assert_eq!(&all.first().unwrap().0, "00");
            prop_assert_eq!(&all.last().unwrap().0, "63");

            let amount = field(&all, "54");
            prop_assert!(amount.len() <= 13, "{}", amount);
            let (baht, rest) = amount.split_once('.').unwrap();
            prop_assert_eq!(rest.len(), 2);
            prop_assert_eq!(baht.parse::<i64>().unwrap() * 100 + rest.parse::<i64>().unwrap(), satang);

            let account = fields(field(&all, "29"));
            prop_assert_eq!(field(&account, "00"), APPLICATION);
            let target = match id.len() {
                10 => field(&account, "01").strip_prefix("0066").map(|number| format!("0{number}")),
                13 => Some(field(&account, "02").to_owned()),
                _ => Some(field(&account, "03").to_owned()),
            };
            prop_assert_eq!(target, Some(id));

            let more = fields(field(&all, "62"));
            let short: String = reference.chars().take(25).collect();
            prop_assert_eq!(field(&more, "05"), short);
        }
    }

    #[test]
    fn the_code_to_the_letter() {
        let to = PromptPayId::parse("0812345678").unwrap();
        assert_eq!(
            payload(&to, 900_050, "BST-7K2M9Q").unwrap(),
            "00020101021229370016A000000677010111011300668123456785303764540790\
             00.505802TH62140510BST-7K2M9Q6304C2D4"
        );
        assert!(payload(&to, 1, "").is_some_and(|text| !text.contains("6214")));
        for amount in [0, -1, MOST + 1, i64::MAX] {
            assert_eq!(payload(&to, amount, "BST"), None, "{amount}");
        }
    }
}
