//! Names with which the rules of thumb about length and size are wrong.

/// Names that mean something else as a rule: they need a marker.
pub(super) const COMMON: &[&str] = &[
    "erawan",
    "suwannaphum",
    "bearing",
    "phanom",
    "samrong",
    "prasat",
    "thepha",
    "sikao",
    "manang",
    "raman",
    "sanom",
    "phana",
    "laguna",
    "samsung",
    "nationalstadium",
    "governmentcomplex",
    "rajabhatphranakhon",
    "lumphini",
    "lumpini",
    "ลุมพินี",
    "เลย",
    "ตาก",
    "ท่าเรือ",
    "บ้านแพง",
    "บ้านนา",
    "บ้านสร้าง",
    "ฉลอง",
    "เมืองใหม่",
    "สยาม",
    "นานา",
    "หัวถนน",
    "นาใต้",
    "พัฒนาการ",
    "แม่น้ำสมุย",
    "เกาะแก้ว",
    "สิรินธร",
    "เพชรบุรีตัดใหม่",
];

/// Districts whose name means something in Bangkok to most who write it (a lane, a road, the
/// airport): they need a marker or their province.
pub(super) const OUTSHONE: &[&str] = &["8604", "4511", "8419", "9311"];

/// Names of few letters that are nothing else: districts below the usual length.
pub(super) const SHORT: &[&str] =
    &["pai", "kathu", "dusit", "ปาย", "กะทู้", "ดุสิต", "บางนา", "สาทร", "วัฒนา", "ชะอำ"];
