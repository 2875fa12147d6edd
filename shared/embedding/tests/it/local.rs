//! A sentence model from a folder: a tiny one, of weights that are the same each time.

use std::{collections::HashMap, fs, path::Path};

use candle_core::{Device, Tensor, safetensors};
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use terrace_embedding::{Embedder, Embedding, Failure, Guarded, Purpose, open};

const WIDTH: usize = 32;
const WORDS: [&str; 10] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "villa", "pool", "quiet", "sea", "query", "the"];
const POSITIONS: usize = 16;

/// Numbers that look like chance and are the same each time.
fn weights(shape: &[usize], seed: usize) -> Tensor {
    let mut state = 0x9e37_79b9_u32.wrapping_mul(u32::try_from(seed).expect("a seed") + 1);
    let numbers = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).expect("16 bits")) / 32_768.0 - 1.0
    });
    let numbers: Vec<f32> = numbers.take(shape.iter().product()).collect();
    Tensor::from_vec(numbers, shape, &Device::Cpu).expect("a tensor")
}

/// A model of so many layers in a folder of its own.
struct Folder(TempDir);

impl Folder {
    fn new(layers: usize) -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        folder.write("config.json", &config(layers).to_string());
        folder.write("tokenizer.json", &tokenizer().to_string());
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        let mut add = |name: String, shape: &[usize]| {
            let seed = name.bytes().map(usize::from).sum::<usize>() + tensors.len();
            tensors.insert(name, weights(shape, seed));
        };
        let norm = |add: &mut dyn FnMut(String, &[usize]), name: &str| {
            add(format!("{name}.LayerNorm.weight"), &[WIDTH]);
            add(format!("{name}.LayerNorm.bias"), &[WIDTH]);
        };
        for (name, rows) in [("word", WORDS.len()), ("position", POSITIONS), ("token_type", 2)] {
            add(format!("embeddings.{name}_embeddings.weight"), &[rows, WIDTH]);
        }
        norm(&mut add, "embeddings");
        for layer in 0..layers {
            let of_layer = |name: &str| format!("encoder.layer.{layer}.{name}");
            for (name, out, into) in [
                ("attention.self.query", WIDTH, WIDTH),
                ("attention.self.key", WIDTH, WIDTH),
                ("attention.self.value", WIDTH, WIDTH),
                ("attention.output.dense", WIDTH, WIDTH),
                ("intermediate.dense", 64, WIDTH),
                ("output.dense", WIDTH, 64),
            ] {
                add(of_layer(&format!("{name}.weight")), &[out, into]);
                add(of_layer(&format!("{name}.bias")), &[out]);
            }
            norm(&mut add, &of_layer("attention.output"));
            norm(&mut add, &of_layer("output"));
        }
        safetensors::save(&tensors, folder.path().join("model.safetensors")).expect("weights");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn settings(&self, changes: Value) -> terrace_product::Embedding {
        let mut settings = json!({
            "provider": "local",
            "base_url": "http://127.0.0.1:1",
            "batch": 4,
            "timeout_seconds": 5,
            "query_timeout_ms": 10_000,
            "retries": 0,
            "name": "tiny",
            "folder": self.path(),
        });
        for (key, value) in changes.as_object().expect("an object") {
            settings[key] = value.clone();
        }
        serde_json::from_value(settings).expect("settings")
    }

    fn open(&self) -> Guarded {
        open(&self.settings(json!({}))).expect("a model")
    }

    /// What the operator reads.
    fn refusal(&self) -> String {
        let said = open(&self.settings(json!({}))).expect_err("a refusal").to_string();
        said.replace(&format!("{}/", self.path().display()), "")
    }
}

fn config(layers: usize) -> Value {
    json!({
        "model_type": "bert", "vocab_size": WORDS.len(), "hidden_size": WIDTH,
        "num_hidden_layers": layers, "num_attention_heads": 4, "intermediate_size": 64,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    })
}

fn tokenizer() -> Value {
    let vocabulary: HashMap<_, _> = WORDS.iter().enumerate().map(|(id, word)| (word, id)).collect();
    let special = |id: usize| json!({"SpecialToken": {"id": WORDS[id], "type_id": 0}});
    let known = |id: usize| json!({"id": WORDS[id], "ids": [id], "tokens": [WORDS[id]]});
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special(2), {"Sequence": {"id": "A", "type_id": 0}}, special(3)],
            "pair": [special(2), {"Sequence": {"id": "A", "type_id": 0}}, special(3)],
            "special_tokens": {"[CLS]": known(2), "[SEP]": known(3)},
        },
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    })
}

