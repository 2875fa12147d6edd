//! The brand for machines that read: `/llms.txt` says what there is and where, and every listing is
//! there as Markdown at `/properties/{slug}.md`.
//!
//! They say what the JSON says and nothing more. What people have written is escaped, so that it is
//! text in any reader of Markdown: no picture is fetched for it, and no link of it can be followed.

use std::fmt::Write;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, EntityTag, HeaderValue},
    web,
};
use serde_json::Value;
use terrace_product::Locale;

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
    listings::{
        filters::ListQuery,
        output::PropertyItem,
        read::{LocaleQuery, one_page, public},
    },
    money, notifications,
};

/// Listings that `/llms.txt` names.
const NAMED: u64 = 50;

/// What the brand is, and where a machine finds what.
#[utoipa::path(
    get, path = "/llms.txt", operation_id = "get_llms", tag = "agents",
    params(LocaleQuery),
    responses((status = 200, content_type = "text/plain", body = String), (status = 304)),
    security(()),
)]
pub async fn get_llms(
    query: Query<LocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let asked = ListQuery { limit: Some(NAMED), ..ListQuery::default() };
    let list = one_page(&state, &asked, None, &locale).await?;
    let text = directory(&state, &list.items, &locale).map_err(Error::internal)?;
    let tag = etag::of_bytes(text.as_bytes());
    let told = answer(&request, tag, text, &locale, Reuse::AfterAsking);
    Ok(of_type(told, "text/plain; charset=utf-8"))
}

/// A listing as Markdown, as everyone sees it.
#[utoipa::path(
    get, path = "/properties/{slug}.md", operation_id = "get_property_markdown", tag = "agents",
    params(("slug" = String, Path, description = "Slug or id"), LocaleQuery),
    responses((status = 200, content_type = "text/markdown", body = String), (status = 304)),
    security(()),
)]
pub async fn get_property_markdown(
    slug: web::Path<String>,
    query: Query<LocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let found = public(&state, &slug, &locale).await?;
    let listing: Value = serde_json::from_slice(&found.page.body).map_err(Error::internal)?;
    let text = page(&state, &listing).map_err(Error::internal)?;
    let tag = EntityTag::new_strong(format!("{}-md", found.page.tag.tag()));
    let reuse = if found.is_stale { Reuse::Stale } else { Reuse::AfterAsking };
    Ok(of_type(answer(&request, tag, text, &locale, reuse), "text/markdown; charset=utf-8"))
}

fn of_type(mut response: HttpResponse, media_type: &'static str) -> HttpResponse {
    if response.status().is_success() {
        let media_type = HeaderValue::from_static(media_type);
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    response
}

fn directory(
    state: &State,
    listings: &[PropertyItem],
    locale: &Locale,
) -> Result<String, std::fmt::Error> {
    let profile = &state.profile;
    let api = profile.server.public_url.as_str().trim_end_matches('/');
    let mut out = format!("# {}\n\n", escaped(profile.name.as_str()));
    writeln!(
        out,
        "> {}\n",
        escaped(profile.tagline.get(locale, &profile.locales.default).unwrap_or_default())
    )?;
    let spoken: Vec<&str> = profile.locales.enabled.iter().map(Locale::as_str).collect();
    writeln!(out, "Languages: {}. Add `?locale=` to any address.\n", spoken.join(", "))?;
    out.push_str("## For agents\n\n");
    writeln!(
        out,
        "- [Tools]({api}/mcp): Model Context Protocol, streamable HTTP: search, listing, availability, price, answers"
    )?;
    writeln!(out, "- [Contract]({api}/openapi.json): the whole API, OpenAPI")?;
    writeln!(out, "- [Answers]({api}/api/v1/faqs): questions that the brand answers, JSON\n")?;
    out.push_str("Prices of certain nights come from the tool `quote` alone. Nothing is booked by reading.\n\n");
    out.push_str("## Listings\n\n");
    for item in listings {
        let price = money::written(item.price, &item.currency);
        let per = period(&item.transaction_type);
        let place =
            item.district.iter().chain(&item.province).cloned().collect::<Vec<_>>().join(", ");
        writeln!(
            out,
            "- [{}]({api}/properties/{}.md): {}, {price}{per}, {}",
            escaped(&item.title),
            item.slug,
            escaped(&item.property_type),
            escaped(&place),
        )?;
    }
    writeln!(out, "\nMore: {api}/api/v1/properties")?;
    Ok(out)
}

fn period(transaction_type: &str) -> &'static str {
    match transaction_type {
        "rent" | "lease" => " per month",
        _ => "",
    }
}

