//! What a property has and what is near it.

use super::is_denied;
use crate::{
    lexicon::is_any,
    output::ChipKind,
    resolve::{Draft, Found},
    scope::Scope,
    text::Token,
};

/// Words for well-known slugs, beside the names of the catalogue. Several slugs: any of them.
pub(crate) const SYNONYMS: &[(&str, &[&str])] = &[
    (
        "pool|swimming pool|swimmingpool|pools|สระว่ายน้ำ|สระ|มีสระ|พูล",
        &["private_pool", "shared_pool"],
    ),
    (
        "private pool|own pool|plunge pool|private swimming pool|pool villa|พูล วิลล่า|พูล วิลลา|สระส่วนตัว|สระว่ายน้ำส่วนตัว",
        &["private_pool"],
    ),
    ("shared pool|communal pool|common pool|สระว่ายน้ำส่วนกลาง|สระส่วนกลาง", &["shared_pool"]),
    ("wifi|wi fi|wi-fi|internet|ไวไฟ|อินเทอร์เน็ต|เน็ต", &["wifi", "fibre_internet"]),
    (
        "fast internet|fiber|fibre|fibre internet|fiber internet|high speed internet|เน็ตไฟเบอร์|เน็ตแรง",
        &["fibre_internet"],
    ),
    (
        "air con|aircon|air conditioning|air conditioned|air conditioner|ac|a/c|แอร์|เครื่องปรับอากาศ|ติดแอร์",
        &["air_conditioning", "central_air_conditioning"],
    ),
    ("kitchen|ครัว|ห้องครัว|ทำอาหารได้", &["kitchen", "kitchenette"]),
    ("full kitchen|fully equipped kitchen|equipped kitchen|ครัวครบ", &["kitchen"]),
    ("fridge|refrigerator|ตู้เย็น", &["refrigerator"]),
    ("washer|washing machine|laundry machine|เครื่องซักผ้า", &["washing_machine"]),
    ("dryer|tumble dryer|เครื่องอบผ้า", &["dryer"]),
    ("television|tv|smart tv|ทีวี|โทรทัศน์", &["tv"]),
    ("bathtub|bath tub|อ่างอาบน้ำ", &["bathtub"]),
    ("hot water|water heater|น้ำอุ่น|เครื่องทำน้ำอุ่น", &["hot_water"]),
    ("workspace|work space|desk|work desk|home office|โต๊ะทำงาน|มุมทำงาน", &["workspace"]),
    ("jacuzzi|hot tub|whirlpool|จากุซซี่|อ่างจากุซซี่", &["jacuzzi"]),
    ("garden|private garden|yard|สวน|สวนหย่อม", &["garden"]),
    ("balcony|ระเบียง", &["balcony", "terrace"]),
    ("terrace|patio|เทอเรส", &["terrace", "roof_terrace"]),
    ("roof terrace|rooftop|rooftop terrace|ดาดฟ้า", &["roof_terrace"]),
    ("bbq|barbecue|barbeque|grill|บาร์บีคิว|ปิ้งย่าง", &["bbq"]),
    (
        "sea view|seaview|sea views|ocean view|oceanview|ocean views|view of the sea|views of the sea|วิวทะเล|เห็นทะเล|ซีวิว",
        &["sea_view"],
    ),
    (
        "mountain view|mountain views|view of the mountains|hill view|วิวภูเขา|วิวเขา|เห็นภูเขา",
        &["mountain_view"],
    ),
    ("city view|skyline view|วิวเมือง", &["city_view"]),
    ("river view|riverview|วิวแม่น้ำ", &["river_view"]),
    ("rice field view|rice fields|rice paddy view|วิวทุ่งนา|วิวนา", &["rice_field_view"]),
    ("gym|fitness|fitness room|fitness centre|fitness center|ฟิตเนส|ยิม|ห้องออกกำลังกาย", &["gym"]),
    ("sauna|ซาวน่า|ซาวนา", &["sauna"]),
    (
        "parking|car park|carpark|parking space|garage|parking lot|ที่จอดรถ|จอดรถ|มีที่จอด|โรงจอดรถ",
        &["parking"],
    ),
    (
        "ev charger|ev charging|car charger|charge an electric car|electric car charger|electric car charging|ที่ชาร์จรถ|ชาร์จรถไฟฟ้า|ที่ชาร์จรถยนต์ไฟฟ้า|ชาร์จรถยนต์ไฟฟ้า",
        &["ev_charger"],
    ),
    ("elevator|lift|ลิฟต์|ลิฟท์", &["elevator"]),
    (
        "security|24h security|24 hour security|guard|security guard|รปภ|รักษาความปลอดภัย",
        &["security_24h"],
    ),
    (
        "pet friendly|pets allowed|pet allowed|pets ok|pets welcome|allow pets|allows pets|with dog|with a dog|with my dog|with cat|with a cat|with my cat|with pets|and a dog|and a cat|and dog|and cat|dog friendly|dogs welcome|pets are welcome|เลี้ยงสุนัขได้|cat friendly|pets|เลี้ยงสัตว์ได้|เลี้ยงสัตว์|เลี้ยงหมาได้|เลี้ยงแมวได้|รับสัตว์เลี้ยง|สัตว์เลี้ยงได้|สัตว์เลี้ยง|นำสัตว์เลี้ยง",
        &["pet_friendly"],
    ),
    (
        "wheelchair|wheelchair access|wheelchair accessible|step free|วีลแชร์|รถเข็น",
        &["wheelchair_access"],
    ),
    ("playground|kids playground|สนามเด็กเล่น", &["kids_playground"]),
    ("co working|coworking|co-working", &["co_working"]),
    ("breakfast|breakfast included|with breakfast|อาหารเช้า|รวมอาหารเช้า", &["breakfast_available"]),
    ("cleaning|housekeeping|maid service|แม่บ้าน|ทำความสะอาด", &["housekeeping"]),
    ("maid room|maids room|ห้องแม่บ้าน", &["maid_room"]),
    ("solar|solar panels|โซลาร์เซลล์|โซล่าเซลล์", &["solar_panels"]),
    (
        "beachfront|beach front|on the beach|ocean front|oceanfront|sea front|seafront|absolute beachfront|ติดทะเล|ติด หาด|ติด ชายหาด|ริมทะเล|ริม หาด|ริมหาด|หน้าหาด",
        &["beachfront"],
    ),
    (
        "near beach|near the beach|near a beach|close to beach|close to the beach|near sea|near the sea|by the sea|by the beach|walk to beach|walk to the beach|walking distance to beach|walking distance to the beach|steps from the beach|beachside|ใกล้ทะเล|ใกล้ ทะเล|ใกล้ หาด|ใกล้ ชายหาด|เดินไปหาด",
        &["near_beach", "beachfront"],
    ),
    (
        "near bts|near the bts|close to bts|close to the bts|by bts|bts|skytrain|near skytrain|next to bts|ใกล้บีทีเอส|ใกล้ bts|ติดบีทีเอส|ติด bts|บีทีเอส",
        &["near_bts"],
    ),
    (
        "near mrt|near the mrt|close to mrt|mrt|subway|near subway|ใกล้ mrt|ใกล้เอ็มอาร์ที|ติด mrt|รถไฟฟ้าใต้ดิน",
        &["near_mrt"],
    ),
    (
        "near train|near metro|near station|near a station|metro|ใกล้รถไฟฟ้า|ติดรถไฟฟ้า|รถไฟฟ้า|ใกล้สถานีรถไฟฟ้า",
        &["near_bts", "near_mrt", "near_airport_rail_link"],
    ),
    (
        "airport rail link|airport link|near airport rail link|near the airport rail link|close to airport rail link|close to the airport rail link|near airport link|close to airport link|แอร์พอร์ตลิงก์|แอร์พอร์ตเรลลิงก์|แอร์พอร์ตลิงค์|ใกล้แอร์พอร์ตลิงก์|ใกล้แอร์พอร์ตลิงค์",
        &["near_airport_rail_link"],
    ),
    (
        "near airport|near the airport|close to airport|close to the airport|ใกล้สนามบิน",
        &["near_airport"],
    ),
    (
        "near international school|near school|near schools|close to international school|ใกล้โรงเรียนนานาชาติ|ใกล้โรงเรียน",
        &["near_international_school"],
    ),
    (
        "near university|near the university|near a university|close to university|ใกล้มหาวิทยาลัย|ใกล้มหาลัย|ใกล้ ม",
        &["near_university"],
    ),
    (
        "near hospital|near a hospital|near the hospital|close to hospital|ใกล้โรงพยาบาล",
        &["near_hospital"],
    ),
    (
        "near mall|near a mall|near shopping|near shopping mall|close to mall|near department store|ใกล้ห้าง|ใกล้ห้างสรรพสินค้า|ใกล้ศูนย์การค้า",
        &["near_shopping_mall"],
    ),
    ("near market|near a market|near the market|ใกล้ตลาด|ใกล้ตลาดสด", &["near_market"]),
    ("near park|near a park|near the park|ใกล้สวนสาธารณะ", &["near_park"]),
    ("near golf|near golf course|near a golf course|ใกล้สนามกอล์ฟ", &["near_golf_course"]),
    ("near nightlife|near bars|ใกล้สถานบันเทิง", &["near_nightlife"]),
    ("near expressway|near highway|ใกล้ทางด่วน", &["near_expressway"]),
    (
        "riverside|river front|riverfront|by the river|on the river|ริมแม่น้ำ|ติดแม่น้ำ|ริมน้ำ",
        &["riverside"],
    ),
    ("quiet|quiet area|quiet location|peaceful|เงียบสงบ|เงียบ|สงบ", &["quiet_area"]),
];

