//! What is left of a query.

use crate::{
    assemble::bytes,
    output::{Note, Strength},
    recognise,
    resolve::{Found, resolve},
    scope::Scope,
    text::{self, Kind, Token, is_thai},
    vocabulary,
};

/// More tokens than anybody types; beyond, reading twice would take too long.
const MOST_SETTLED: usize = 64;

/// The rest without what could be read as a filter only now that other words are gone: its words
/// belonged to something else.
pub(crate) fn settled(mut rest: String, scope: &Scope<'_>) -> String {
    for _ in 0..4 {
        let tokens = text::tokens(&rest, scope.amenities.thai());
        if tokens.len() > MOST_SETTLED {
            break;
        }
        let found = resolve(recognise::all(&tokens, scope), tokens.len());
        let new = found.iter().rev().filter(|one| {
            one.draft.as_ref().is_some_and(|draft| {
                let is_hard = draft.strength == Strength::Filter && draft.note.is_none();
                is_hard && !scope.without.contains(&draft.id)
            })
        });
        let spans: Vec<_> = new.map(|one| bytes(&tokens, &one.tokens)).collect();
        if spans.is_empty() {
            break;
        }
        for span in spans {
            rest.replace_range(span, " ");
        }
        rest = rest.split_whitespace().filter(|word| *word != ",").collect::<Vec<_>>().join(" ");
    }
    rest
}

/// The words that are left, in their order.
pub(crate) fn rest(text: &str, tokens: &[Token], found: &[Found]) -> String {
    let mut keep: Vec<bool> = vec![true; tokens.len()];
    let mut is_verbatim: Vec<bool> = vec![false; tokens.len()];
    for one in found {
        let is_expressed = one.draft.as_ref().is_some_and(|draft| {
            draft.strength == Strength::Filter && draft.note != Some(Note::Wider)
        });
        for at in one.tokens.clone() {
            keep[at] = !is_expressed;
            is_verbatim[at] = !is_expressed;
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let filler = vocabulary::FILLERS.find(tokens, at).map(|((), next)| next);
        match filler {
            Some(next)
                if (at..next).all(|at| keep[at] && !is_verbatim[at])
                    && !is_prefix(tokens, next)
                    && !recognise::is_denied(tokens, next)
                    && !is_between_numbers(tokens, at, next) =>
            {
                keep[at..next].fill(false);
                at = next;
            }
            _ => at += 1,
        }
    }
    // A mark means nothing alone; within words ("12/3", "wi-fi") it stays.
    for at in 0..tokens.len() {
        let is_inner = at > 0
            && tokens[at].glued
            && keep[at - 1]
            && tokens.get(at + 1).is_some_and(|next| next.glued && keep[at + 1]);
        if matches!(tokens[at].kind, Kind::Mark(_)) && !is_inner && !is_verbatim[at] {
            keep[at] = false;
        }
    }
    let mut rest = String::new();
    let mut last: Option<usize> = None;
    for at in (0..tokens.len()).filter(|at| keep[*at]) {
        let follows = last.is_some_and(|last| last + 1 == at);
        let is_apart = !follows || !tokens[at].glued;
        if !rest.is_empty() && is_apart {
            // A comma where words are left out: what meets only now must not be read together.
            rest.push_str(if follows { " " } else { ", " });
        }
        rest.push_str(text.get(tokens[at].span.clone()).unwrap_or_default());
        last = Some(at);
    }
    // What is beyond the longest query that is read.
    if let Some(beyond) = tokens.last().and_then(|token| text.get(token.span.end..)) {
        let beyond = beyond.trim();
        if !beyond.is_empty() && !(beyond.chars().all(|c| !c.is_alphanumeric() && !is_thai(c))) {
            rest.push(' ');
            rest.push_str(beyond);
        }
    }
    rest
}

/// "2 and 3" is a range, and "2, 3" are two numbers.
fn is_between_numbers(tokens: &[Token], at: usize, next: usize) -> bool {
    let is_number =
        |token: Option<&Token>| token.is_some_and(|t| matches!(t.kind, Kind::Number(_)));
    is_number(at.checked_sub(1).and_then(|before| tokens.get(before)))
        && is_number(tokens.get(next))
}

/// Whether a Latin word goes on without a blank: the `s` of "s1".
fn is_prefix(tokens: &[Token], next: usize) -> bool {
    let goes_on = tokens.get(next).is_some_and(|t| t.glued && !matches!(t.kind, Kind::Mark(_)));
    goes_on && tokens[next - 1].kind == Kind::Word
}
