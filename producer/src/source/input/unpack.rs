//! Reads through gzip and Zstandard, which are told by a file's first bytes.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::os::unix::fs::FileExt as _;

use zstd::stream::read::Decoder;

/// A Zstandard frame may look back 2 to the power of this many bytes: 128 MiB, what `zstd --long` needs.
const WINDOW_LOG: u32 = 27;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Whether a file's first bytes are those of a packed one.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn is_packed(file: &File) -> io::Result<bool> {
    let mut first = [0; ZSTD.len()];
    let count = file.read_at(&mut first, 0)?;
    let first = &first[..count];
    Ok(first.starts_with(GZIP) || first.starts_with(ZSTD))
}

/// The content of an input, packed or not.
///
/// # Errors
/// When its first bytes cannot be read.
#[expect(
    clippy::disallowed_types,
    reason = "a chunk is read at a time, and a line has its own limit: nothing grows with what is inflated"
)]
pub(crate) fn unpacked(mut input: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    let first = first_bytes(&mut input)?;
    let (is_gzip, is_zstd) = (first.starts_with(GZIP), first.starts_with(ZSTD));
    let whole = Cursor::new(first).chain(input);
    if is_gzip {
        return Ok(Box::new(flate2::read::MultiGzDecoder::new(whole)));
    }
    if is_zstd {
        let mut decoder = Decoder::new(whole)?;
        decoder.window_log_max(WINDOW_LOG)?;
        return Ok(Box::new(decoder));
    }
    Ok(Box::new(whole))
}

/// Whether an error is about what was packed, and not about reading it.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => true,
        _ => matches!(error.get_ref(), Some(inner) if inner.is::<zstd::Error>()),
    }
}

/// As many bytes as it takes to tell; nobody waits for more where the first ones tell it.
fn first_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    let begins = |magic: &[u8], first: &[u8]| first.len() < magic.len() && magic.starts_with(first);
    while begins(GZIP, &first) || begins(ZSTD, &first) {
        let mut next = [0];
        match input.read(&mut next) {
            Ok(0) => break,
            Ok(_) => first.push(next[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 3).unwrap()
    }

    /// Gives a byte at a time.
    struct Drips(Cursor<Vec<u8>>);

    impl Read for Drips {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = into.len().min(1);
            self.0.read(&mut into[..length])
        }
    }

    fn content(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        unpacked(Box::new(Drips(Cursor::new(bytes.to_vec()))))?.read_to_end(&mut all)?;
        Ok(all)
    }

    fn noise() -> Vec<u8> {
        (0..300_000_u32)
            .flat_map(|number| (number.wrapping_mul(2_654_435_761) >> 16).to_le_bytes())
            .collect()
    }

    #[test]
    fn content_is_what_was_packed_in_one_piece_or_in_several() {
        let noise = noise();
        for text in [&b""[..], b"{}\n", &noise] {
            let twice = [text, text].concat();
            assert!(content(text).unwrap() == text);
            for pack in [gzip, zst] {
                assert!(content(&pack(text)).unwrap() == text);
                assert!(content(&[pack(text), pack(text)].concat()).unwrap() == twice);
            }
        }
        let short = [&b"\x1f"[..], b"\x28\xb5\x2f", b"\x28\xb5{"];
        assert!(short.iter().all(|text| content(text).unwrap() == *text));
    }

    #[test]
    fn what_is_cut_or_damaged_is_an_error_and_no_end() {
        for pack in [gzip, zst] {
            let packed = pack(&noise());
            for cut in [packed.len() - 1, packed.len() / 2, 9] {
                let error = content(&packed[..cut]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "cut behind {cut}");
            }
            let mut damaged = packed;
            // Behind what tells the one from the other: the first block.
            damaged[6..20].fill(0xff);
            assert!(is_damage(&content(&damaged).unwrap_err()));
        }
    }

    #[test]
    fn a_frame_that_looks_back_too_far_is_refused() {
        // A header that asks for a window of 2 GiB.
        let header = [ZSTD, &[0x00, 21 << 3]].concat();
        let error = content(&[&header[..], &[1, 0, 0]].concat()).unwrap_err();
        assert!(is_damage(&error), "{error}");
    }

    #[test]
    fn files_are_told_by_their_content() {
        for (bytes, expected) in [
            (gzip(b"x"), true),
            (zst(b"x"), true),
            (b"{}".to_vec(), false),
            (Vec::new(), false),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            assert_eq!(is_packed(&file).unwrap(), expected);
        }
    }
}
