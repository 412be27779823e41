//! What a configuration key may hold, and how it is read and shown.

use super::load::Raw;
use super::units::{self, Rate, Share, Size};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A type that a configuration key can have.
pub trait Value: Sized {
    /// The word for this type in the documentation, such as `duration`.
    const KIND: &'static str;

    /// Reads the value from its text form.
    ///
    /// # Errors
    /// Says what was expected.
    fn parse(text: &str) -> Result<Self, String>;

    /// Writes the value as TOML, so that it reads back.
    fn show(&self) -> String;

    /// Reads the value from a configuration layer.
    ///
    /// # Errors
    /// Says what was expected.
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Scalar(text) => Self::parse(text),
            Raw::List(_) => Err(format!(
                "a list stands where one {} is expected",
                Self::KIND
            )),
        }
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret from elsewhere than a key's value: from a file, say.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for handing on to a client.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Writes a text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Value for String {
    const KIND: &'static str = "text";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        quoted(self)
    }
}

impl Value for Secret {
    const KIND: &'static str = "secret";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        quoted("***")
    }
}

impl Value for PathBuf {
    const KIND: &'static str = "path";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Err("a path is expected, not an empty text".to_owned())
        } else {
            Ok(Self::from(text))
        }
    }

    fn show(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

impl Value for bool {
    const KIND: &'static str = "true or false";

    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(format!("\"{text}\" is neither true nor false")),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl Value for $type {
            const KIND: &'static str = "number";

            fn parse(text: &str) -> Result<Self, String> {
                text.trim().replace('_', "").parse().map_err(|_| format!("\"{text}\" is not a whole number from {} to {}", Self::MIN, Self::MAX))
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
whole_number!(u16, i32, u32, u64, usize);

impl Value for SocketAddr {
    const KIND: &'static str = "address";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.replacen("localhost:", "127.0.0.1:", 1);
        text.parse()
            .map_err(|_| format!("\"{text}\" is not an address such as \"127.0.0.1:9464\""))
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Duration {
    const KIND: &'static str = "duration";

    fn parse(text: &str) -> Result<Self, String> {
        units::parse_duration(text)
    }

    fn show(&self) -> String {
        quoted(&units::show_duration(*self))
    }
}

impl Value for Size {
    const KIND: &'static str = "size";

    fn parse(text: &str) -> Result<Self, String> {
        units::parse_size(text)
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Rate {
    const KIND: &'static str = "rate";

    fn parse(text: &str) -> Result<Self, String> {
        units::parse_rate(text)
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Share {
    const KIND: &'static str = "share";

    fn parse(text: &str) -> Result<Self, String> {
        units::parse_share(text)
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Vec<String> {
    const KIND: &'static str = "list of texts";

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with('[') {
            return super::load::parse_list(text);
        }
        Ok(text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect())
    }

    fn show(&self) -> String {
        format!(
            "[{}]",
            self.iter()
                .map(|item| quoted(item))
                .collect::<Vec<_>>()
                .join(", ")
        )
    }

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Scalar(text) => Self::parse(text),
            Raw::List(items) => Ok(items.clone()),
        }
    }
}

/// Declares an enum whose variants are the words a configuration key accepts.
///
/// ```
/// runtime::choice! {
///     /// Where records come from.
///     pub enum Kind {
///         /// Made up.
///         Orders = "orders",
///         /// Lines of JSON.
///         Ndjson = "ndjson",
///     }
/// }
/// use runtime::config::Value;
/// assert_eq!(Kind::parse("ndjson"), Ok(Kind::Ndjson));
/// assert_eq!(Kind::parse("csv"), Err("\"csv\" is none of: orders, ndjson".to_owned()));
/// ```
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// The word as it stands in a configuration.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl $crate::config::Value for $name {
            const KIND: &'static str = concat!("one of" $(, " `", $text, "`")+);

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("\"{text}\" is none of: {}", [$($text),+].join(", "))),
                }
            }

            fn show(&self) -> String {
                format!("\"{}\"", self.as_str())
            }
        }
    };
}
