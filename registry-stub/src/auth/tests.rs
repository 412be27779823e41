//! Signatures, right and wrong; that the AWS SDK agrees is shown in the integration tests.

use axum::http::Request;
use axum::http::request::Parts;
use hmac::Mac;
use jiff::Timestamp;
use runtime::config::{Secret, Value};
use sha2::{Digest, Sha256};

use super::{Authorization, Keys, Refusal, canonical_path, canonical_query, canonical_request};

const NOW: &str = "2026-11-22T05:19:21Z";

fn keys() -> Keys {
    Keys {
        access_key_id: "AKID/WITH/SLASHES".to_owned(),
        secret_access_key: Secret::parse("secret").unwrap(),
    }
}

fn head(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::post("/some/path?b=2&a=1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

const SIGNED: [(&str, &str); 3] = [
    ("host", "localhost"),
    ("x-amz-date", "20261122T051921Z"),
    ("x-amz-target", "AWSGlue.GetSchema"),
];

fn authorization(signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKID/WITH/SLASHES/20261122/eu-west-1/glue/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature={signature}"
    )
}

/// A request that is signed as it should be.
fn signed(body: &[u8]) -> Parts {
    signed_with(&["host", "x-amz-date", "x-amz-target"], body)
}

/// The same with a signature of these headers.
fn signed_with(names: &[&str], body: &[u8]) -> Parts {
    let mut head = head(&SIGNED);
    let digest = hex::encode(Sha256::digest(canonical_request(&head, names, body)));
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n20261122T051921Z\n20261122/eu-west-1/glue/aws4_request\n{digest}"
    );
    let mut with = |signature: &str| {
        let line =
            authorization(signature).replace("host;x-amz-date;x-amz-target", &names.join(";"));
        let line = line.parse().unwrap();
        head.headers.insert("authorization", line);
        head.clone()
    };
    let unsigned = with("00");
    let mac = keys().mac(&Authorization::of(&unsigned.headers).unwrap(), &to_sign);
    with(&hex::encode(mac.finalize().into_bytes()))
}

fn verify(head: &Parts, body: &[u8], now: &str) -> Result<(), Refusal> {
    let region = keys().verify(head, body, now.parse().unwrap())?;
    assert_eq!(region, "eu-west-1");
    Ok(())
}

#[test]
fn a_request_is_accepted_as_it_was_signed_and_no_other() {
    let head = signed(b"{}");
    assert_eq!(verify(&head, b"{}", NOW), Ok(()));
    assert_eq!(verify(&head, b"{ }", NOW), Err(Refusal::Mismatch));
    for (name, value) in [("host", "other"), ("x-amz-target", "AWSGlue.GetRegistry")] {
        let mut changed = head.clone();
        changed.headers.insert(name, value.parse().unwrap());
        assert_eq!(
            verify(&changed, b"{}", NOW),
            Err(Refusal::Mismatch),
            "{name}"
        );
    }
    let mut elsewhere = head.clone();
    elsewhere.uri = "/other?b=2&a=1".parse().unwrap();
    assert_eq!(verify(&elsewhere, b"{}", NOW), Err(Refusal::Mismatch));
    let mut unsigned = head;
    unsigned.headers.insert("x-more", "1".parse().unwrap());
    assert_eq!(verify(&unsigned, b"{}", NOW), Ok(()), "not signed, so free");
}

#[test]
fn the_operation_has_to_be_signed_and_each_parameter_stands_once() {
    let head = signed_with(&["host", "x-amz-date"], b"{}");
    assert_eq!(verify(&head, b"{}", NOW), Err(Refusal::TargetNotSigned));
    let mut twice = signed(b"{}");
    let line = twice.headers["authorization"].to_str().unwrap();
    let other = "AWS4-HMAC-SHA256 Credential=AK/20261122/us-east-1/glue/aws4_request,";
    let line = line.replacen("AWS4-HMAC-SHA256", other, 1).parse().unwrap();
    twice.headers.insert("authorization", line);
    let refused = Err(Refusal::Incomplete("each parameter once"));
    assert_eq!(verify(&twice, b"{}", NOW), refused);
}

