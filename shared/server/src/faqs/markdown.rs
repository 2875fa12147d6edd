//! Markdown becomes HTML that can stand in any page.
//!
//! What comes out is written from the parser's events, and only from those that are allowed here: a
//! tag that this module does not let through is never written. HTML within the Markdown is text like
//! any other. A sanitiser behind it would have to find what cannot be there (decision 34).

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html,
};

/// What a link may lead to.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The HTML of an answer. Links open what they say and tell nobody where from; pictures leave
/// their description.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    // Links within which we are: whether each was let through.
    let mut links = Vec::new();
    let events = parse(markdown).filter_map(|event| allowed(event, &mut links));
    html::push_html(&mut out, events);
    out
}

/// The words of an answer, paragraph by paragraph, for searching and for showing a passage.
pub(crate) fn to_paragraphs(markdown: &str) -> Vec<String> {
    let mut paragraphs = Vec::new();
    let mut text = String::new();
    for event in parse(markdown) {
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::Html(piece) | Event::InlineHtml(piece) => text.push_str(&piece),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::TableCell) => text.push_str(" · "),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::TableRow
                | TagEnd::TableHead
                | TagEnd::HtmlBlock,
            ) => {
                let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let whole = whole.trim_end_matches(" ·").to_owned();
                if !whole.is_empty() {
                    paragraphs.push(whole);
                }
                text.clear();
            }
            _ => {}
        }
    }
    paragraphs
}

fn parse(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// What may be written of an event.
fn allowed<'a>(event: Event<'a>, links: &mut Vec<bool>) -> Option<Event<'a>> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            let address = match link_type {
                LinkType::Email => address(&format!("mailto:{dest_url}")),
                _ => address(&dest_url),
            };
            links.push(address.is_some());
            let address = escape(&address?);
            let open = format!("<a href=\"{address}\" rel=\"nofollow noopener noreferrer\">");
            Some(Event::InlineHtml(CowStr::from(open)))
        }
        Event::End(TagEnd::Link) => {
            links.pop()?.then(|| Event::InlineHtml(CowStr::from("</a>".to_owned())))
        }
        // The page has its own headings; an answer's begin below them.
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: lowered(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lowered(level)))),
        Event::Start(Tag::CodeBlock(_)) => {
            Some(Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)))
        }
        Event::Start(
            tag @ (Tag::Paragraph
            | Tag::BlockQuote(_)
            | Tag::List(_)
            | Tag::Item
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough),
        ) => Some(Event::Start(plain(tag))),
        Event::End(
            tag @ (TagEnd::Paragraph
            | TagEnd::BlockQuote(_)
            | TagEnd::CodeBlock
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough),
        ) => Some(Event::End(tag)),
        event @ (Event::Text(_)
        | Event::Code(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule) => Some(event),
        // Pictures, notes, formulas and whatever the parser learns one day.
        _ => None,
    }
}

fn plain(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        // Kinds of quotes are classes in the HTML.
        Tag::BlockQuote(_) => Tag::BlockQuote(None),
        tag => tag,
    }
}

fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 | HeadingLevel::H3 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

