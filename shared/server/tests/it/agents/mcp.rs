//! `/mcp`, by the protocol's own client.

use rmcp::{
    ServiceExt,
    model::CallToolRequestParams,
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};

use super::{house, instant};
use crate::quotes::nights;

fn asked(name: &'static str, arguments: Value) -> CallToolRequestParams {
    CallToolRequestParams::new(name).with_arguments(arguments.as_object().cloned().unwrap())
}

#[tokio::test]
async fn its_own_client_finds_prices_and_books_nothing() {
    let (app, agent, villa) = house().await;
    let address = format!("http://{}/mcp", app.address());
    let transport = StreamableHttpClientTransport::from_uri(address.as_str());
    let client = ().serve(transport).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    let mut names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    names.sort_unstable();
    let open = [
        "check_availability",
        "get_property",
        "nearby",
        "quote",
        "search_faq",
        "search_properties",
    ];
    assert_eq!(names, open);

    let found =
        client.call_tool(asked("search_properties", json!({"query": "villa"}))).await.unwrap();
    let found = found.structured_content.unwrap();
    assert_eq!(found["homes"][0]["property_id"], json!(villa.id));
    let mut stay = nights(20, 2);
    stay["property_id"] = json!(villa.id);
    let quote = client.call_tool(asked("quote", stay)).await.unwrap();
    assert_eq!(quote.structured_content.unwrap()["total"]["text"], "THB 8,400");

    let wrong = client.call_tool(asked("quote", json!({"guests": "many"}))).await.unwrap();
    assert_eq!(wrong.is_error, Some(true));
    let lead = json!({"name": "A", "email": "a@example.com", "message": "Hi"});
    assert!(client.call_tool(asked("draft_lead", lead)).await.is_err(), "nobody confirms here");
    assert!(client.call_tool(asked("rm", json!({}))).await.is_err());
    client.cancel().await.unwrap();

    // Whose token it is decides what is seen, as over REST.
    let draft = agent.create(instant()).await;
    for (token, sees) in [(None, false), (agent.token.clone(), true)] {
        let mut config = StreamableHttpClientTransportConfig::with_uri(address.as_str());
        if let Some(token) = token {
            config = config.auth_header(token);
        }
        let client = ().serve(StreamableHttpClientTransport::from_config(config)).await.unwrap();
        let one = client
            .call_tool(asked("get_property", json!({"property_id": draft.id})))
            .await
            .unwrap();
        assert_eq!(one.is_error == Some(false), sees, "{one:?}");
        client.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let (app, ..) = house().await;
    let anybody = app.anonymous();
    let send = |body: &'static str| {
        anybody
            .call("POST".parse().unwrap(), "/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .raw(body)
    };
    for body in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "{\"jsonrpc\":\"2.0\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no/such\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":1}}",
    ] {
        let status = send(body).await.status;
        assert!((200..500).contains(&status), "{body}: {status}");
    }
    let _ = anybody.get("/mcp").await.expect(405);
    let large = anybody
        .call("POST".parse().unwrap(), "/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .bytes("x".repeat(70_000));
    large.await.problem(413, "payload_too_large");
}
