//! A language model, listened to: chat completions as a stream, with calls of tools.

use std::{collections::VecDeque, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    prompts::Told,
    receipts::Checker,
    store::Message,
    tools::{self, Tool},
};
use crate::{
    jobs::Failure,
    language_model::{LanguageModel, again},
};

/// How long a model may be silent between two pieces.
const PATIENCE: Duration = Duration::from_secs(6);

/// Far more than any answer; what is longer is not read to its end.
const LONGEST: usize = 1 << 20;

/// Words of an answer, bytes: more than [`MOST_TOKENS`] come to in any language of ours. Each sentence is
/// looked at before it is said, and one who never ends would have that done for ever.
const LONGEST_TEXT: usize = 32 * 1024;

/// The tools that are on, in the form of chat completions.
pub(super) fn tools(told: &Told) -> Value {
    let one = |tool: &Tool| {
        json!({"type": "function", "function": {"name": tool.name, "description": tool.description,
            "parameters": (tool.parameters)()}})
    };
    tools::all().iter().filter(|tool| told.may_call(tool.name)).map(one).collect()
}

/// Tokens that one answer may have.
const MOST_TOKENS: u32 = 1_500;

/// Something that was said, in the form of chat completions.
#[derive(Clone, Debug)]
pub(super) struct Saying(Value);

impl Saying {
    pub(super) fn system(prompt: String) -> Self {
        Self(json!({"role": "system", "content": prompt}))
    }

    pub(super) fn visitor(text: &str) -> Self {
        Self(json!({"role": "user", "content": text}))
    }

    /// Something that was said before.
    pub(super) fn before(message: &Message) -> Self {
        let role = if message.author == "visitor" { "user" } else { "assistant" };
        Self(json!({"role": role, "content": message.content}))
    }

    /// What the model called.
    pub(super) fn calling(text: String, calls: &[Call]) -> Self {
        let calls: Vec<Value> = calls
            .iter()
            .map(|call| {
                json!({"id": call.id, "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments}})
            })
            .collect();
        Self(json!({"role": "assistant", "content": text, "tool_calls": calls}))
    }

    /// What came of it. It is data, and says so; in JSON a sign is the same however it is written, so
    /// nothing in it can end it.
    pub(super) fn looked_up(id: &str, content: &str) -> Self {
        let content = format!("<data>\n{}\n</data>", content.replace('<', "\\u003c"));
        Self(json!({"role": "tool", "tool_call_id": id, "content": content}))
    }
}

/// A tool that the model wants called.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

/// What was heard of one answer.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) text: String,
    pub(super) calls: Vec<Call>,
    tokens: i32,
    /// Whether the model said that it had ended.
    pub(super) is_whole: bool,
}

impl Heard {
    /// Tokens that it cost: as the server says, or where it broke off before it said so, guessed by
    /// the letters that were asked and heard. What was broken off has been paid for, too.
    pub(super) fn cost(&self, said: &[Saying]) -> i32 {
        const LETTERS_OF_A_TOKEN: usize = 4;
        if self.tokens > 0 {
            return self.tokens;
        }
        let asked: usize = said.iter().map(|saying| saying.0.to_string().len()).sum();
        i32::try_from((asked + self.text.len()) / LETTERS_OF_A_TOKEN).unwrap_or(i32::MAX)
    }

    /// Whether more was said than an answer may have.
    pub(super) fn is_too_long(&self) -> bool {
        self.text.len() > LONGEST_TEXT
    }

    /// Takes a piece, and gives back the sentences that may be said by now.
    pub(super) fn take(&mut self, piece: Piece, checker: &mut Checker) -> Vec<String> {
        let Piece { choices, usage } = piece;
        if let Some(usage) = usage {
            self.tokens = i32::try_from(usage.total_tokens).unwrap_or(i32::MAX);
        }
        let mut whole = Vec::new();
        for choice in choices.into_iter().take(1) {
            for part in choice.delta.tool_calls.into_iter().flatten() {
                self.call(part);
            }
            if let Some(text) = choice.delta.content {
                self.text.push_str(&text);
                whole.extend(checker.push(&text));
            }
        }
        whole
    }

