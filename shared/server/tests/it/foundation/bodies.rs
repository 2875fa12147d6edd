//! Bodies that are too large, of another kind, broken, or of another shape.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PATH: &str = "/api/v1/properties";

#[tokio::test]
async fn ten_megabytes_are_refused_and_the_client_reads_why() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let body = format!("{{\"title\":\"{}\"}}", "x".repeat(10 << 20));
    for _ in 0..5 {
        let reply = agent.call(reqwest::Method::POST, PATH).bytes(body.clone()).await;
        reply.problem(413, "payload_too_large");
    }
    // The same in chunks, whose sum nobody has announced.
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let token = agent.token.clone().unwrap();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..160 {
        stream.write_all(chunk.as_bytes()).await.expect("the server reads on");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("the server reads on");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the client reads the answer");
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("payload_too_large"), "{answer}");
}

#[tokio::test]
async fn the_limit_is_the_profiles() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let limit = app.profile.server.body_limit_bytes;
    let body = |size: usize| {
        let mut text = listing::rent().to_string();
        text.push_str(&" ".repeat(size - text.len()));
        text
    };
    let most = agent.call(reqwest::Method::POST, PATH).bytes(body(limit)).await;
    assert_eq!(most.status, 201, "{most:?}");
    let more = agent.call(reqwest::Method::POST, PATH).bytes(body(limit + 1)).await;
    more.problem(413, "payload_too_large");
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let send = |kind: &'static str| {
        let call = agent.call(reqwest::Method::POST, PATH).header("content-type", kind);
        call.raw(listing::rent().to_string())
    };
    for kind in [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "json",
        "",
        "application/x-www-form-urlencoded",
    ] {
        send(kind).await.problem(415, "unsupported_media_type");
    }
    let bare = agent.call(reqwest::Method::POST, PATH).raw(listing::rent().to_string()).await;
    bare.problem(415, "unsupported_media_type");
    let _ = send("Application/JSON; charset=utf-8").await.expect(201);
    let squeezed = send("application/json").header("content-encoding", "gzip").await;
    squeezed.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn broken_json_is_malformed() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for body in [
        "",
        "{",
        "{\"title\":",
        "nul",
        "{'title':'x'}",
        "\u{feff}{}",
        "{\"title\":\"\u{1}\"}",
        "{\"title\":01}",
    ] {
        let reply = agent.call(reqwest::Method::POST, PATH).bytes(body).await;
        reply.problem(400, "malformed_request");
    }
    let trailing = format!("{}}}", listing::rent());
    agent.call(reqwest::Method::POST, PATH).bytes(trailing).await.problem(400, "malformed_request");
    let half_a_letter =
        agent.call(reqwest::Method::POST, PATH).bytes(&b"{\"title\":\"\xff\"}"[..]).await;
    half_a_letter.problem(400, "malformed_request");
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_its_place() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let cases = [
        (json!({"colour": "red"}), "/colour unknown_field"),
        (json!({"physical_specs": {"beds": 2}}), "/physical_specs/beds unknown_field"),
        (json!({"physical_specs": {"bedrooms": "two"}}), "/physical_specs/bedrooms invalid_type"),
        (json!({"physical_specs": {"bedrooms": -1}}), "/physical_specs/bedrooms invalid_type"),
        (json!({"physical_specs": {"bedrooms": 2.5}}), "/physical_specs/bedrooms invalid_type"),
        (json!({"physical_specs": {"bedrooms": 501}}), "/physical_specs/bedrooms invalid"),
        (json!({"rent_price": "cheap"}), "/rent_price invalid_type"),
        (json!({"rent_price": 1e30}), "/rent_price invalid_type"),
        (json!({"title": 7}), "/title invalid_type"),
        (json!({"title": "ab"}), "/title invalid"),
        (json!({"tags": "sea"}), "/tags invalid_type"),
        (json!({"tags": ["sea", 4]}), "/tags/1 invalid_type"),
        (
            json!({"images": [{"url": "/a.svg"}, {"url": "/b.svg", "size": 3}]}),
            "/images/1/size unknown_field",
        ),
        (json!({"images": [{"url": "javascript:alert(1)"}]}), "/images/0/url invalid"),
        (json!({"property_type": "castle"}), "/property_type unknown_value"),
        (json!({"currency": "BTC"}), "/currency unknown_value"),
        (json!({"location_details": {"lat": 91, "lng": 0}}), "/location_details/lat invalid"),
        (
            json!({"rental_details": {"check_in_time": "25:00"}}),
            "/rental_details/check_in_time invalid_type",
        ),
        (json!({"agent_id": "me"}), "/agent_id invalid_type"),
        (json!({"contact_info": {"email": "nobody"}}), "/contact_info/email invalid"),
        (json!({"slug": "Not A Slug"}), "/slug invalid"),
        (json!({"slug": "01a1fc0e-1a25-76b3-9281-a4f5ba54aa67"}), "/slug invalid"),
        (json!({"listing_priority": 1000}), "/listing_priority invalid"),
    ];
    for (fields, expected) in cases {
        let reply = agent.post(PATH, listing::with(listing::rent(), fields.clone())).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [expected], "{fields}: {reply:?}");
    }
    for required in ["title", "transaction_type", "property_type"] {
        let reply = agent.post(PATH, listing::with(listing::rent(), json!({required: null}))).await;
        assert_eq!(reply.fields(), [format!("/{required} required")], "{reply:?}");
    }
    let twice = format!("{{\"title\":\"one\",{}", &listing::rent().to_string()[1..]);
    let reply = agent.call(reqwest::Method::POST, PATH).bytes(twice).await;
    assert_eq!(reply.fields(), ["/title duplicate_field"], "{reply:?}");
    for list in ["[]", "[1,2", "[\"villa-one\",\"Villa\",\"\",\"rent\",\"villa\",1]"] {
        let reply = agent.call(reqwest::Method::POST, PATH).bytes(list).await;
        assert_eq!(reply.fields(), [" invalid_type"], "{reply:?}");
    }
    let long = json!({"tags": ["sea", "x".repeat(41)]});
    let reply = agent.post(PATH, listing::with(listing::rent(), long)).await;
    assert_eq!(reply.fields(), ["/tags/1 invalid"], "{reply:?}");
    // Several at once are all named.
    let two = json!({"listing_priority": 1000, "rent_price": 0});
    let mut fields = agent.post(PATH, listing::with(listing::rent(), two)).await.fields();
    fields.sort();
    assert_eq!(fields, ["/listing_priority invalid", "/rent_price invalid"]);
}

#[tokio::test]
async fn who_may_not_write_is_told_before_the_body_is_read() {
    let app = spawn_app("bestays").await;
    let broken = || "{".to_owned();
    let post =
        |caller: &terrace_testkit::Caller| caller.call(reqwest::Method::POST, PATH).bytes(broken());
    post(&app.anonymous()).await.problem(401, "unauthorized");
    post(&app.foreign()).await.problem(401, "unauthorized");
    post(&app.user("ann").await).await.problem(403, "forbidden");
}