#[test]
fn clocks_may_be_five_minutes_apart() {
    let head = signed(b"{}");
    for (now, kind) in [
        ("2026-11-22T05:14:21Z", Ok(())),
        ("2026-11-22T05:24:21Z", Ok(())),
        ("2026-11-22T05:14:20Z", Err("Signature not yet current")),
        ("2026-11-22T05:24:22Z", Err("Signature expired")),
    ] {
        let outcome = verify(&head, b"{}", now);
        let text = outcome.as_ref().err().map(ToString::to_string);
        let told = kind.is_ok() == outcome.is_ok()
            && kind
                .err()
                .is_none_or(|start| text.as_ref().unwrap().starts_with(start));
        assert!(told, "{now}: {text:?}");
    }
    let now: Timestamp = "2026-11-22T05:24:22Z".parse().unwrap();
    let refusal = keys().verify(&head, b"{}", now).unwrap_err();
    assert_eq!(refusal.kind(), "InvalidSignatureException");
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let with = |line: &str| {
        let mut headers = SIGNED.to_vec();
        headers.push(("authorization", line));
        verify(&head(&headers), b"{}", NOW).unwrap_err()
    };
    let whole = authorization("00");
    assert_eq!(verify(&head(&SIGNED), b"{}", NOW), Err(Refusal::Missing));
    for (line, kind) in [
        (String::new(), "IncompleteSignatureException"),
        ("Bearer x".to_owned(), "IncompleteSignatureException"),
        (
            whole.replace("Credential=", "C="),
            "IncompleteSignatureException",
        ),
        (
            whole.replace("SignedHeaders=", "S="),
            "IncompleteSignatureException",
        ),
        (
            whole.replace("Signature=", "S="),
            "IncompleteSignatureException",
        ),
        (
            whole.replace("AKID/WITH/SLASHES/20261122/", ""),
            "IncompleteSignatureException",
        ),
        (
            whole.replace("AKID/", "akid/"),
            "UnrecognizedClientException",
        ),
        (whole.replace("/glue/", "/s3/"), "InvalidSignatureException"),
        (
            whole.replace("eu-west-1", "EU"),
            "InvalidSignatureException",
        ),
        (
            whole.replace("20261122", "20261121"),
            "InvalidSignatureException",
        ),
        (whole.replace("host;", ""), "InvalidSignatureException"),
        (whole.replace("=00", "=zz"), "InvalidSignatureException"),
        (whole.replace("=00", "="), "InvalidSignatureException"),
        (whole.clone(), "InvalidSignatureException"),
    ] {
        assert_eq!(with(&line).kind(), kind, "{line}");
    }
    for date in ["", "now", "20261122", "20261122T051921", "20261322T051921Z"] {
        let headers = [
            ("host", "h"),
            ("x-amz-date", date),
            ("authorization", whole.as_str()),
        ];
        let refusal = verify(&head(&headers), b"{}", NOW).unwrap_err();
        assert_eq!(refusal.kind(), "IncompleteSignatureException", "{date}");
    }
    let headers = [("host", "h"), ("authorization", whole.as_str())];
    let refusal = verify(&head(&headers), b"{}", NOW).unwrap_err();
    assert_eq!(refusal.kind(), "IncompleteSignatureException");
}

#[test]
fn paths_and_parameters_have_one_form() {
    for (path, canonical) in [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("//a/./b/../c", "/a/c"),
        ("/../..", "/"),
        ("/a%20b", "/a%2520b"),
        ("/a~b-c._", "/a~b-c._"),
    ] {
        assert_eq!(canonical_path(path), canonical, "{path}");
    }
    for (uri, canonical) in [("/", ""), ("/?", ""), ("/?b=2&a&c=1=2", "a=&b=2&c=1=2")] {
        assert_eq!(canonical_query(&uri.parse().unwrap()), canonical, "{uri}");
    }
}
