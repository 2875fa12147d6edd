//! From texts to tokens to numbers.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::files::{Files, Prompts};
use crate::{Failure, OpenError, Purpose};

/// A model that is ready to compute.
pub(super) struct Sentences {
    bert: BertModel,
    tokenizer: Tokenizer,
    prompts: Prompts,
    padding: u32,
}

impl Sentences {
    pub(super) fn new(mut files: Files) -> Result<Self, OpenError> {
        let weights = std::mem::take(&mut files.weights);
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu);
        let bert = weights.and_then(|weights| BertModel::load(weights, &files.config));
        let bert = bert.map_err(|error| files.wrong("model.safetensors", plain(&error)))?;
        let cut = TruncationParams { max_length: files.longest, ..TruncationParams::default() };
        let mut tokenizer = files.tokenizer.clone();
        tokenizer
            .with_truncation(Some(cut))
            .map_err(|error| files.wrong("tokenizer.json", error.to_string()))?;
        // Rows are filled up here, where the mask is made too.
        tokenizer.with_padding(None);
        let padding = u32::try_from(files.config.pad_token_id).unwrap_or(0);
        Ok(Self { bert, tokenizer, prompts: files.prompts, padding })
    }

    /// One row of numbers for each text.
    pub(super) fn embed(
        &self,
        texts: &[String],
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let prompt = match purpose {
            Purpose::Document => &self.prompts.document,
            Purpose::Query => &self.prompts.query,
        };
        let texts: Vec<_> = texts.iter().map(|text| format!("{prompt}{text}")).collect();
        let encoded = self.tokenizer.encode_batch(texts, true);
        let encoded = encoded.map_err(|_| Failure::Final("a text has no tokens".to_owned()))?;
        let numbers = self.mean(&encoded);
        numbers.map_err(|error| Failure::Final(format!("the model fails: {}", plain(&error))))
    }

    /// The mean of what the model says of each token; what only fills a row up has no say.
    fn mean(&self, encoded: &[Encoding]) -> candle_core::Result<Vec<Vec<f32>>> {
        let rows = encoded.len();
        let width = encoded.iter().map(Encoding::len).max().unwrap_or(0);
        let filled = |row: &[u32], with| {
            let mut row = row.to_vec();
            row.resize(width, with);
            row
        };
        let tensor = |part: &dyn Fn(&Encoding) -> Vec<u32>| {
            let all: Vec<_> = encoded.iter().flat_map(part).collect();
            Tensor::from_vec(all, (rows, width), &Device::Cpu)
        };
        let ids = tensor(&|row| filled(row.get_ids(), self.padding))?;
        let kinds = tensor(&|row| filled(row.get_type_ids(), 0))?;
        let mask = tensor(&|row| filled(row.get_attention_mask(), 0))?;
        let said = self.bert.forward(&ids, &kinds, Some(&mask))?;
        let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
        let sums = said.broadcast_mul(&mask)?.sum(1)?;
        sums.broadcast_div(&mask.sum(1)?)?.to_vec2()
    }
}

/// The first line of an error: the rest may be a backtrace.
fn plain(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
