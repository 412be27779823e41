//! A broker's side of a SCRAM-SHA-512 login (RFC 5802).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha512};

const SALT: &[u8] = b"salt of a test";
const ROUNDS: u32 = 4096;

/// A login that has begun.
pub(crate) struct Scram {
    /// The first words of both sides, as they are signed.
    words: String,
    nonce: String,
}

impl Scram {
    /// Reads the client's first words, and gives the answer.
    pub(crate) fn begin(said: &str, user: &str) -> Result<(Self, String), String> {
        let bare = said.strip_prefix("n,,").ok_or("no first words")?;
        let named = bare
            .strip_prefix(&format!("n={user},r="))
            .ok_or("another user")?;
        let nonce = format!("{named}broker");
        let answer = format!("r={nonce},s={},i={ROUNDS}", STANDARD.encode(SALT));
        let words = format!("{bare},{answer}");
        Ok((Self { words, nonce }, answer))
    }

    /// Checks the client's proof, and gives ours.
    pub(crate) fn finish(&self, said: &str, password: &str) -> Result<String, String> {
        let (plain, proof) = said.rsplit_once(",p=").ok_or("no proof")?;
        if plain != format!("c=biws,r={}", self.nonce) {
            return Err("another nonce".to_owned());
        }
        let signed = format!("{},{plain}", self.words);
        let salted = salted(password.as_bytes());
        let key = mac(&salted, b"Client Key");
        let signature = mac(&Sha512::digest(&key), signed.as_bytes());
        let wanted: Vec<u8> = key.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        if STANDARD.decode(proof).map_err(|error| error.to_string())? != wanted {
            return Err("another password".to_owned());
        }
        let ours = mac(&mac(&salted, b"Server Key"), signed.as_bytes());
        Ok(format!("v={}", STANDARD.encode(ours)))
    }
}

fn salted(password: &[u8]) -> Vec<u8> {
    let mut last = mac(password, &[SALT, &[0, 0, 0, 1]].concat());
    let mut sum = last.clone();
    for _ in 1..ROUNDS {
        last = mac(password, &last);
        sum.iter_mut()
            .zip(&last)
            .for_each(|(sum, next)| *sum ^= next);
    }
    sum
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
