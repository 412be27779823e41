//! The records of one request, encoded one behind the other in buffers that are used again for the next request.

/// Records that go together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Where each record's key and value end in them; a record without a key has none.
    ends: Vec<(Option<usize>, usize)>,
}

impl Batch {
    /// Takes all records out, and gives memory beyond `keep` bytes back.
    pub(crate) fn clear(&mut self, keep: usize) {
        self.bytes.clear();
        self.bytes.shrink_to(keep);
        self.ends.clear();
    }

    /// Puts a record at the end.
    pub(crate) fn push(&mut self, key: Option<&[u8]>, value: &[u8]) {
        let key = key.map(|key| {
            self.bytes.extend_from_slice(key);
            self.bytes.len()
        });
        self.bytes.extend_from_slice(value);
        self.ends.push((key, self.bytes.len()));
    }

    /// How many records there are.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all keys and values.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Key and value of each record.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Option<&[u8]>, &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |&(key, end)| {
            let middle = key.unwrap_or(start);
            let record = (
                key.map(|_| &self.bytes[start..middle]),
                &self.bytes[middle..end],
            );
            start = end;
            record
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let mut batch = Batch::default();
        let records: [(Option<&[u8]>, &[u8]); 4] = [
            (None, b"one"),
            (Some(b"key"), b"two"),
            (Some(b""), b""),
            (None, b""),
        ];
        for _ in 0..2 {
            batch.clear(1);
            for (key, value) in records {
                batch.push(key, value);
            }
            assert_eq!(batch.iter().collect::<Vec<_>>(), records);
            assert_eq!((batch.len(), batch.bytes()), (4, 9));
        }
    }
}
