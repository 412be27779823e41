//! What stands in place of a masked value: the same for the same text, and of no use to who has not the key.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The digits of a token.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The key that fields are masked with.
#[derive(Clone)]
pub struct MaskKey(Hmac<Sha256>);

impl MaskKey {
    #[expect(clippy::missing_panics_doc, reason = "HMAC takes a key of any length")]
    /// A key of these bytes; who guesses it can tell which values are masked.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// What stands for a text: its HMAC-SHA256 in hex.
    ///
    /// ```
    /// let key = common::view::MaskKey::new(b"key");
    /// let token = key.token(b"The quick brown fox jumps over the lazy dog");
    /// assert_eq!(&token, b"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
    /// ```
    pub fn token(&self, text: &[u8]) -> [u8; 64] {
        let mut mac = self.0.clone();
        mac.update(text);
        let mut token = [0; 64];
        let digits = mac.finalize().into_bytes();
        for (pair, byte) in token.chunks_exact_mut(2).zip(digits) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        token
    }
}

impl fmt::Debug for MaskKey {
    /// Nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskKey").finish_non_exhaustive()
    }
}
