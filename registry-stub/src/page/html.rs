//! HTML in which every text that is not ours is escaped: markup can only be written in this source.

use form_urlencoded::Serializer;

/// A piece of a page.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Writes markup of ours.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Writes a text, escaped for elements and attributes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
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
    pub(super) fn element(&mut self, tag: &'static str, text: &str) -> &mut Self {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.raw("<").raw(tag).raw(">").text(text);
        self.raw("</").raw(name).raw(">")
    }

    /// A cell of a table; on narrow screens its label stands before it.
    pub(super) fn cell(&mut self, label: &'static str, text: &str) -> &mut Self {
        self.open_cell(label).text(text).raw("</td>")
    }

    /// Begins a cell with something else than text in it.
    pub(super) fn open_cell(&mut self, label: &'static str) -> &mut Self {
        self.raw("<td data-label=\"").raw(label).raw("\">")
    }

    /// A link to a page of ours.
    pub(super) fn link(
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
    pub(super) fn option(&mut self, value: &str, text: &str, is_chosen: bool) -> &mut Self {
        self.raw("<option value=\"").text(value).raw("\"");
        self.raw(if is_chosen { " selected>" } else { ">" });
        self.text(text).raw("</option>")
    }

    /// A field that nobody sees.
    pub(super) fn hidden(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw("<input type=\"hidden\" name=\"").raw(name);
        self.raw("\" value=\"").text(value).raw("\">")
    }

    /// Puts another piece behind this one.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// How many bytes there are by now.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// A whole page with a body.
    pub(super) fn page(title: &str, body: &Self) -> String {
        let mut page = Self::default();
        page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
            .element("title", title)
            .raw("<link rel=\"stylesheet\" href=\"/style.css\"></head><body><header><b>gluestream registry-stub</b><nav><a href=\"/\">Registries</a> <a href=\"/calls\">Calls</a> <a href=\"/check\">Check a definition</a></nav></header><main>")
            .element("h1", title)
            .append(body)
            .raw("</main><footer><a href=\"/metrics\">metrics</a> <a href=\"/live\">live</a> <a href=\"/ready\">ready</a> <a href=\"/version\">version</a></footer></body></html>");
        page.0
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

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
        let page = Html::page(HOSTILE, &html);
        assert!(!page.contains("<script"));
        assert_eq!(page.matches(ESCAPED).count(), 9);
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
