//! The OpenAPI document: generated, served, committed, complete.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;
use terrace_server::{openapi, router::ROUTES};
use terrace_testkit::spawn_app;

use crate::sources;

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

/// Method, path and operation of every operation in the document.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
        })
        .collect()
}

#[tokio::test]
async fn what_is_served_is_what_the_code_says() {
    let app = spawn_app("bestays").await;
    let served = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), document());
}

#[test]
fn the_committed_copy_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let committed: Value =
        serde_json::from_slice(&std::fs::read(file).unwrap_or_default()).unwrap_or_default();
    assert!(
        committed == document(),
        "shared/docs/openapi.json is not what the code says: look at the difference, then run \
         `cargo run -p terrace-server -- openapi > shared/docs/openapi.json`"
    );
}

#[test]
fn operations_and_routes_are_the_same_set() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, operation)| {
            (method, path, operation["operationId"].as_str().unwrap().to_owned())
        })
        .collect();
    let routed: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.to_owned(), route.path.to_owned(), route.operation.to_owned()))
        .collect();
    let missing: Vec<_> = routed.difference(&described).collect();
    let invented: Vec<_> = described.difference(&routed).collect();
    assert!(missing.is_empty(), "routes that the document leaves out: {missing:#?}");
    assert!(invented.is_empty(), "operations that no route serves: {invented:#?}");
    let names: BTreeSet<_> = ROUTES.iter().map(|route| route.operation).collect();
    assert_eq!(names.len(), ROUTES.len(), "an operation id is used twice");
}

/// Of two types with one name the contract has only one, and is wrong about the other.
#[test]
fn every_schema_has_a_name_of_its_own() {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let mut twice = Vec::new();
    for (file, text) in sources::files() {
        let derived = text.split("#[derive(").skip(1);
        for code in derived.filter(|code| code.split(")]").next().unwrap().contains("ToSchema")) {
            let name = code.lines().find_map(|line| match line.trim_start() {
                comment if comment.starts_with("//") => None,
                attribute if attribute.starts_with('#') => attribute.split_once("as = "),
                code => code.split_once("struct ").or_else(|| code.split_once("enum ")),
            });
            let name = name.and_then(|(_, name)| name.split([' ', '<', '(', ')', ';']).next());
            let name = name.unwrap().to_owned();
            if let Some(other) = named.insert(name.clone(), file.clone()) {
                twice.push(format!("{name}: {other} and {file}"));
            }
        }
    }
    assert!(named.len() > 200, "only {} schemas: the scan is broken", named.len());
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut broken = Vec::new();
    references(&document, &mut |reference| {
        let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        if found.is_none() {
            broken.push(reference.to_owned());
        }
    });
    assert!(broken.is_empty(), "{broken:#?}");
    let mut seen = 0;
    references(&document, &mut |_| seen += 1);
    assert!(seen > 100, "only {seen} references: the walk is broken");
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(reference) if name == "$ref" => found(reference),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_operation_tells_who_may_call_it_and_how_it_refuses() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        let route = ROUTES.iter().find(|route| route.operation == name).unwrap();
        let open = operation["security"]
            .as_array()
            .unwrap()
            .iter()
            .any(|way| way == &serde_json::json!({}));
        assert_eq!(open, !route.access.needs_token(), "{name}: security");
        assert!(
            operation["summary"].is_string() || operation["description"].is_string(),
            "{name}: no words"
        );
        assert!(
            operation["tags"].as_array().is_some_and(|tags| tags.len() == 1),
            "{name}: one tag"
        );
        let answers = operation["responses"].as_object().unwrap();
        let mut needed = vec!["400", "401", "500", "503"];
        if route.access.needs_token() {
            needed.push("403");
        }
        if path.contains('{') {
            needed.push("404");
        }
        if operation["requestBody"].is_object() {
            needed.extend(["409", "413", "415", "422"]);
            assert!(
                matches!(method.as_str(), "POST" | "PUT" | "PATCH"),
                "{name}: a body with {method}"
            );
        }
        let versioned = operation["parameters"].to_string().contains("If-Match");
        if versioned {
            needed.extend(["412", "428"]);
        }
        for status in needed {
            assert!(answers.contains_key(status), "{name}: no {status}");
        }
        assert!(answers.keys().any(|status| status.starts_with('2')), "{name}: no success");
        for parameter in path.split('{').skip(1).map(|part| part.split('}').next().unwrap()) {
            let described = operation["parameters"].as_array().into_iter().flatten();
            let in_path = described.filter(|p| p["in"] == "path").any(|p| p["name"] == parameter);
            assert!(in_path, "{name}: {parameter} is not described");
        }
    }
}

/// The name of a variant that has got into the contract is no word that anybody sends.
#[test]
fn closed_sets_are_of_the_words_on_the_wire() {
    let document = document();
    let mut seen = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for word in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            seen += 1;
            let is_word =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_/".contains(c);
            assert!(name == "Currency" || word.chars().all(is_word), "{name} has {word}");
        }
    }
    assert!(seen > 100, "only {seen} words: the walk is broken");
}

/// Bodies refuse unknown fields, and say so.
#[test]
fn what_goes_in_is_closed() {
    let document = document();
    let mut open = BTreeSet::new();
    for (_, _, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if !schema.is_null() {
            collect_open(&document, schema, &mut open, &mut BTreeSet::new());
        }
    }
    assert!(open.is_empty(), "schemas of bodies without additionalProperties: false: {open:#?}");
}

fn collect_open(
    document: &Value,
    schema: &Value,
    open: &mut BTreeSet<String>,
    seen: &mut BTreeSet<String>,
) {
    references(schema, &mut |reference| {
        if !seen.insert(reference.to_owned()) {
            return;
        }
        let target = document.pointer(&reference[1..]).unwrap();
        if target["properties"].is_object() && target["additionalProperties"] != Value::Bool(false)
        {
            open.insert(reference.to_owned());
        }
    });
    for reference in seen.clone() {
        let target = document.pointer(&reference[1..]).unwrap();
        let before = seen.len();
        references(target, &mut |inner| {
            if !seen.contains(inner) {
                let inner_target = document.pointer(&inner[1..]).unwrap();
                if inner_target["properties"].is_object()
                    && inner_target["additionalProperties"] != Value::Bool(false)
                {
                    open.insert(inner.to_owned());
                }
                seen.insert(inner.to_owned());
            }
        });
        if seen.len() > before {
            collect_open(document, target, open, seen);
        }
    }
}

#[tokio::test]
async fn the_pages_come_from_here_alone() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let front = visitor.get("/docs").await;
    assert_eq!((front.status, front.header("location")), (308, "/docs/"));
    let page = visitor.get("/docs/").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    let mut files = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        for rest in page.text().split(attribute).skip(1) {
            files.push(rest.split('"').next().unwrap().to_owned());
        }
    }
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert!(!file.contains("//"), "{file} is fetched from elsewhere");
        let file =
            visitor.get(&format!("/docs/{}", file.trim_start_matches("./"))).await.expect(200);
        if file.asked_for("initializer") {
            assert!(file.text().contains("/openapi.json"), "{}", file.text());
            assert!(!file.text().contains("://"), "{}", file.text());
        }
    }
    visitor.get("/docs/none.html").await.problem(404, "not_found");
}
