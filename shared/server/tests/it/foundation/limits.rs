//! The limits that the contract tells are the limits that the server has.
//!
//! For every leaf of a body the value at its limit is taken and the value just beyond refused;
//! where the contract tells no limit, an absurd value is taken. So a limit cannot change in one
//! place only.

use serde_json::{Value, json};
use terrace_server::openapi;
use terrace_testkit::{Caller, TestApp, listing, spawn_app};

/// Leaves with rules of their own, which have tests of their own.
const ELSEWHERE: &[&str] = &[
    "/contact_info/email",
    "/rental_details/check_in_time",
    "/rental_details/check_out_time",
    "/tags/0",
    "/business_details/assets_included/0",
    "/phone",
    "/locale",
    "/wished_times",
];

/// A value for a leaf, and whether the contract takes it.
struct Probe {
    pointer: String,
    value: Value,
    fits: bool,
}

struct Contract(Value);

impl Contract {
    fn schema(&self, name: &str) -> &Value {
        &self.0["components"]["schemas"][name]
    }

    /// What a reference, or an optional reference, stands for.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.resolve(self.0.pointer(&reference[1..]).unwrap());
        }
        match schema["oneOf"].as_array() {
            Some(options) => {
                self.resolve(options.iter().find(|one| one["type"] != "null").unwrap())
            }
            None => schema,
        }
    }

    fn probes(&self, schema: &Value, pointer: &str, found: &mut Vec<Probe>) {
        let schema = self.resolve(schema);
        if ELSEWHERE.contains(&pointer)
            || pointer.ends_with("/variants")
            || schema["enum"].is_array()
        {
            return;
        }
        let mut probe = |value: Value, fits: bool| {
            found.push(Probe { pointer: pointer.to_owned(), value, fits });
        };
        let kinds = schema["type"].to_string();
        if kinds.contains("object") {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                self.probes(field, &format!("{pointer}/{name}"), found);
            }
        } else if kinds.contains("array") {
            if pointer.starts_with("/amenities") {
                return;
            }
            let items = self.resolve(&schema["items"]);
            let item =
                if items["type"] == "object" { json!({"url": "/a.svg"}) } else { json!("a") };
            match schema["maxItems"].as_u64() {
                Some(most) => {
                    probe(vec![item.clone(); most as usize].into(), true);
                    probe(vec![item; most as usize + 1].into(), false);
                }
                None => probe(vec![item; 1000].into(), true),
            }
            self.probes(items, &format!("{pointer}/0"), found);
        } else if kinds.contains("integer") || kinds.contains("number") {
            let number =
                |value: f64| if value.fract() == 0.0 { json!(value as i64) } else { json!(value) };
            let absurd = if schema["format"] == "int32" { i64::from(i32::MAX) } else { i64::MAX };
            match schema["maximum"].as_f64() {
                Some(most) => {
                    probe(number(most), true);
                    probe(number(most + 1.0), false);
                }
                None => probe(json!(absurd), true),
            }
            match schema["minimum"].as_f64() {
                Some(least) => {
                    probe(number(least), true);
                    probe(number(least - 1.0), false);
                }
                None => probe(json!(-absurd), true),
            }
        } else if kinds.contains("string") && schema["format"].is_null() {
            // Two letters a character in UTF-8 would tell bytes from characters.
            let text = |length: usize| match pointer.ends_with("/url") {
                true => json!(format!("/{}", "x".repeat(length - 1))),
                false => json!("x".repeat(length)),
            };
            match schema["maxLength"].as_u64() {
                Some(most) => {
                    probe(text(most as usize), true);
                    probe(text(most as usize + 1), false);
                }
                None => probe(text(30_000), true),
            }
            if let Some(least) = schema["minLength"].as_u64() {
                probe(text(least as usize), true);
                probe(if least == 1 { json!("") } else { text(least as usize - 1) }, false);
            }
        }
    }
}

fn contract() -> Contract {
    Contract(serde_json::to_value(openapi::document()).unwrap())
}

/// Puts a value at its place, with the parents that it needs.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for part in pointer.split('/').skip(1) {
        if part == "0" {
            if place.as_array().is_none_or(|items| items.len() != 1) {
                *place = json!([null]);
            }
            place = &mut place[0];
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[part];
        }
    }
    *place = value;
}

/// A body with nothing that could quarrel with the value under test.
fn around(pointer: &str) -> Value {
    let block = pointer.split('/').nth(1).unwrap();
    let mut body = match block {
        "rental_details" => listing::rent(),
        // A home's lease has a limit of its own, below that of the field.
        "lease_details" | "lease_price" => {
            listing::with(listing::lease(), json!({"property_type": "office"}))
        }
        "sale_details" | "sale_price" => listing::sale(),
        "business_details" => listing::business(),
        "investment_details" => listing::investment(),
        _ => listing::rent(),
    };
    for (name, least) in [
        ("rental_details", json!({})),
        ("lease_details", json!({})),
        ("sale_details", json!({})),
        ("business_details", json!({"business_type": "bar"})),
        ("investment_details", json!({"stage": "planning"})),
    ] {
        if name == block {
            body[name] = least;
        }
    }
    if pointer.starts_with("/images/0/") {
        body["images"] = json!([{"url": "/a.svg"}]);
    }
    if pointer.starts_with("/cover_image/") {
        body["cover_image"] = json!({"url": "/a.svg"});
    }
    if pointer.starts_with("/location_details/l") {
        body["location_details"] = json!({"lat": 0, "lng": 0});
    }
    body
}

