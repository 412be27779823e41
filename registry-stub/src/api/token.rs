//! Page tokens: where a list goes on, opaque to clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::ApiError;

/// Makes a token for the list of that name.
pub(crate) fn encode(list: &str, position: Option<String>) -> Option<String> {
    position.map(|position| URL_SAFE_NO_PAD.encode(format!("{list}\n{position}")))
}

/// Reads a token that was made for the list of that name.
pub(crate) fn decode(list: &str, token: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(token) = token else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| ApiError::Token)?;
    let text = String::from_utf8(bytes).map_err(|_| ApiError::Token)?;
    let position = text
        .strip_prefix(list)
        .and_then(|rest| rest.strip_prefix('\n'));
    position
        .map(|position| Some(position.to_owned()))
        .ok_or(ApiError::Token)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn a_token_goes_back_to_its_position() {
        let token = encode("schemas", Some("customer\0orders".to_owned()));
        assert_eq!(
            decode("schemas", token.as_deref()).unwrap().as_deref(),
            Some("customer\0orders")
        );
        assert_eq!(decode("schemas", None).unwrap(), None);
        assert_eq!(encode("schemas", None), None);
    }

    #[test]
    fn a_token_of_another_list_or_no_token_is_refused() {
        let token = encode("schemas", Some("customer".to_owned()));
        assert!(decode("schemas of customer", token.as_deref()).is_err());
        for token in ["", "!", "customer", "c2NoZW1hcw"] {
            assert!(decode("schemas", Some(token)).is_err(), "{token}");
        }
    }
}
