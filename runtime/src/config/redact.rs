//! What must never be shown.

/// Whether the value of a key must be hidden: its name speaks of a password, secret, token or key.
///
/// `source.key` lists field names and is no secret.
pub fn is_secret_key(path: &str) -> bool {
    const WORDS: [&str; 5] = ["password", "secret", "token", "credential", "key"];
    let name = path.to_ascii_lowercase();
    // Anything may stand in a header.
    name.contains(".http_headers.")
        || !matches!(name.as_str(), "source.key" | "registry.credentials")
            && WORDS.iter().any(|word| name.contains(word))
}

/// Hides user name and password in a URL.
pub fn mask_user_info(text: &str) -> String {
    let Some(start) = text.find("://").map(|at| at + 3) else {
        return text.to_owned();
    };
    let end = text[start..]
        .find(['/', '?', '#'])
        .map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &text[..start], &text[start + at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for path in [
            "kafka.properties.ssl.key.password",
            "kafka.sasl_password",
            "http.token",
            "sink.hmac_key",
            "kafka.properties.ssl.key.pem",
            "sink.http_headers.x-anything",
        ] {
            assert!(is_secret_key(path), "{path}");
        }
        for path in [
            "source.key",
            "kafka.topic",
            "registry.name",
            "registry.credentials",
        ] {
            assert!(!is_secret_key(path), "{path}");
        }
    }

    #[test]
    fn user_info_is_masked() {
        assert_eq!(
            mask_user_info("http://me:pass@host:1/p"),
            "http://***@host:1/p"
        );
        assert_eq!(mask_user_info("http://host:1/p@q"), "http://host:1/p@q");
        assert_eq!(mask_user_info("a@b"), "a@b");
    }
}