    /// A call comes in parts, too: the first has its name, the rest more of its arguments.
    fn call(&mut self, part: CallPart) {
        const MOST: usize = 16;
        let nth = part.index.unwrap_or(self.calls.len());
        if nth >= MOST || nth > self.calls.len() {
            return;
        }
        if nth == self.calls.len() {
            self.calls.push(Call::default());
        }
        let Some(call) = self.calls.get_mut(nth) else { return };
        if let Some(id) = part.id.filter(|id| !id.is_empty()) {
            call.id = id;
        }
        let Some(function) = part.function else { return };
        call.name.push_str(&function.name.unwrap_or_default());
        call.arguments.push_str(&function.arguments.unwrap_or_default());
    }
}

/// What a server sends, as far as it is looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Piece {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Usage {
    #[serde(default)]
    total_tokens: i64,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Delta {
    content: Option<String>,
    tool_calls: Option<Vec<CallPart>>,
}

#[derive(Debug, Deserialize)]
struct CallPart {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionPart>,
}

#[derive(Debug, Deserialize)]
struct FunctionPart {
    name: Option<String>,
    arguments: Option<String>,
}

/// Asks a model. It has been reached when this returns, and has said nothing yet.
///
/// # Errors
/// Where it refuses, is away, or is silent for too long.
pub(super) async fn ask(
    model: &LanguageModel,
    said: &[Saying],
    tools: Option<Value>,
) -> Result<Pieces, Failure> {
    let said: Vec<&Value> = said.iter().map(|saying| &saying.0).collect();
    let mut question = json!({"messages": said, "stream": true,
        "stream_options": {"include_usage": true}, "max_completion_tokens": MOST_TOKENS});
    if let (Some(tools), Some(question)) = (tools, question.as_object_mut()) {
        question.insert("tools".to_owned(), tools);
    }
    let (by, answer) = model.listen(question).await?;
    Ok(Pieces {
        by,
        answer,
        bytes: Vec::new(),
        read: 0,
        ready: VecDeque::new(),
        is_whole: false,
        is_over: false,
    })
}

/// The pieces of an answer, as they come.
#[derive(Debug)]
pub(super) struct Pieces {
    /// What the model is called that answers.
    pub(super) by: String,
    answer: reqwest::Response,
    bytes: Vec<u8>,
    read: usize,
    ready: VecDeque<Piece>,
    is_whole: bool,
    is_over: bool,
}

impl Pieces {
    /// Whether it ended as an answer ends.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The next piece; none after the last. A stream that breaks off, is silent, is too long or is
    /// none is a failure.
    pub(super) async fn next(&mut self) -> Option<Result<Piece, Failure>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            if self.is_over {
                return None;
            }
            let chunk = match tokio::time::timeout(PATIENCE, self.answer.chunk()).await {
                Err(_) => return Some(Err(again("the model fell silent"))),
                Ok(Err(error)) => return Some(Err(again(&error.to_string()))),
                Ok(Ok(None)) => {
                    self.is_over = true;
                    if self.is_whole {
                        continue;
                    }
                    return Some(Err(again("the model did not end its answer")));
                }
                Ok(Ok(Some(chunk))) => chunk,
            };
            self.read += chunk.len();
            if self.read > LONGEST {
                self.is_over = true;
                return Some(Err(again("the model's answer is too long")));
            }
            self.bytes.extend_from_slice(&chunk);
            if let Err(failure) = self.lines() {
                self.is_over = true;
                return Some(Err(failure));
            }
        }
    }

    /// Reads what is whole of what has come.
    fn lines(&mut self) -> Result<(), Failure> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let Ok(line) = std::str::from_utf8(&line) else {
                return Err(again("the model's answer is no text"));
            };
            let line = line.trim();
            let Some(data) = line.strip_prefix("data:").map(str::trim) else {
                // Comments, names and numbers of events say nothing; anything else is no stream.
                let says_nothing = line.is_empty() || line.starts_with(':') || line.contains(": ");
                if says_nothing {
                    continue;
                }
                return Err(again("the model's answer is no stream"));
            };
            if data == "[DONE]" {
                self.is_over = true;
                return Ok(());
            }
            let piece: Piece = serde_json::from_str(data)
                .map_err(|_| again("the model's answer is no completion"))?;
            let reason = piece.choices.first().and_then(|choice| choice.finish_reason.as_deref());
            self.is_whole |= matches!(reason, Some("stop" | "tool_calls"));
            self.ready.push_back(piece);
        }
        Ok(())
    }
}
