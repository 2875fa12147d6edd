//! What claims look like. Every pattern is over text with plain digits (`letters::Plain`).

use std::sync::LazyLock;

use regex::Regex;

/// A pattern that is written here and nowhere else: that it is one is tested.
macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        #[allow(clippy::unwrap_used)]
        pub(crate) static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(&format!("(?i){}", $pattern)).unwrap());
    };
}

const NUMBER: &str = r"\d+(?:,\d{3})*(?:\.\d+)?";
const SCALE: &str =
    r"(?:hundred|thousand|million|billion|lakh|พัน|หมื่น|แสน|ล้าน|ร้อย|mn\b|bn\b|mil\b|[km]\b)";
const MONEY_BEFORE: &str =
    r"(?:฿|\$|€|£|\bthb|\busd|\beur|\bgbp|\bbaht|ราคา(?:เริ่มต้น)?(?:ที่)?|ค่าเช่า|เงิน)";
const MONEY_AFTER: &str = r"(?:฿|\$|€|£|บาท|เหรียญ|ดอลลาร์|ยูโร|thb\b|usd\b|eur\b|gbp\b|baht\b|dollars?\b|euros?\b|pounds?\b)";
const ENGLISH_MONTH: &str = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const THAI_MONTH: &str = r"(?:มกราคม|ม\.ค\.|กุมภาพันธ์|ก\.พ\.|มีนาคม|มี\.ค\.|เมษายน|เม\.ย\.|พฤษภาคม|พ\.ค\.|มิถุนายน|มิ\.ย\.|กรกฎาคม|ก\.ค\.|สิงหาคม|ส\.ค\.|กันยายน|ก\.ย\.|ตุลาคม|ต\.ค\.|พฤศจิกายน|พ\.ย\.|ธันวาคม|ธ\.ค\.)";
const ENGLISH_NUMERAL: &str = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)";
const THAI_NUMERAL: &str = r"(?:หนึ่ง|เอ็ด|สอง|ยี่|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|สิบ|ร้อย|พัน|หมื่น|แสน|ล้าน)";

pattern!(
    LINK,
    r"(?:https?://|www\.)[^\s<>]+|\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|co|th|info|biz|me|ly|app|dev|site|online|xyz|shop|link)\b(?:/[^\s<>]*)?|\]\([^)]*\)"
);
pattern!(EMAIL, r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}");
pattern!(ISO_DATE, r"\b(\d{4})-(\d{2})-(\d{2})\b");
pattern!(SLASHED_DATE, r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b");
pattern!(
    DAY_MONTH,
    format!(r"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({ENGLISH_MONTH})\b\.?(?:,?\s+(\d{{4}}))?")
);
pattern!(
    MONTH_DAY,
    format!(
        r"\b({ENGLISH_MONTH})\b\.?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}})\b)?"
    )
);
pattern!(
    THAI_DATE,
    format!(r"(\d{{1,2}})\s*({THAI_MONTH})\s*(?:(?:พ\.ศ\.|ปี|ค\.ศ\.)?\s*(\d{{4}}))?")
);
pattern!(
    MONEY,
    format!(r"{MONEY_BEFORE}\s*({NUMBER})\s*({SCALE})?|({NUMBER})\s*({SCALE})?\s*{MONEY_AFTER}")
);
pattern!(
    ENGLISH_MONEY,
    format!(
        r"\b({ENGLISH_NUMERAL}(?:[\s-]+(?:and\s+)?{ENGLISH_NUMERAL})*)\s+(?:baht|thb|dollars?|usd|euros?|eur|pounds?)\b"
    )
);
pattern!(THAI_MONEY, format!(r"({THAI_NUMERAL}+)\s*(?:บาท|ดอลลาร์|เหรียญ|ยูโร)"));
pattern!(
    PERCENT,
    format!(r"({NUMBER})\s*(?:%|percent\b|per\s+cent\b|เปอร์เซ็นต์)|ร้อยละ\s*({NUMBER})")
);
pattern!(
    AREA,
    format!(
        r"({NUMBER})\s*(?:(sq\.?\s*m(?:et(?:er|re)s?)?\b\.?|sqm\b|m²|m2\b|square\s+met(?:er|re)s?|ตร\.?\s*ม\.?|ตารางเมตร)|(sq\.?\s*f(?:ee|oo)?t\b\.?|sqft\b|square\s+f(?:ee|oo)t|ตารางฟุต)|(ตร\.?\s*ว\.?|ตารางวา|square\s+wah?|sq\.?\s*wah?\b|wah\b)|(งาน|ngan\b)|(ไร่|rai\b)|(acres?\b|เอเคอร์))"
    )
);
pattern!(
    DISTANCE,
    format!(
        r"({NUMBER})[\s-]*(?:(km\b|kms\b|kilomet(?:er|re)s?|กม\.?|กิโลเมตร|กิโล)|(met(?:er|re)s?\b|m\b|เมตร|ม\.)|(miles?\b|ไมล์))"
    )
);
pattern!(
    MINUTES,
    format!(r"({NUMBER})[\s-]*(?:(min(?:ute)?s?\b|นาที)|(hours?\b|hrs?\b|ชั่วโมง|ชม\.))")
);
pattern!(PHONE, r"\+?\(?\d(?:[\s().-]{0,2}\d){8,14}");
pattern!(
    ADDRESS,
    r"\b\d+(?:/\d+)?,?\s+(?:moo\s+\d+,?\s+)?(?:[A-Z][\w']+\s+){1,3}(?:road|rd|street|st|avenue|ave|lane|alley|boulevard|soi)\b\.?|\bsoi\s+[\w-]+(?:\s+\d+)?|\bmoo\s+\d+|\b(?:unit|room|floor)\s+\d+\w*|ซอย\s*[\u{0e01}-\u{0e4e}\d/]+(?:\s*\d+)?|ถนน\s*[\u{0e01}-\u{0e4e}]+|หมู่\s*(?:ที่\s*)?\d+|เลขที่\s*\d+(?:/\d+)?|ชั้น\s*(?:ที่\s*)?\d+|(?:บ้าน|ห้อง)เลขที่\s*\d+(?:/\d+)?"
);
pattern!(BARE, NUMBER);

/// The number of a month by its name, 1..12.
pub(crate) fn month(name: &str) -> Option<u32> {
    const THAI: [(&str, &str); 12] = [
        ("มกราคม", "ม.ค."),
        ("กุมภาพันธ์", "ก.พ."),
        ("มีนาคม", "มี.ค."),
        ("เมษายน", "เม.ย."),
        ("พฤษภาคม", "พ.ค."),
        ("มิถุนายน", "มิ.ย."),
        ("กรกฎาคม", "ก.ค."),
        ("สิงหาคม", "ส.ค."),
        ("กันยายน", "ก.ย."),
        ("ตุลาคม", "ต.ค."),
        ("พฤศจิกายน", "พ.ย."),
        ("ธันวาคม", "ธ.ค."),
    ];
    const ENGLISH: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = name.to_lowercase();
    let thai = THAI.iter().position(|(long, short)| name == *long || name == *short);
    let nth = thai.or_else(|| ENGLISH.iter().position(|start| name.starts_with(start)))?;
    u32::try_from(nth + 1).ok()
}
