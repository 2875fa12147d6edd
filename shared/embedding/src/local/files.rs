//! The files of a sentence model, read and checked before anything is computed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, SHA256};
use candle_transformers::models::bert::Config;
use serde::{Deserialize, de::DeserializeOwned};
use tokenizers::Tokenizer;

use crate::{OpenError, WIDTH};

/// A text has two ends, and something must fit between them.
const FEWEST_TOKENS: usize = 3;

/// What a folder holds, as published for `sentence-transformers`.
pub(super) struct Files {
    folder: PathBuf,
    pub(super) config: Config,
    pub(super) tokenizer: Tokenizer,
    pub(super) weights: Vec<u8>,
    /// Tokens of a text that are read, its ends included.
    pub(super) longest: usize,
    pub(super) prompts: Prompts,
    fingerprint: String,
}

/// What stands before a text, so that the model knows what it is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Prompts {
    pub(super) query: String,
    #[serde(alias = "passage")]
    pub(super) document: String,
}

/// `config_sentence_transformers.json`, as far as it matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Manner {
    prompts: Prompts,
}

/// `sentence_bert_config.json`, as far as it matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Lengths {
    max_seq_length: Option<usize>,
}

/// `1_Pooling/config.json`, as far as it matters here.
#[derive(Deserialize)]
#[serde(default)]
struct Pooling {
    pooling_mode_mean_tokens: bool,
}

impl Default for Pooling {
    fn default() -> Self {
        Self { pooling_mode_mean_tokens: true }
    }
}

/// One file after the other, each into the fingerprint.
struct Reader<'a> {
    folder: &'a Path,
    digest: Context,
}

impl Files {
    pub(super) fn read(folder: &Path) -> Result<Self, OpenError> {
        let mut reader = Reader { folder, digest: Context::new(&SHA256) };
        let config: Config = reader.json("config.json")?;
        let tokenizer = reader.bytes("tokenizer.json")?;
        let tokenizer = Tokenizer::from_bytes(tokenizer)
            .map_err(|error| reader.wrong("tokenizer.json", error.to_string()))?;
        let weights = reader.bytes("model.safetensors")?;
        let manner: Manner = reader.optional("config_sentence_transformers.json")?;
        let lengths: Lengths = reader.optional("sentence_bert_config.json")?;
        let pooling: Pooling = reader.optional("1_Pooling/config.json")?;

        check(&config, &tokenizer).map_err(|problem| reader.wrong("config.json", problem))?;
        if !pooling.pooling_mode_mean_tokens {
            let problem = "only models are supported whose vector is the mean of their tokens";
            return Err(reader.wrong("1_Pooling/config.json", problem));
        }
        let positions = config.max_position_embeddings;
        let longest = lengths.max_seq_length.map_or(positions, |length| length.min(positions));
        if longest < FEWEST_TOKENS {
            let problem = format!("{longest} tokens are too few to read a text");
            return Err(reader.wrong("sentence_bert_config.json", problem));
        }
        let fingerprint = reader.digest.finish();
        let fingerprint = fingerprint.as_ref().iter().take(6).map(|byte| format!("{byte:02x}"));
        Ok(Self {
            folder: folder.to_owned(),
            config,
            tokenizer,
            weights,
            longest,
            prompts: manner.prompts,
            fingerprint: fingerprint.collect(),
        })
    }

    /// The same for the same files only: in the model's name, it keeps vectors of other files apart.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The error of a file of this folder.
    pub(super) fn wrong(&self, file: &str, problem: impl Into<String>) -> OpenError {
        OpenError::File { path: self.folder.join(file), problem: problem.into() }
    }
}

/// What the model would stumble over later, and less clearly.
fn check(config: &Config, tokenizer: &Tokenizer) -> Result<(), String> {
    if let Some(kind) = config.model_type.as_deref().filter(|kind| *kind != "bert") {
        return Err(format!("the model is of the type `{kind}`; only `bert` is supported"));
    }
    let (width, heads) = (config.hidden_size, config.num_attention_heads);
    if width > WIDTH {
        return Err(format!("the model makes vectors of {width} numbers, and {WIDTH} is the most"));
    }
    if width == 0 || heads == 0 || !width.is_multiple_of(heads) {
        return Err(format!("{width} numbers cannot be shared by {heads} attention heads"));
    }
    let words = tokenizer.get_vocab_size(true);
    if words > config.vocab_size {
        return Err(format!(
            "tokenizer.json knows {words} tokens, and the model {}: they do not belong together",
            config.vocab_size
        ));
    }
    Ok(())
}

impl Reader<'_> {
    fn wrong(&self, file: &str, problem: impl Into<String>) -> OpenError {
        OpenError::File { path: self.folder.join(file), problem: problem.into() }
    }

    fn bytes(&mut self, file: &str) -> Result<Vec<u8>, OpenError> {
        let bytes = fs::read(self.folder.join(file));
        let bytes = bytes.map_err(|error| self.wrong(file, error.to_string()))?;
        // The length keeps the end of one apart from the beginning of the next.
        self.digest.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.digest.update(&bytes);
        Ok(bytes)
    }

    fn json<T: DeserializeOwned>(&mut self, file: &str) -> Result<T, OpenError> {
        let bytes = self.bytes(file)?;
        serde_json::from_slice(&bytes).map_err(|error| self.wrong(file, error.to_string()))
    }

    fn optional<T: DeserializeOwned + Default>(&mut self, file: &str) -> Result<T, OpenError> {
        if self.folder.join(file).exists() { self.json(file) } else { Ok(T::default()) }
    }
}
