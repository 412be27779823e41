//! Tests of the zlib objects, with streams that Java's inflater or deflater has seen.

use proptest::prelude::*;

use super::*;

/// `0a "hello" 0a`, deflated by the JDK.
const HELLO: &[u8] = b"\x78\x9c\xe3\xca\x48\xcd\xc9\xc9\xe7\x02\x00\x08\x92\x02\x29";

fn inflate(stream: &[u8], limit: usize) -> Result<(Vec<u8>, usize), InflateError> {
    let mut out = b"kept".to_vec();
    let result = Inflater::new().append(stream, &mut out, limit);
    match result {
        Ok(trailing) => Ok((out.split_off(4), trailing)),
        Err(error) => {
            assert_eq!(out, b"kept");
            Err(error)
        }
    }
}

#[test]
fn streams_of_all_levels_and_windows_are_read() {
    for stream in [
        HELLO,
        b"\x78\x01\x01\x07\x00\xf8\xff\x0a\x68\x65\x6c\x6c\x6f\x0a\x08\x92\x02\x29",
        b"\x78\x5e\xe3\xca\x48\xcd\xc9\xc9\xe7\x02\x00\x08\x92\x02\x29",
        b"\x78\xda\xe3\xca\x48\xcd\xc9\xc9\xe7\x02\x00\x08\x92\x02\x29",
        b"\x18\xd3\xe3\xca\x48\xcd\xc9\xc9\xe7\x02\x00\x08\x92\x02\x29",
    ] {
        assert_eq!(
            inflate(stream, 7),
            Ok((b"\nhello\n".to_vec(), 0)),
            "{stream:02x?}"
        );
    }
}

#[test]
fn every_truncation_is_an_error_and_ends() {
    for length in 0..HELLO.len() {
        let error = inflate(&HELLO[..length], 100).unwrap_err();
        assert_eq!(error.kind(), Kind::Truncated, "{length} bytes: {error}");
    }
}

#[test]
fn damage_is_named() {
    let damaged = |offset: usize, byte: u8| {
        let mut stream = HELLO.to_vec();
        stream[offset] = byte;
        stream
    };
    for stream in [
        damaged(0, 0x87),
        damaged(4, 0xb7),
        damaged(14, 0xd6),
        b"\x0ahello\x0a".to_vec(),
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xe3\xca\x48\xcd\xc9\xc9\xe7\x02\x00\xb3\x11\xe4\xbe\x07\x00\x00\x00".to_vec(),
        HELLO[2..11].to_vec(),
        b"\x78\x9c\x07".to_vec(),
    ] {
        let error = inflate(&stream, 100).unwrap_err();
        assert_eq!(error.kind(), Kind::Compression, "{stream:02x?}: {error}");
    }
    // FDICT set, check bits right, dictionary id 1.
    assert_eq!(
        inflate(b"\x78\xbb\x00\x00\x00\x01\x03\x00", 100),
        Err(InflateError::Dictionary)
    );
}

#[test]
fn bytes_behind_the_stream_are_counted() {
    assert_eq!(
        inflate(&[HELLO, &[0, 1, 2]].concat(), 100),
        Ok((b"\nhello\n".to_vec(), 3))
    );
    assert_eq!(
        inflate(&[HELLO, HELLO].concat(), 100),
        Ok((b"\nhello\n".to_vec(), HELLO.len()))
    );
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let mut bomb = Vec::new();
    Deflater::default().append(&vec![0; 10_000_000], &mut bomb);
    let mut out = Vec::new();
    let error = Inflater::new()
        .append(&bomb, &mut out, 100_000)
        .unwrap_err();
    assert_eq!(error, InflateError::TooLarge { limit: 100_000 });
    assert!(out.capacity() < 400_000, "{}", out.capacity());
    assert_eq!(
        inflate(&bomb, 10_000_000).map(|(bytes, _)| bytes.len()),
        Ok(10_000_000)
    );
    assert!(inflate(&bomb, 9_999_999).is_err());
    assert_eq!(
        inflate(HELLO, usize::MAX).map(|(bytes, _)| bytes.len()),
        Ok(7)
    );
}

#[test]
fn objects_are_reused_after_errors() {
    let (mut deflater, mut inflater) = (Deflater::default(), Inflater::new());
    for payload in [&b"one"[..], b"", b"two"] {
        let (mut stream, mut back) = (Vec::new(), Vec::new());
        deflater.append(payload, &mut stream);
        assert!(inflater.append(&stream[..5], &mut back, 100).is_err());
        assert_eq!(inflater.append(&stream, &mut back, 100), Ok(0));
        assert_eq!(back, payload);
    }
}

proptest! {
    #[test]
    fn what_is_deflated_inflates(payload in prop::collection::vec(0_u8..4, 0..3000), noise: Vec<u8>) {
        let payload = [payload, noise].concat();
        let mut stream = Vec::new();
        Deflater::default().append(&payload, &mut stream);
        prop_assert_eq!(inflate(&stream, payload.len()), Ok((payload, 0)));
    }

    #[test]
    fn any_bytes_inflate_or_fail(stream: Vec<u8>) {
        let _any = inflate(&[&[0x78, 0x9c], &stream[..]].concat(), 10_000);
    }
}