/// An address that a link may have: whole, and of a known kind.
fn address(text: &str) -> Option<String> {
    let address = url::Url::parse(text.trim()).ok()?;
    let is_known = SCHEMES.contains(&address.scheme());
    // A name and a password before the host make one site look like another.
    let is_plain = address.username().is_empty() && address.password().is_none();
    (is_known && is_plain).then(|| address.to_string())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every tag that stands in the HTML, whole.
    fn tags(html: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            let tail = &rest[at..];
            let end = tail.find('>').map_or(tail.len(), |end| end + 1);
            found.push(&tail[..end]);
            rest = &tail[end..];
        }
        found
    }

    fn is_harmless(tag: &str) -> bool {
        const BARE: [&str; 22] = [
            "p",
            "strong",
            "em",
            "del",
            "ul",
            "ol",
            "li",
            "blockquote",
            "pre",
            "code",
            "h3",
            "h4",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "br /",
            "hr /",
            "a",
            "/a",
        ];
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        let name = inner.strip_prefix('/').unwrap_or(inner);
        if let Some(link) = inner.strip_prefix("a href=\"") {
            let known = SCHEMES.iter().any(|scheme| link.starts_with(&format!("{scheme}:")));
            return known
                && link.ends_with("\" rel=\"nofollow noopener noreferrer\"")
                && link.matches('"').count() == 3;
        }
        let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        let is_list = |text: &str| {
            text.strip_prefix("ol start=\"")
                .and_then(|text| text.strip_suffix('"'))
                .is_some_and(is_number)
        };
        BARE.contains(&name) && name != "a"
            || inner == "/a"
            || is_list(inner)
            || matches!(
                inner,
                "th style=\"text-align: left\""
                    | "th style=\"text-align: center\""
                    | "th style=\"text-align: right\""
                    | "td style=\"text-align: left\""
                    | "td style=\"text-align: center\""
                    | "td style=\"text-align: right\""
            )
    }

    fn assert_harmless(markdown: &str) {
        let html = to_html(markdown);
        for tag in tags(&html) {
            assert!(is_harmless(tag), "{tag} of {markdown:?}: {html}");
        }
    }

    /// What has got through one sanitiser or another.
    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <b onmouseover=alert(1)>b</b> <svg/onload=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<form action=javascript:alert(1)><input type=submit>",
        "<style>@import 'https://example.com/x.css'</style>",
        "<!-- --><![CDATA[<script>]]><?php ?><!DOCTYPE html>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java\nscript:alert(1))",
        "[a](java&#10;script:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](\u{1}javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:msgbox(1))",
        "[a](file:///etc/passwd)",
        "[a](//example.com/x)",
        "[a](/relative)",
        "[a](https://good.example@evil.example/)",
        "[a](<https://example.com/\"onclick=alert(1)>)",
        "[a](mailto:a\"onclick=alert(1)//@example.com)",
        "[a](<mailto:\"><script>alert(1)</script>>)",
        "[a](tel:+66'onclick='alert(1))",
        "[a](https://example.com \"title\" onclick=alert(1))",
        "[a](https://example.com \"\\\" onclick=alert(1) x=\\\"\")",
        "<javascript:alert(1)>",
        "<https://example.com/?a=<script>>",
        "![x](https://example.com/pixel.png)",
        "![x](javascript:alert(1))",
        "[![x](x.png)](javascript:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "# h {#id .class onclick=alert(1)}",
        "```html onclick=alert(1)\n<script>alert(1)</script>\n```",
        "```\"><script>alert(1)</script>\nx\n```",
        "> [!NOTE]\n> <script>",
        "| a | b |\n|:-:|--:|\n| <script> | [x](javascript:1) |",
        "a[^1]\n\n[^1]: <script>alert(1)</script>",
        "- [ ] <input onfocus=alert(1) autofocus>",
        "$$<script>alert(1)</script>$$",
        "\u{202e}<script>\u{0}alert(1)</script>",
    ];

    #[test]
    fn what_is_hostile_comes_out_harmless() {
        for markdown in HOSTILE {
            assert_harmless(markdown);
        }
    }

    #[test]
    fn what_editors_write_comes_out_as_meant() {
        let markdown = "# Fees\n\nSee **[the page](https://example.com/a?b=1&c=2)** or write to <hello@example.com>.\n\n\
            - one\n- ~~two~~\n\n1. first\n\n| who | pays |\n|---|--:|\n| guest | 100 |\n\n![a pool](x.png) <b>bold</b>";
        let html = to_html(markdown);
        for piece in [
            "<h3>Fees</h3>",
            "<strong><a href=\"https://example.com/a?b=1&amp;c=2\" rel=\"nofollow noopener noreferrer\">the page</a></strong>",
            "<a href=\"mailto:hello@example.com\" rel=\"nofollow noopener noreferrer\">hello@example.com</a>",
            "<li>one</li>",
            "<del>two</del>",
            "<ol>",
            "<th>who</th>",
            "<td style=\"text-align: right\">100</td>",
            "<p>a pool &lt;b&gt;bold&lt;/b&gt;</p>",
        ] {
            assert!(html.contains(piece), "{piece} in {html}");
        }
    }

    #[test]
    fn paragraphs_are_plain_text() {
        let text = to_paragraphs(
            "# Fees\n\nPay *by*\n[card](https://example.com).\n\n- one\n- two\n\n|a|b|\n|-|-|\n|c|d|",
        );
        assert_eq!(text, ["Fees", "Pay by card.", "one", "two", "a · b", "c · d"]);
    }

    proptest! {
        #[test]
        fn no_text_gets_a_tag_through(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(HOSTILE).prop_map(str::to_owned),
                    "[\\[\\]()<>\"'`!#*|:/&;a-z \n\\\\]{0,12}",
                ],
                0..6,
            ),
        ) {
            assert_harmless(&pieces.concat());
        }
    }
}