fn page(state: &State, listing: &Value) -> Result<String, std::fmt::Error> {
    let text = |name: &str| listing[name].as_str().unwrap_or_default();
    let (currency, slug) = (text("currency"), text("slug"));
    let home = notifications::front_end(&state.profile, &format!("/properties/{slug}"));
    let mut out = format!("# {}\n\n", escaped(text("title")));
    writeln!(out, "- Page: <{home}>")?;
    let mut line = |label: &str, value: Option<String>| match value.filter(|v| !v.is_empty()) {
        Some(value) => writeln!(out, "- {label}: {value}"),
        None => Ok(()),
    };
    line("Id", Some(text("id").to_owned()))?;
    line("Offered for", Some(escaped(text("transaction_type"))))?;
    line("Type", Some(escaped(text("property_type"))))?;
    let price = |value: &Value, per: &str| {
        value.as_i64().map(|amount| format!("{}{per}", money::written(amount, currency)))
    };
    line("Price", price(&listing["price"], period(text("transaction_type"))))?;
    let rental = &listing["rental_details"];
    for (label, name, per) in [
        ("Price of a night", "price_per_night", " per night"),
        ("Price of a week", "price_per_week", " per week"),
        ("Price of a month", "price_per_month", " per month"),
        ("Cleaning", "cleaning_fee", ""),
        ("Deposit", "deposit", ""),
    ] {
        line(label, price(&rental[name], per))?;
    }
    let plain = |value: &Value| match value {
        Value::String(text) => Some(escaped(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(if *truth { "yes" } else { "no" }.to_owned()),
        _ => None,
    };
    for (label, name) in [
        ("Shortest stay, nights", "min_nights"),
        ("Guests", "max_guests"),
        ("Booked at once", "instant_book"),
    ] {
        line(label, plain(&rental[name]))?;
    }
    let specs = &listing["physical_specs"];
    for (label, name) in [
        ("Bedrooms", "bedrooms"),
        ("Bathrooms", "bathrooms"),
        ("Usable area, m²", "area_sqm"),
        ("Floors", "floors"),
        ("Furnished", "furnished"),
        ("Parking spaces", "parking"),
    ] {
        line(label, plain(&specs[name]))?;
    }
    line("Plot", plain(&listing["land"]["text"]))?;
    let place = &listing["location_details"];
    let names = ["address", "subdistrict", "district", "province"].map(|name| plain(&place[name]));
    line("Where", Some(names.into_iter().flatten().collect::<Vec<_>>().join(", ")))?;
    let amenities = listing["amenities"].as_object().into_iter().flat_map(|groups| groups.values());
    let amenities = amenities.filter_map(Value::as_array).flatten().filter_map(plain);
    line("Amenities", Some(amenities.collect::<Vec<_>>().join(", ")))?;
    line("Changed", plain(&listing["updated_at"]))?;
    writeln!(out, "\n## Description\n\nThe advertiser's own words:\n")?;
    for paragraph in text("description").split('\n').map(str::trim).filter(|text| !text.is_empty())
    {
        writeln!(out, "{}\n", escaped(paragraph))?;
    }
    Ok(out)
}

/// Text that is text in every Markdown: on one line, no mark, no tag, no link, no picture.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+'
            | '!' | '|' | '~' | '&' | '@' | ':' | '=' | '$' | '^' => {
                out.push('\\');
                out.push(letter);
            }
            // At the beginning of a line, and in `www.`: a list, a heading, a link.
            '-' | '.'
                if out.is_empty()
                    || out.ends_with("www")
                    || out.ends_with("WWW")
                    || out.chars().all(|l| l.is_ascii_digit()) =>
            {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() || letter.is_whitespace() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::escaped;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever somebody writes is one paragraph that reads as they wrote it.
        #[test]
        fn what_is_escaped_is_text(text in "[ -~]{1,60}|\\PC{1,40}|(www\\.|https?://|!\\[|\\]\\(|<|#|- |1\\. |&amp;|\\|){1,9}") {
            let wanted: String = text.chars().map(|l| if l.is_control() || l.is_whitespace() { ' ' } else { l }).collect();
            prop_assume!(!wanted.trim().is_empty());
            let source = escaped(wanted.trim());
            let mut read = String::new();
            for event in Parser::new_ext(&source, Options::all()) {
                match event {
                    Event::Text(text) => read.push_str(&text),
                    Event::Start(Tag::Paragraph) | Event::End(_) => {}
                    other => prop_assert!(false, "{:?} of {:?}", other, source),
                }
            }
            // Straight quotes and dots may be set in type.
            let letters = |text: &str| text.chars().filter(|l| l.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&read), letters(wanted.trim()));
        }
    }
}