async fn agents(apps: &[TestApp; 2]) -> [Caller; 2] {
    [apps[0].agent("a").await, apps[1].agent("a").await]
}

#[tokio::test]
async fn a_new_listing_has_the_limits_that_the_contract_tells() {
    let contract = contract();
    let mut probes = Vec::new();
    contract.probes(contract.schema("PropertyIn"), "", &mut probes);
    assert!(probes.len() > 150, "only {} probes: the walk is broken", probes.len());
    let apps = [spawn_app("bestays").await, spawn_app("realestate").await];
    let agents = agents(&apps).await;
    let mut drift = Vec::new();
    for Probe { pointer, value, fits } in probes {
        let mut body = around(&pointer);
        put(&mut body, &pointer, value.clone());
        let agent = &agents[usize::from(body["transaction_type"] != "rent")];
        let reply = agent.post("/api/v1/properties", body).await;
        let refused = reply.fields().iter().any(|field| field.starts_with(&format!("{pointer} ")));
        let sound = if fits { reply.status == 201 } else { reply.status == 422 && refused };
        if !sound {
            let value: String = value.to_string().chars().take(40).collect();
            drift.push(format!(
                "{pointer} = {value} should fit: {fits}, got {} {:?}",
                reply.status,
                reply.fields()
            ));
        }
    }
    assert!(drift.is_empty(), "{}", drift.join("\n"));
}

#[tokio::test]
async fn a_change_has_the_limits_that_the_contract_tells() {
    let contract = contract();
    let mut probes = Vec::new();
    contract.probes(contract.schema("PropertyPatch"), "", &mut probes);
    assert!(probes.len() > 150, "only {} probes: the walk is broken", probes.len());
    let app = spawn_app("bestays").await;
    let agent = app.agent("a").await;
    let made = agent.create(listing::rent()).await;
    let mut drift = Vec::new();
    for Probe { pointer, value, fits } in probes {
        let mut body = json!({});
        for parent in
            ["cover_image", "images", "business_details", "investment_details", "location_details"]
        {
            if pointer.starts_with(&format!("/{parent}/")) {
                body[parent] = around(&pointer)[parent].clone();
            }
        }
        put(&mut body, &pointer, value.clone());
        // A version that never was: what fits is stale, what does not is refused before.
        let reply = agent.patch(&made.path(), body).if_match("\"0-en\"").await;
        let refused = reply.fields().iter().any(|field| field.starts_with(&format!("{pointer} ")));
        let sound = if fits { reply.status == 412 } else { reply.status == 422 && refused };
        if !sound {
            let value: String = value.to_string().chars().take(40).collect();
            drift.push(format!(
                "{pointer} = {value} should fit: {fits}, got {} {:?}",
                reply.status,
                reply.fields()
            ));
        }
    }
    assert!(drift.is_empty(), "{}", drift.join("\n"));
}

#[tokio::test]
async fn a_translation_has_the_limits_that_the_contract_tells() {
    let contract = contract();
    let mut probes = Vec::new();
    contract.probes(contract.schema("TranslationIn"), "", &mut probes);
    assert!(probes.len() >= 24, "only {} probes: the walk is broken", probes.len());
    let app = spawn_app("bestays").await;
    let agent = app.agent("a").await;
    let made = agent.create(listing::rent()).await;
    for Probe { pointer, value, fits } in probes {
        let mut body = json!({});
        put(&mut body, &pointer, value);
        let reply = agent.put(&made.at("translations/th"), body).if_match("\"0-en\"").await;
        assert_eq!(reply.status, if fits { 412 } else { 422 }, "{pointer}: {reply:?}");
    }
}

#[tokio::test]
async fn an_enquiry_has_the_limits_that_the_contract_tells() {
    let contract = contract();
    let mut probes = Vec::new();
    contract.probes(contract.schema("LeadIn"), "", &mut probes);
    assert!(probes.len() >= 12, "only {} probes: the walk is broken", probes.len());
    let app = spawn_app("bestays").await;
    for Probe { pointer, value, fits } in probes {
        let mut body = json!({"name": "G", "email": "g@example.com"});
        put(&mut body, &pointer, value);
        let reply = app.anonymous().post("/api/v1/leads", body).await;
        assert_eq!(reply.status, if fits { 202 } else { 422 }, "{pointer}: {reply:?}");
    }
}
