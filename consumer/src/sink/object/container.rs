//! Avro's object container file in memory: a header with the schema, then blocks of records, each compressed by itself.

use crate::config::Compression;
use crate::shape::{write_length, write_long};
use flate2::write::DeflateEncoder;
use std::io::{self, Write as _};
use std::sync::Arc;
use uuid::Uuid;

/// A block is ended at so many bytes, as Java's writer does.
const BLOCK_BYTES: usize = 64_000;
const MAGIC: &[u8] = b"Obj\x01";

/// See the module's words.
pub(super) struct Container {
    schema: Arc<str>,
    compression: Compression,
    /// What each block ends with, and no other file's.
    marker: [u8; 16],
    file: Vec<u8>,
    /// The block in the making.
    block: Vec<u8>,
    records: usize,
}

impl Container {
    pub(super) fn new(schema: &Arc<str>, compression: Compression) -> Self {
        let marker = Uuid::new_v4().into_bytes();
        let codec = match compression {
            Compression::None => "null",
            Compression::Gzip => "deflate",
            Compression::Zstd => "zstandard",
        };
        let entries = [("avro.codec", codec), ("avro.schema", &**schema)];
        let mut file = MAGIC.to_vec();
        write_length(entries.len(), &mut file);
        for text in entries.into_iter().flat_map(|(key, value)| [key, value]) {
            write_length(text.len(), &mut file);
            file.extend_from_slice(text.as_bytes());
        }
        write_long(0, &mut file);
        file.extend_from_slice(&marker);
        Self {
            schema: Arc::clone(schema),
            compression,
            marker,
            file,
            block: Vec::new(),
            records: 0,
        }
    }

    /// Whether it holds records of this schema.
    pub(super) fn is_of(&self, schema: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.schema, schema) || self.schema == *schema
    }

    /// Appends records.
    pub(super) fn append(&mut self, bytes: &[u8], records: usize) -> io::Result<()> {
        self.block.extend_from_slice(bytes);
        self.records += records;
        if self.block.len() >= BLOCK_BYTES {
            self.end_block()?;
        }
        Ok(())
    }

    /// Bytes that it would have if it were closed now, at most.
    pub(super) const fn bytes(&self) -> usize {
        self.file.len() + self.block.len()
    }

    /// Memory that it takes.
    pub(super) const fn memory(&self) -> usize {
        self.file.capacity() + self.block.capacity()
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        if self.records > 0 {
            self.end_block()?;
        }
        Ok(self.file)
    }

    fn end_block(&mut self) -> io::Result<()> {
        let compressed = match self.compression {
            Compression::None => None,
            Compression::Gzip => {
                let level = flate2::Compression::new(super::file::GZIP);
                let mut encoder = DeflateEncoder::new(Vec::new(), level);
                encoder.write_all(&self.block)?;
                Some(encoder.finish()?)
            }
            Compression::Zstd => Some(zstd::bulk::compress(&self.block, super::file::ZSTD)?),
        };
        let block = compressed.as_ref().unwrap_or(&self.block);
        write_length(self.records, &mut self.file);
        write_length(block.len(), &mut self.file);
        self.file.extend_from_slice(block);
        self.file.extend_from_slice(&self.marker);
        self.block.clear();
        self.records = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}"#;

    /// A file of so many records, three of them at a time.
    fn written(compression: Compression, records: usize) -> Vec<u8> {
        let mut container = Container::new(&SCHEMA.into(), compression);
        for at in (0..records).step_by(3) {
            let count = 3.min(records - at);
            let mut bytes = Vec::new();
            for number in at..at + count {
                write_length(number, &mut bytes);
            }
            container.append(&bytes, count).unwrap();
            assert!(container.memory() >= container.bytes());
        }
        container.finish().unwrap()
    }

    #[test]
    fn another_reader_finds_all_records_in_their_order() {
        for compression in [Compression::None, Compression::Gzip] {
            for records in [0, 1, 100_000] {
                let file = written(compression, records);
                let reader = apache_avro::Reader::new(&*file).unwrap();
                let numbers = reader.map(|record| match record.unwrap() {
                    apache_avro::types::Value::Record(fields) => fields[0].1.clone(),
                    other => panic!("{other:?}"),
                });
                let wanted = (0..records)
                    .map(|at| apache_avro::types::Value::Int(i32::try_from(at).unwrap()));
                assert!(numbers.eq(wanted), "{compression:?} {records}");
            }
        }
    }

    #[test]
    fn a_compressed_block_says_what_it_holds_and_ends_with_the_files_marker() {
        let file = written(Compression::Zstd, 50);
        let plain = written(Compression::None, 50);
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains("zstandard") && text.contains(SCHEMA));
        let header = file
            .windows(16)
            .position(|bytes| bytes == &file[file.len() - 16..]);
        let block = &file[header.unwrap() + 16..file.len() - 16];
        assert_eq!(block[0], 100, "50 records");
        assert_eq!(usize::from(block[1]), 2 * (block.len() - 2));
        let records = zstd::bulk::decompress(&block[2..], 1000).unwrap();
        assert_eq!(records, plain[plain.len() - 16 - 50..plain.len() - 16]);
        assert_ne!(file[file.len() - 16..], plain[plain.len() - 16..]);
    }
}
