//! What has hurt somebody before.

/// Texts that have hurt somebody before.
pub(crate) fn texts() -> Vec<String> {
    [
        "\u{0}",
        "a\u{0}b",
        "\u{1}\u{2}\u{1f}",
        "\u{7f}\u{80}\u{9f}",
        "\u{feff}bom",
        "\u{202e}rtl override",
        "مرحبا بالعالم",
        "👩‍👩‍👧‍👦🏝️🏳️‍🌈",
        "e\u{301}\u{301}\u{301}\u{301}",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "ก็ไม่รู้สินะ",
        "\r\nX-Injected: yes",
        "' OR 1=1 --",
        "'; DROP TABLE properties; --",
        "$1 $2 {} %s %n",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "../../../etc/passwd",
        "\\",
        "\"",
        "`",
        "NULL",
        "null",
        "undefined",
        "true",
        "NaN",
        "-0",
        "1e400",
        "0x1F",
        "9999-12-31T23:59:59Z",
        "data:text/html,x",
        "javascript:alert(1)",
        " ",
        "\t",
        "\u{a0}",
        "\u{200b}\u{200b}\u{200b}",
    ]
    .iter()
    .map(|text| (*text).to_owned())
    .chain([0, 2, 199, 200, 201, 10_001].map(|size| "x".repeat(size)))
    .chain(["ก".repeat(200), "😀".repeat(200)])
    .collect()
}

/// Numbers as JSON writes them; not all of them are numbers to everybody.
pub(crate) const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "0.1",
    "1.0",
    "1e0",
    "1e2",
    "1E+2",
    "1e-400",
    "1e308",
    "1.7976931348623157e308",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "10000000000000",
    "10000000000001",
    "99999999999999999999999999999999999999999",
    "32767",
    "32768",
    "65535",
    "65536",
    "500",
    "501",
];

/// JSON that is no JSON, or more of it than anybody needs.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let deep = |open: &str, close: &str| [open.repeat(20_000), close.repeat(20_000)].concat();
    let mut documents: Vec<Vec<u8>> = [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"text\"",
        "[]",
        "{}",
        "[{}]",
        "{\"\":1}",
        "{\"title\":null}",
        "NaN",
        "{\"rent_price\":NaN}",
        "{\"rent_price\":Infinity}",
        "{\"rent_price\":1e400}",
        "{\"rent_price\":-1e400}",
        "{\"rent_price\":1e-999999999}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":\"\\udc00\\ud800\"}",
        "{\"title\":\"\\ud83d\"}",
        "{\"title\":\"\\x41\"}",
        "{\"title\":\"\\u0000\"}",
        "{\"ti\\u0000tle\":1}",
        "{\"a\":1,\"a\":2}",
        "{\"__proto__\":{\"x\":1}}",
        "{\"constructor\":1}",
        "/* comment */{}",
        "{title:1}",
        "{\"title\":\"a\",}",
        "{\"title\":\"a\"}{\"title\":\"b\"}",
        "\u{feff}{}",
        "{\"physical_specs\":[]}",
        "{\"physical_specs\":\"x\"}",
        "{\"physical_specs\":[1,2,3,4,5,6,\"fully\",8]}",
        "{\"amenities\":[]}",
        "{\"amenities\":[[\"wifi\"]]}",
        "{\"policies\":[]}",
        "{\"policies\":{\"\":1}}",
        "{\"images\":{}}",
        "{\"images\":[[]]}",
        "{\"cover_image\":[]}",
        "{\"tags\":[null]}",
        "{\"tags\":[[]]}",
        "{\"rental_details\":[]}",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    documents.extend([
        deep("[", "]").into_bytes(),
        deep("{\"a\":", "").into_bytes(),
        format!(
            "{{\"policies\":{{\"quiet_hours\":{}}}}}",
            ["[".repeat(200), "]".repeat(200)].concat()
        )
        .into_bytes(),
        format!("{{\"policies\":{}1{}}}", "{\"a\":".repeat(120), "}".repeat(120)).into_bytes(),
        b"\xff\xfe{\x00}\x00".to_vec(),
        b"{\"title\":\"\xc3\x28\"}".to_vec(),
        b"{\"title\":\"\xed\xa0\x80\"}".to_vec(),
        b"\x1f\x8b\x08\x00".to_vec(),
        vec![0; 1000],
        vec![b'9'; 60_000],
        [b"{\"rent_price\":".to_vec(), vec![b'9'; 60_000], b"}".to_vec()].concat(),
    ]);
    documents
}