async fn embed(model: &Guarded, texts: &[&str], purpose: Purpose) -> Vec<Embedding> {
    let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    model.embed(&texts, purpose).await.expect("vectors")
}

fn assert_same(a: &Embedding, b: &Embedding, about: &str) {
    for (a, b) in a.as_slice().iter().zip(b.as_slice()) {
        assert!((a - b).abs() < 1e-5, "{about}: {a} and {b}");
    }
}

/// Without a layer the model is small enough to be computed by hand.
#[tokio::test]
async fn a_vector_is_the_mean_of_its_tokens() {
    let folder = Folder::new(0);
    let vectors = embed(&folder.open(), &["quiet villa"], Purpose::Document).await;
    let file = safetensors::load(folder.path().join("model.safetensors"), &Device::Cpu);
    let file = file.expect("the weights");
    let rows = |name: &str| file[name].to_vec2::<f32>().expect("rows");
    let row = |name: &str| file[name].to_vec1::<f32>().expect("a row");
    let words = rows("embeddings.word_embeddings.weight");
    let positions = rows("embeddings.position_embeddings.weight");
    let kinds = rows("embeddings.token_type_embeddings.weight");
    let scale = row("embeddings.LayerNorm.weight");
    let shift = row("embeddings.LayerNorm.bias");
    let mut mean = vec![0.0_f32; WIDTH];
    // [CLS] quiet villa [SEP]
    for (position, id) in [2, 6, 4, 3].into_iter().enumerate() {
        let sum: Vec<f32> =
            (0..WIDTH).map(|n| words[id][n] + positions[position][n] + kinds[0][n]).collect();
        let centre = sum.iter().sum::<f32>() / 32.0;
        let spread = sum.iter().map(|x| (x - centre).powi(2)).sum::<f32>() / 32.0;
        for n in 0..WIDTH {
            mean[n] += ((sum[n] - centre) / spread.sqrt() * scale[n] + shift[n]) / 4.0;
        }
    }
    assert_same(&vectors[0], &Embedding::new(mean).expect("a vector"), "by hand");
    assert!(vectors[0].as_slice()[WIDTH..].iter().all(|&number| number == 0.0));
}

#[tokio::test]
async fn what_fills_a_row_up_changes_nothing() {
    let model = Folder::new(2).open();
    let texts = ["villa", "quiet villa sea pool the villa", "pool the sea", "sea", "the", "quiet"];
    let together = embed(&model, &texts, Purpose::Document).await;
    for (text, vector) in texts.iter().zip(&together) {
        assert_same(vector, &embed(&model, &[text], Purpose::Document).await[0], text);
    }
    assert!(together[0].similarity(&together[1]) < 0.999, "and texts differ");
    assert!(embed(&model, &[], Purpose::Document).await.is_empty());
}

