//! HTML in which every text that is not ours is escaped: markup can only be written in source.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use form_urlencoded::Serializer;

/// What every page is sent with: nothing runs or loads that this server does not serve as a file.
pub const PAGE_HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'self'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
];

/// The stylesheet of all pages, at `/style.css`.
pub const STYLE: &str = include_str!("style.css");

/// Answers with the stylesheet.
pub async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", STYLE)
}

/// A file of ours, which is another one after an upgrade.
pub(super) fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

/// A piece of a page.
#[derive(Clone, Debug, Default)]
pub struct Html(String);

/// What stands around the body of a page.
#[derive(Debug)]
pub struct Frame {
    /// The server's name.
    pub binary: &'static str,
    /// What stands in the page's head beside the stylesheet.
    pub head: &'static str,
    /// Links, and what else there is to press.
    pub navigation: Html,
    /// Links to what is no page, by path and name.
    pub footer: &'static [(&'static str, &'static str)],
}

impl Html {
    /// Writes markup of ours.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Writes a text, escaped for elements and attributes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// An element with a text in it; `tag` may have attributes.
    pub fn element(&mut self, tag: &'static str, text: &str) -> &mut Self {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.raw("<").raw(tag).raw(">").text(text);
        self.raw("</").raw(name).raw(">")
    }

    /// Begins a table whose rows stand one below the other on narrow screens, where the roles keep it a table.
    pub fn open_table(&mut self, caption: &'static str, columns: &[&'static str]) -> &mut Self {
        self.raw("<table class=\"rows\" role=\"table\"><caption>");
        self.raw(caption)
            .raw("</caption><thead role=\"rowgroup\"><tr role=\"row\">");
        for column in columns {
            self.raw("<th role=\"columnheader\" scope=\"col\">");
            self.raw(column).raw("</th>");
        }
        self.raw("</tr></thead><tbody role=\"rowgroup\">")
    }

    /// Ends a table.
    pub fn close_table(&mut self) -> &mut Self {
        self.raw("</tbody></table>")
    }

    /// Begins a row of such a table.
    pub fn open_row(&mut self) -> &mut Self {
        self.raw("<tr role=\"row\">")
    }

    /// Ends a row.
    pub fn close_row(&mut self) -> &mut Self {
        self.raw("</tr>")
    }

    /// A cell of such a table; on narrow screens its label stands before it.
    pub fn cell(&mut self, label: &'static str, text: &str) -> &mut Self {
        self.open_cell(label).text(text).raw("</td>")
    }

    /// Begins a cell with something else than text in it.
    pub fn open_cell(&mut self, label: &'static str) -> &mut Self {
        self.raw("<td role=\"cell\" data-label=\"")
            .raw(label)
            .raw("\">")
    }

    /// A link to a page of ours.
    pub fn link(
        &mut self,
        path: &'static str,
        parameters: &[(&str, &str)],
        text: &str,
    ) -> &mut Self {
        let query = Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        self.raw("<a href=\"").raw(path).raw("?").text(&query);
        self.raw("\">").text(text).raw("</a>")
    }

    /// A choice of a list.
    pub fn option(&mut self, value: &str, text: &str, is_chosen: bool) -> &mut Self {
        self.raw("<option value=\"").text(value).raw("\"");
        self.raw(if is_chosen { " selected>" } else { ">" });
        self.text(text).raw("</option>")
    }

    /// A field that nobody sees.
    pub fn hidden(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw("<input type=\"hidden\" name=\"").raw(name);
        self.raw("\" value=\"").text(value).raw("\">")
    }

    /// Puts another piece behind this one.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// How many bytes there are by now.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// A whole page with a body.
    pub fn page(frame: &Frame, title: &str, body: &Self) -> String {
        let mut page = Self::default();
        page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
            .element("title", title)
            .raw("<link rel=\"stylesheet\" href=\"/style.css\">").raw(frame.head)
            .raw("</head><body><header><a class=\"skip\" href=\"#content\">Skip to the content</a><b>gluestream ")
            .text(frame.binary)
            .raw("</b>")
            .append(&frame.navigation)
            .raw("</header><main id=\"content\">")
            .element("h1", title)
            .append(body)
            .raw("</main><footer>");
        for (path, name) in frame.footer {
            page.raw("<a href=\"").raw(path).raw("\">");
            page.raw(name).raw("</a> ");
        }
        page.raw("</footer></body></html>");
        page.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Html};

    const HOSTILE: &str = "<script>'&\"</script>";
    const ESCAPED: &str = "&lt;script&gt;&#39;&amp;&quot;&lt;/script&gt;";

    #[test]
    fn no_text_becomes_markup() {
        let mut html = Html::default();
        html.text(HOSTILE)
            .element("p class=\"a\"", HOSTILE)
            .cell("a", HOSTILE)
            .option(HOSTILE, HOSTILE, true)
            .hidden("a", HOSTILE)
            .link("/a", &[(HOSTILE, HOSTILE)], HOSTILE);
        let frame = Frame {
            binary: HOSTILE,
            head: "",
            navigation: Html::default(),
            footer: &[],
        };
        let page = Html::page(&frame, HOSTILE, &html);
        assert!(!page.contains("<script"));
        assert_eq!(page.matches(ESCAPED).count(), 10);
    }

    #[test]
    fn names_survive_the_way_through_a_link() {
        let mut html = Html::default();
        html.link("/schema", &[("name", "a#b$c&d=e"), ("r", "ü +")], "x");
        assert_eq!(
            html.0,
            "<a href=\"/schema?name=a%23b%24c%26d%3De&amp;r=%C3%BC+%2B\">x</a>"
        );
    }
}
