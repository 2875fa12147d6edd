//! Which model a product gets.

use serde_json::json;
use terrace_embedding::{Embedder, State, open};

use crate::server::settings;

#[test]
fn each_provider_opens_its_own() {
    let choose =
        |provider: &str| open(&settings("http://127.0.0.1:1", json!({"provider": provider})));
    let built_in = choose("hashing").expect("the built-in model");
    assert_eq!((built_in.model().as_str(), built_in.state()), ("hashing/2", State::Answering));
    assert_eq!(choose("openai").expect("a model").model().as_str(), "openai/small");
    let local = choose("local").map(drop).map_err(|error| error.to_string());
    let expected = if cfg!(feature = "local") {
        "embedding.folder: the provider needs it"
    } else {
        "embedding.provider = \"local\" needs a program built with the feature `local`"
    };
    assert_eq!(local, Err(expected.to_owned()));
}
