//! What a broker does with a token: recomputes its signature, written from the description of Signature Version 4.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Whom a broker believes.
#[derive(Clone, Debug)]
pub(crate) struct Trusted {
    pub(crate) region: &'static str,
    pub(crate) access_key: &'static str,
    pub(crate) secret_key: &'static str,
    /// How far the broker's clock is ahead.
    pub(crate) ahead: Duration,
}

/// Checks a token.
pub(crate) fn verify(token: &str, trusted: &Trusted, now: SystemTime) -> Result<(), String> {
    let url = URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|error| error.to_string())?;
    let url = String::from_utf8(url).map_err(|error| error.to_string())?;
    let (host, query) = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once("/?"))
        .ok_or("no URL")?;
    // In the order of their names, each escaped as it came.
    let mut pairs: BTreeMap<&str, &str> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    pairs.remove("User-Agent").ok_or("no user agent")?;
    let signature = pairs.remove("X-Amz-Signature").ok_or("no signature")?;
    let value = |name: &str| pairs.get(name).copied().unwrap_or_default();
    let stamp = value("X-Amz-Date");
    let region = trusted.region;
    let day = stamp.get(..8).ok_or("no date")?;
    let scope = format!("{day}/{region}/kafka-cluster/aws4_request");
    let wanted = [
        ("Action", "kafka-cluster%3AConnect".to_owned()),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("X-Amz-Expires", "900".to_owned()),
        ("X-Amz-SignedHeaders", "host".to_owned()),
        (
            "X-Amz-Credential",
            format!("{}%2F{}", trusted.access_key, scope.replace('/', "%2F")),
        ),
    ];
    for (name, wanted) in wanted {
        if value(name) != wanted {
            return Err(format!("{name} is {}", value(name)));
        }
    }
    if host != format!("kafka.{region}.amazonaws.com") {
        return Err(format!("signed for {host}"));
    }
    let age = seconds(now + trusted.ahead) - seconds_of(stamp)?;
    if !(-300..900).contains(&age) {
        return Err(format!("{age} s old"));
    }
    let query: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = format!(
        "GET\n/\n{}\nhost:{host}\n\nhost\n{}",
        query.join("&"),
        hex::encode(Sha256::digest(b""))
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        hex::encode(Sha256::digest(request))
    );
    if signed(trusted, day, &text) == signature {
        Ok(())
    } else {
        Err("the signature is another".to_owned())
    }
}

fn signed(trusted: &Trusted, day: &str, text: &str) -> String {
    let mut key = format!("AWS4{}", trusted.secret_key).into_bytes();
    for part in [day, trusted.region, "kafka-cluster", "aws4_request", text] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        mac.update(part.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    hex::encode(key)
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Seconds since 1970 of `20230824T190330Z`.
fn seconds_of(stamp: &str) -> Result<i64, String> {
    let number = |range: std::ops::Range<usize>| -> Result<i64, String> {
        let digits = stamp.get(range).ok_or("a short date")?;
        digits.parse().map_err(|_| format!("the date {stamp}"))
    };
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    // Years that begin in March, so that a leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    Ok(days * 86_400 + number(9..11)? * 3600 + number(11..13)? * 60 + number(13..15)?)
}
