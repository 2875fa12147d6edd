//! What it is: villa, condo, land, ...

use std::sync::LazyLock;

use super::is_denied;
use crate::{
    lexicon::Lexicon,
    output::ChipKind,
    resolve::{Draft, Found},
    text::Token,
};

/// Values of `property_type`, with names for people.
type Type = (&'static str, &'static str, &'static str);

const VILLA: Type = ("villa", "Villa", "วิลล่า");
const CONDO: Type = ("condo", "Condo", "คอนโด");
// What Thailand calls a condo the rest of the world calls an apartment.
const APARTMENT: Type = ("apartment,condo", "Apartment or condo", "อพาร์ตเมนต์หรือคอนโด");
const SERVICED: Type = ("apartment", "Apartment", "อพาร์ตเมนต์");
const HOUSE: Type = ("house", "House", "บ้าน");
const TOWNHOUSE: Type = ("townhouse", "Townhouse", "ทาวน์เฮาส์");
const COMMERCIAL: Type = ("commercial", "Commercial", "อาคารพาณิชย์");
// Many are lived in, and are listed as what they are used for.
const SHOPHOUSE: Type = ("commercial,house,townhouse", "Shophouse", "ตึกแถว");
const LAND: Type = ("land", "Land", "ที่ดิน");
const OFFICE: Type = ("office", "Office", "สำนักงาน");
const RETAIL: Type = ("retail", "Shop", "ร้านค้า");
const WAREHOUSE: Type = ("warehouse", "Warehouse", "โกดัง");
const HOTEL: Type = ("hotel", "Hotel", "โรงแรม");
const PROJECT: Type = ("project", "Project", "โครงการ");

pub(crate) static TYPES: LazyLock<Lexicon<Type>> = LazyLock::new(|| {
    Lexicon::of(&[
        ("villa|vila|vilas|vill|luxury villa|วิลล่า|วิลลา", VILLA),
        (
            "condo|condominium|condominum|condominiums|condomium|condos|kondo|codo|คอนโด|คอนโดมิเนียม|คอนโดฯ|ห้องชุด",
            CONDO,
        ),
        (
            "apartment|appartment|apartement|appartement|apt|flat|อพาร์ทเมนท์|อพาร์ตเมนต์|อพาร์ทเม้นท์|อพาร์ทเมนต์|อพาร์ตเมนท์|แฟลต",
            APARTMENT,
        ),
        ("serviced apartment|service apartment|เซอร์วิสอพาร์ทเมนท์|เซอร์วิสอพาร์ตเมนต์", SERVICED),
        (
            "house|houses|hous|detached house|single house|bungalow|cottage|บ้าน|บ้านเดี่ยว|บ้านพัก|บ้านสวน|บ้านแฝด|บังกะโล",
            HOUSE,
        ),
        (
            "townhouse|town house|townhome|town home|terraced house|row house|ทาวน์เฮาส์|ทาวน์เฮ้าส์|ทาวน์โฮม|ทาวเฮาส์|ทาวเฮ้าส์|บ้านแถว",
            TOWNHOUSE,
        ),
        (
            "commercial building|commercial property|commercial space|commercial|อาคารพาณิชย์|ตึก",
            COMMERCIAL,
        ),
        ("shophouse|shop house|shophouses|ตึกแถว", SHOPHOUSE),
        ("land|plot|plot of land|land plot|plots|ที่ดิน|ที่ดินเปล่า|ที่เปล่า|แปลงที่ดิน", LAND),
        ("office|office space|offices|ออฟฟิศ|สำนักงาน|ออฟฟิส", OFFICE),
        (
            "shop|shops|retail|retail space|retail unit|shop space|ร้าน|ร้านค้า|พื้นที่ค้าขาย|ห้องแถว|หน้าร้าน",
            RETAIL,
        ),
        ("warehouse|ware house|factory|factories|storage unit|โกดัง|โรงงาน|คลังสินค้า", WAREHOUSE),
        (
            "hotel|hotels|hostel|guesthouse|guest house|resort|โรงแรม|รีสอร์ท|รีสอร์ต|เกสต์เฮาส์|เกสเฮ้าส์|โฮสเทล",
            HOTEL,
        ),
        (
            "development project|off plan project|housing project|property project|โครงการพัฒนา",
            PROJECT,
        ),
    ])
});

/// The kinds that a query names.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    (0..tokens.len())
        .filter(|at| !is_denied(tokens, *at))
        .filter_map(|at| {
            let ((value, en, th), next) = TYPES.find(tokens, at)?;
            let params = vec![("property_type", (*value).to_owned())];
            let id = format!("property_type:{value}");
            Some(Draft::filter(ChipKind::PropertyType, id, params, (*en, *th)).at(at..next))
        })
        .collect()
}
