//! `POST /alerts/unsubscribe/{token}`: no more of these letters.
//!
//! The address stands in each letter's `List-Unsubscribe` (RFC 8058): a mail program posts to it
//! when its owner says so, without anybody signing in. Looking at it changes nothing, because
//! mail programs look at links by themselves. The token says whose letters and which; it never
//! ends, because letters are kept.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    http::observe::RequestId,
    visitors::{Purpose, Signer},
};

/// Where it is; the token follows.
pub(super) const PATH: &str = "/api/v1/alerts/unsubscribe/";

/// Which letters a link ends: those that the letter is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything.
    All,
    /// Those of one search.
    Search(Uuid),
    /// Those about favourites.
    Favourites,
}

impl Scope {
    /// What a letter about alerts of these searches is of; none stands for favourites.
    pub(super) fn of(mut sources: impl Iterator<Item = Option<Uuid>>) -> Self {
        let first = sources.next().flatten();
        match first {
            _ if !sources.all(|source| source == first) => Self::All,
            Some(search) => Self::Search(search),
            None => Self::Favourites,
        }
    }
}

/// Whose, which, and of which search.
const LENGTH: usize = 33;

pub(super) fn token(signer: &Signer, user: Uuid, scope: Scope) -> String {
    let (kind, search) = match scope {
        Scope::All => (0, Uuid::nil()),
        Scope::Search(id) => (1, id),
        Scope::Favourites => (2, Uuid::nil()),
    };
    let payload = [user.as_bytes().as_slice(), &[kind], search.as_bytes()].concat();
    signer.seal(Purpose::Unsubscribe, &payload)
}

fn read(signer: &Signer, token: &str) -> Option<(Uuid, Scope)> {
    let payload: [u8; LENGTH] = signer.open(Purpose::Unsubscribe, token)?;
    let user = Uuid::from_slice(&payload[..16]).ok()?;
    let scope = match payload[16] {
        0 => Scope::All,
        1 => Scope::Search(Uuid::from_slice(&payload[17..]).ok()?),
        2 => Scope::Favourites,
        _ => return None,
    };
    Some((user, scope))
}

/// Ends the letters that a link is for. The body, which mail programs send, does not matter.
#[utoipa::path(
    post, path = "/api/v1/alerts/unsubscribe/{token}", operation_id = "unsubscribe_alerts", tag = "lists",
    params(("token" = String, Path, description = "As the letter has it")),
    responses((status = 204)),
    security(()),
)]
pub async fn unsubscribe_alerts(
    token: web::Path<String>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    // The searches stay; what is waiting to be sent is not sent. A visitor's lists know no letters.
    const SEARCHES: &str = "UPDATE saved_searches SET notify = 'never' \
        WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND notify <> 'never'";
    const FAVOURITES: &str =
        "UPDATE favourites SET notify_price_drop = false WHERE user_id = $1 AND notify_price_drop";
    const WAITING: &str = "UPDATE alerts SET deliver = 'never' \
        WHERE user_id = $1 AND sent_at IS NULL AND deliver <> 'never' AND ($2::uuid IS NULL OR saved_search_id = $2)";
    let (user, scope) =
        read(&state.signer, &token).ok_or_else(|| Error::not_found("subscription"))?;
    let mut steps = Vec::new();
    match scope {
        Scope::Search(id) => {
            for sql in [SEARCHES, WAITING] {
                steps.push(statement(sql, [user.into(), id.into()]));
            }
        }
        Scope::Favourites => steps.push(statement(FAVOURITES, [user.into()])),
        Scope::All => {
            steps.push(statement(FAVOURITES, [user.into()]));
            for sql in [SEARCHES, WAITING] {
                steps.push(statement(sql, [user.into(), Option::<Uuid>::None.into()]));
            }
        }
    }
    let context = Context {
        user_id: Some(user),
        is_background: false,
        ..Context::system(RequestId::of(&request))
    };
    state
        .db
        .tx(context, move |tx| {
            let steps = steps.clone();
            Box::pin(async move {
                for step in steps {
                    tx.execute_raw(step).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_letter_of_one_thing_ends_that_alone() {
        let (one, other) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        assert_eq!(Scope::of([Some(one), Some(one)].into_iter()), Scope::Search(one));
        assert_eq!(Scope::of([Some(one), Some(other)].into_iter()), Scope::All);
        assert_eq!(Scope::of([None, None].into_iter()), Scope::Favourites);
        assert_eq!(Scope::of([None, Some(one)].into_iter()), Scope::All);
    }
}