/// Names of the catalogue that are other words, too; they need the name in full or our synonyms.
const AMBIGUOUS: &[&str] = &["safe", "iron", "library", "reception", "restaurant"];

/// Whether a catalogue's name is too common a word to stand for an amenity.
pub(crate) fn is_ambiguous(name: &str) -> bool {
    AMBIGUOUS.contains(&name.to_lowercase().as_str())
}

/// The amenities that a query asks for.
pub(crate) fn find(tokens: &[Token], scope: &Scope<'_>) -> Vec<Found> {
    let lexicon = scope.amenities.lexicon();
    (0..tokens.len())
        .filter(|at| !is_denied(tokens, *at))
        .filter_map(|at| {
            let (slugs, next) = lexicon.find(tokens, at)?;
            // "Pool villa" is two wishes in two words, of which the second is another recogniser's.
            let is_pool_villa =
                next > at + 1 && is_any(tokens, next - 1, &["villa", "villas", "วิลล่า", "วิลลา"]);
            Some(draft(slugs, scope).at(at..next - usize::from(is_pool_villa)))
        })
        .collect()
}

fn draft(slugs: &[String], scope: &Scope<'_>) -> Draft {
    let (name, sep) = if slugs.len() == 1 { ("amenities_all", "") } else { ("amenities", ",") };
    let value = slugs.join(sep);
    let named: Vec<_> = slugs.iter().filter_map(|slug| scope.amenities.name(slug)).collect();
    let en: Vec<_> = named.iter().map(|(en, _)| *en).collect();
    let th: Vec<_> = named.iter().map(|(_, th)| *th).collect();
    let labels = (en.join(" or "), th.join(" หรือ "));
    Draft::filter(ChipKind::Amenity, format!("amenity:{value}"), vec![(name, value)], labels)
}
