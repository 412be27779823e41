//! Bodies: as many lines as fit, as lines or as one array, compressed or not.

use crate::config::{HttpBody, HttpCompression};
use crate::shape::Lines;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write as _};

/// Lines that go in one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    text: &'a [u8],
    /// The offset of the first record.
    pub(super) first: i64,
    /// The offset of the last record.
    pub(super) last: i64,
    /// The number of the line behind it.
    pub(super) end: usize,
    /// How many lines it has.
    pub(super) lines: usize,
}

impl<'a> Part<'a> {
    /// The lines from one number on that have at most so many bytes, and one at least; nothing behind the last.
    pub(super) fn cut(lines: &'a Lines, from: usize, most: usize) -> Option<Self> {
        let rest = lines.ends.get(from..)?;
        let first = rest.first()?;
        let start = from
            .checked_sub(1)
            .map_or(0, |before| lines.ends[before].end);
        let fit = rest.partition_point(|line| line.end - start <= most).max(1);
        let last = &rest[fit - 1];
        Some(Self {
            text: &lines.text[start..last.end],
            first: first.offset,
            last: last.offset,
            end: from + fit,
            lines: fit,
        })
    }

    /// Bytes before they are compressed.
    pub(super) const fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The body.
    pub(super) fn body(&self, form: HttpBody, compression: HttpCompression) -> io::Result<Bytes> {
        let plain = match form {
            HttpBody::Lines => self.text.to_vec(),
            HttpBody::Array => self.array(),
        };
        Ok(match compression {
            HttpCompression::None => plain.into(),
            HttpCompression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&plain)?;
                encoder.finish()?.into()
            }
        })
    }

    /// Each line end becomes a comma, and the last one the array's end.
    fn array(&self) -> Vec<u8> {
        let mut array = Vec::with_capacity(self.text.len() + 1);
        array.push(b'[');
        // JSON on one line has no line end within.
        array.extend(self.text.iter().map(|byte| match byte {
            b'\n' => b',',
            byte => *byte,
        }));
        if let Some(last) = array.last_mut() {
            *last = b']';
        }
        array
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Line;
    use std::io::Read as _;

    /// Lines of these lengths, their ends among them, at the offsets 10, 11, ….
    fn lines(lengths: &[usize]) -> Lines {
        let mut lines = Lines::default();
        for (offset, length) in (10..).zip(lengths) {
            lines.text.extend(vec![b'1'; length - 1]);
            lines.text.push(b'\n');
            lines.ends.push(Line {
                offset,
                millis: None,
                label: None,
                end: lines.text.len(),
            });
        }
        lines
    }

    /// First and last offset of all parts.
    fn cuts(lines: &Lines, most: usize) -> Vec<(i64, i64)> {
        let mut cuts = Vec::new();
        let mut from = 0;
        while let Some(part) = Part::cut(lines, from, most) {
            cuts.push((part.first, part.last));
            from = part.end;
        }
        cuts
    }

    #[test]
    fn a_part_is_as_many_lines_as_fit_and_one_at_least() {
        let lines = lines(&[4, 4, 4, 9, 2, 2]);
        assert_eq!(cuts(&lines, 100), [(10, 15)]);
        assert_eq!(cuts(&lines, 8), [(10, 11), (12, 12), (13, 13), (14, 15)]);
        assert_eq!(cuts(&lines, 1).len(), 6);
        assert_eq!(cuts(&Lines::default(), 8), []);
    }

    #[test]
    fn an_array_has_the_same_objects() {
        let lines = lines(&[2, 3]);
        let part = Part::cut(&lines, 0, 100).unwrap();
        let body = |form| part.body(form, HttpCompression::None).unwrap();
        assert_eq!(body(HttpBody::Lines), "1\n11\n");
        assert_eq!(body(HttpBody::Array), "[1,11]");
        let zipped = part.body(HttpBody::Array, HttpCompression::Gzip).unwrap();
        let mut text = String::new();
        #[expect(clippy::disallowed_types, reason = "a test's own text")]
        let mut decoder = flate2::read::MultiGzDecoder::new(zipped.as_ref());
        decoder.read_to_string(&mut text).unwrap();
        assert_eq!(text, "[1,11]");
    }
}
