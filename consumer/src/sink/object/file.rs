//! A file that is being written, in memory: lines or Parquet, compressed.

use super::folder::Folder;
use crate::config::{Compression, Format};
use crate::shape::Shape;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as ParquetCompression, GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::{self, Write as _};
use std::sync::Arc;

/// A row group in the making takes memory many times its size in the file; it is ended at so many bytes.
const ROW_GROUP_BYTES: usize = 16 << 20;
/// Quick, and half of what can be gained.
const ZSTD: i32 = 3;
const GZIP: u32 = 6;

/// See the module's words.
pub(super) struct OpenFile {
    pub(super) folder: Folder,
    /// The offset of its first record.
    pub(super) first: i64,
    pub(super) records: usize,
    encoder: Encoder,
}

/// How far back Zstandard looks, as a power of two of bytes: much more costs memory for each file that is open.
const WINDOW_LOG: u32 = 19;
/// Memory of an encoder beside what it has written, about.
const ZSTD_BYTES: usize = 2 << 20;
const GZIP_BYTES: usize = 320 << 10;

enum Encoder {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::Encoder<'static, Vec<u8>>),
    Rows(Box<ArrowWriter<Vec<u8>>>, SchemaRef),
}

impl OpenFile {
    /// Begins a file of lines.
    pub(super) fn of_lines(
        folder: Folder,
        first: i64,
        compression: Compression,
    ) -> io::Result<Self> {
        let encoder = match compression {
            Compression::None => Encoder::Plain(Vec::new()),
            Compression::Gzip => {
                Encoder::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP)))
            }
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD).map_err(unable)?;
                encoder.window_log(WINDOW_LOG).map_err(unable)?;
                Encoder::Zstd(encoder)
            }
        };
        Ok(Self::new(folder, first, encoder))
    }

    /// Begins a file of rows.
    pub(super) fn of_rows(
        folder: Folder,
        first: i64,
        (schema, compression): (SchemaRef, Compression),
    ) -> io::Result<Self> {
        let compression = match compression {
            Compression::None => ParquetCompression::UNCOMPRESSED,
            Compression::Gzip => ParquetCompression::GZIP(GzipLevel::default()),
            Compression::Zstd => {
                ParquetCompression::ZSTD(ZstdLevel::try_new(ZSTD).map_err(broken)?)
            }
        };
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_created_by(concat!("gluestream ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties));
        let writer = Box::new(writer.map_err(broken)?);
        Ok(Self::new(folder, first, Encoder::Rows(writer, schema)))
    }

    fn new(folder: Folder, first: i64, encoder: Encoder) -> Self {
        Self {
            folder,
            first,
            records: 0,
            encoder,
        }
    }

    /// Whether rows of this schema go into it.
    pub(super) fn takes(&self, folder: Folder, schema: Option<&SchemaRef>) -> bool {
        let fits = match (&self.encoder, schema) {
            (Encoder::Rows(_, own), Some(schema)) => Arc::ptr_eq(own, schema) || own == schema,
            (Encoder::Rows(..), None) | (_, Some(_)) => false,
            (_, None) => true,
        };
        fits && self.folder == folder
    }

    /// Appends lines.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain(bytes) => bytes.write_all(lines),
            Encoder::Gzip(encoder) => encoder.write_all(lines).map_err(unable),
            Encoder::Zstd(encoder) => encoder.write_all(lines).map_err(unable),
            Encoder::Rows(..) => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Appends rows.
    pub(super) fn append_rows(&mut self, rows: &RecordBatch) -> io::Result<()> {
        let Encoder::Rows(writer, _) = &mut self.encoder else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        writer.write(rows).map_err(broken)?;
        if writer.in_progress_size() >= ROW_GROUP_BYTES {
            writer.flush().map_err(broken)?;
        }
        Ok(())
    }

    /// Bytes that it would have if it were closed now, about.
    pub(super) fn bytes(&self) -> usize {
        match &self.encoder {
            Encoder::Plain(bytes) => bytes.len(),
            Encoder::Gzip(encoder) => encoder.get_ref().len(),
            Encoder::Zstd(encoder) => encoder.get_ref().len(),
            Encoder::Rows(writer, _) => writer.bytes_written() + writer.in_progress_size(),
        }
    }

    /// Memory that it takes, about.
    pub(super) fn memory(&self) -> usize {
        match &self.encoder {
            Encoder::Rows(writer, _) => writer.bytes_written() + writer.memory_size(),
            Encoder::Plain(bytes) => bytes.capacity(),
            Encoder::Gzip(encoder) => encoder.get_ref().capacity() + GZIP_BYTES,
            Encoder::Zstd(encoder) => encoder.get_ref().capacity() + ZSTD_BYTES,
        }
    }

    /// Ends the file.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        Ok(match self.encoder {
            Encoder::Plain(bytes) => bytes.into(),
            Encoder::Gzip(encoder) => encoder.finish().map_err(unable)?.into(),
            Encoder::Zstd(encoder) => encoder.finish().map_err(unable)?.into(),
            Encoder::Rows(writer, _) => writer.into_inner().map_err(broken)?.into(),
        })
    }
}

/// As [`broken`]: what was taken in part must not be given again.
fn unable(error: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Files are written in memory: what goes wrong there goes wrong each time.
fn broken(error: ParquetError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// The shape of a format's records.
pub(super) const fn shape(format: Format) -> Shape {
    match format {
        Format::Parquet => Shape::Rows,
        Format::Ndjson => Shape::Lines,
    }
}