#[tokio::test]
async fn a_text_is_read_as_far_as_the_model_can() {
    let folder = Folder::new(1);
    let long = "villa ".repeat(500);
    // Its two ends are tokens too.
    let as_far = "villa ".repeat(POSITIONS - 2);
    let both = embed(&folder.open(), &[&long, &as_far], Purpose::Document).await;
    assert_same(&both[0], &both[1], "cut");
    folder.write("sentence_bert_config.json", r#"{"max_seq_length": 5}"#);
    let both = embed(&folder.open(), &[&long, "villa villa villa"], Purpose::Document).await;
    assert_same(&both[0], &both[1], "cut at what the folder says");
}

#[tokio::test]
async fn a_model_that_tells_questions_apart_is_asked_in_its_manner() {
    let folder = Folder::new(1);
    let plain = embed(&folder.open(), &["query the sea", "the sea"], Purpose::Document).await;
    folder.write(
        "config_sentence_transformers.json",
        r#"{"prompts": {"query": "query ", "passage": ""}, "similarity_fn_name": "cosine"}"#,
    );
    let model = folder.open();
    assert_same(&embed(&model, &["the sea"], Purpose::Query).await[0], &plain[0], "a question");
    assert_same(&embed(&model, &["the sea"], Purpose::Document).await[0], &plain[1], "a text");
}

#[tokio::test]
async fn the_model_s_name_changes_with_its_files() {
    let folder = Folder::new(1);
    let name = folder.open().model().to_string();
    assert!(name.starts_with("local/tiny/") && name.len() == 23, "{name}");
    assert_eq!(folder.open().model().to_string(), name);
    let nameless = open(&folder.settings(json!({"name": null}))).expect("a model");
    let last = folder.path().file_name().expect("a name").to_string_lossy().into_owned();
    assert!(nameless.model().as_str().starts_with(&format!("local/{last}/")));
    folder.write("config_sentence_transformers.json", r#"{"prompts": {"query": "the "}}"#);
    let prompted = folder.open().model().to_string();
    assert_ne!(prompted, name, "a prompt changes vectors");
    folder.write("config_sentence_transformers.json", r#"{"prompts": {"query": "sea "}}"#);
    assert_ne!(folder.open().model().to_string(), prompted, "another of the same length too");
    assert_ne!(Folder::new(2).open().model().to_string(), name);
}

#[test]
fn what_is_missing_or_broken_is_named() {
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = Folder::new(1);
        fs::remove_file(folder.path().join(file)).expect("removed");
        let said = folder.refusal();
        assert!(said.starts_with(&format!("{file}: ")) && said.contains("No such file"), "{said}");
        folder.write(file, "nonsense");
        let said = folder.refusal();
        assert!(said.starts_with(&format!("{file}: ")), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
    let homeless = Folder::new(0).settings(json!({"folder": null}));
    assert!(open(&homeless).is_err_and(|error| error.to_string().starts_with("embedding.folder")));
}

#[test]
fn models_of_other_kinds_are_refused_before_they_compute_nonsense() {
    for (key, value, expected) in [
        ("model_type", json!("xlm-roberta"), "only `bert` is supported"),
        ("num_attention_heads", json!(0), "cannot be shared by 0 attention heads"),
        ("num_attention_heads", json!(5), "cannot be shared by 5 attention heads"),
        ("hidden_size", json!(2048), "vectors of 2048 numbers, and 1536 is the most"),
        ("vocab_size", json!(3), "tokenizer.json knows 10 tokens, and the model 3"),
        ("hidden_act", json!("magic"), "unknown variant `magic`"),
    ] {
        let folder = Folder::new(1);
        let mut config = config(1);
        config[key] = value;
        folder.write("config.json", &config.to_string());
        let said = folder.refusal();
        assert!(said.starts_with("config.json: ") && said.contains(expected), "{said}");
    }
    let folder = Folder::new(1);
    let mut deeper = config(1);
    deeper["num_hidden_layers"] = json!(2);
    folder.write("config.json", &deeper.to_string());
    assert!(folder.refusal().starts_with("model.safetensors: "), "a layer is missing");
    let folder = Folder::new(1);
    folder.write("1_Pooling/config.json", r#"{"pooling_mode_mean_tokens": false}"#);
    assert!(folder.refusal().starts_with("1_Pooling/config.json: only models"));
    let folder = Folder::new(1);
    folder.write("sentence_bert_config.json", r#"{"max_seq_length": 2}"#);
    assert!(folder.refusal().starts_with("sentence_bert_config.json: 2 tokens"));
}

/// A job that fills in a whole catalogue must not keep those waiting who search.
#[tokio::test]
async fn a_query_is_answered_while_documents_are_computed() {
    let folder = Folder::new(2);
    // All of them at once: the query cannot slip in between two batches.
    let model = open(&folder.settings(json!({"batch": 2_000}))).expect("a model");
    let many: Vec<_> = (0..2_000).map(|_| "quiet villa the sea pool".to_owned()).collect();
    let query = ["sea".to_owned()];
    let mut documents = model.embed(&many, Purpose::Document);
    assert!((&mut documents).now_or_never().is_none(), "they have begun");
    assert_eq!(model.embed(&query, Purpose::Query).await.map(|found| found.len()), Ok(1));
    assert!((&mut documents).now_or_never().is_none(), "and have not ended");
    assert_eq!(documents.await.map(|found| found.len()), Ok(many.len()));
}

#[tokio::test]
async fn a_blank_text_is_refused() {
    let model = Folder::new(0).open();
    let blank = ["villa".to_owned(), " ".to_owned()];
    assert_eq!(
        model.embed(&blank, Purpose::Query).await,
        Err(Failure::Final("a text is empty".to_owned()))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_batch_is_as_one_by_one(texts in prop::collection::vec("(villa |pool |the |ก |sea ){1,20}", 1..7)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let model = Folder::new(1).open();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        runtime.block_on(async {
            let together = embed(&model, &texts, Purpose::Document).await;
            for (text, vector) in texts.iter().zip(&together) {
                assert_same(vector, &embed(&model, &[text], Purpose::Document).await[0], text);
            }
        });
    }
}
