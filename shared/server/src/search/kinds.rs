//! What people call the kinds of listings, where no catalogue says so. A language that is not
//! here is told in English.

use crate::listings::model::{PropertyType, TransactionType};

/// A property type in words.
pub(crate) fn property_type(name: PropertyType, language: &str) -> &'static str {
    let (english, thai) = match name {
        PropertyType::Villa => ("villa", "วิลล่า"),
        PropertyType::House => ("house", "บ้าน บ้านเดี่ยว"),
        PropertyType::Condo => ("condo condominium", "คอนโด คอนโดมิเนียม"),
        PropertyType::Apartment => ("apartment flat", "อพาร์ตเมนต์ ห้องพัก"),
        PropertyType::Townhouse => ("townhouse", "ทาวน์เฮาส์"),
        PropertyType::Commercial => ("commercial building", "อาคารพาณิชย์ ตึกแถว"),
        PropertyType::Land => ("land plot", "ที่ดิน"),
        PropertyType::Office => ("office", "สำนักงาน ออฟฟิศ"),
        PropertyType::Retail => ("shop retail", "ร้านค้า"),
        PropertyType::Warehouse => ("warehouse", "โกดัง"),
        PropertyType::Hotel => ("hotel resort", "โรงแรม รีสอร์ต"),
        PropertyType::Project => ("project development", "โครงการ"),
    };
    if is_thai(language) { thai } else { english }
}

/// A transaction type in words.
pub(crate) fn transaction_type(name: TransactionType, language: &str) -> &'static str {
    let (english, thai) = match name {
        TransactionType::Rent => ("for rent", "ให้เช่า"),
        TransactionType::Sale => ("for sale", "ขาย"),
        TransactionType::Lease => ("long lease", "เซ้ง เช่าระยะยาว"),
        TransactionType::Business => ("business for sale", "เซ้งกิจการ ขายกิจการ"),
        TransactionType::Investment => ("investment", "ลงทุน"),
    };
    if is_thai(language) { thai } else { english }
}

fn is_thai(language: &str) -> bool {
    language == "th" || language.starts_with("th-")
}
