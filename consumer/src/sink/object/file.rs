//! A file that is being written, in memory: lines, Parquet or Avro, compressed.

use super::container::Container;
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
pub(super) const ZSTD: i32 = 3;
pub(super) const GZIP: u32 = 6;

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
    Datums(Box<Container>),
}

/// What is in a file. Records of different kinds go into different files.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    Lines,
    /// Rows of this schema.
    Rows(&'a SchemaRef),
    /// Records of this schema.
    Datums(&'a Arc<str>),
}

impl OpenFile {
    /// Begins a file.
    pub(super) fn begin(
        folder: Folder,
        first: i64,
        (kind, compression): (Kind<'_>, Compression),
    ) -> io::Result<Self> {
        let encoder = match kind {
            Kind::Lines => lines(compression)?,
            Kind::Rows(schema) => rows(schema, compression)?,
            Kind::Datums(schema) => Encoder::Datums(Box::new(Container::new(schema, compression))),
        };
        Ok(Self {
            folder,
            first,
            records: 0,
            encoder,
        })
    }

    /// Whether records of this kind go into it.
    pub(super) fn takes(&self, folder: &Folder, kind: Kind<'_>) -> bool {
        let fits = match (&self.encoder, kind) {
            (Encoder::Rows(_, own), Kind::Rows(schema)) => {
                Arc::ptr_eq(own, schema) || own == schema
            }
            (Encoder::Datums(container), Kind::Datums(schema)) => container.is_of(schema),
            (Encoder::Plain(_) | Encoder::Gzip(_) | Encoder::Zstd(_), Kind::Lines) => true,
            _ => false,
        };
        fits && self.folder == *folder
    }

    /// Appends so many lines, or records that stand one after the other as lines do.
    pub(super) fn append(&mut self, bytes: &[u8], records: usize) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain(lines) => lines.write_all(bytes)?,
            Encoder::Gzip(encoder) => encoder.write_all(bytes).map_err(unable)?,
            Encoder::Zstd(encoder) => encoder.write_all(bytes).map_err(unable)?,
            Encoder::Datums(container) => container.append(bytes, records).map_err(unable)?,
            Encoder::Rows(..) => return Err(io::ErrorKind::InvalidData.into()),
        }
        self.records += records;
        Ok(())
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
        self.records += rows.num_rows();
        Ok(())
    }

    /// Bytes that it would have if it were closed now, about.
    pub(super) fn bytes(&self) -> usize {
        match &self.encoder {
            Encoder::Plain(bytes) => bytes.len(),
            Encoder::Gzip(encoder) => encoder.get_ref().len(),
            Encoder::Zstd(encoder) => encoder.get_ref().len(),
            Encoder::Rows(writer, _) => writer.bytes_written() + writer.in_progress_size(),
            Encoder::Datums(container) => container.bytes(),
        }
    }

    /// Memory that it takes, about.
    pub(super) fn memory(&self) -> usize {
        match &self.encoder {
            Encoder::Rows(writer, _) => writer.bytes_written() + writer.memory_size(),
            Encoder::Datums(container) => container.memory(),
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
            Encoder::Datums(container) => container.finish().map_err(unable)?.into(),
        })
    }
}

fn lines(compression: Compression) -> io::Result<Encoder> {
    Ok(match compression {
        Compression::None => Encoder::Plain(Vec::new()),
        Compression::Gzip => {
            Encoder::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP)))
        }
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD).map_err(unable)?;
            encoder.window_log(WINDOW_LOG).map_err(unable)?;
            Encoder::Zstd(encoder)
        }
    })
}

fn rows(schema: &SchemaRef, compression: Compression) -> io::Result<Encoder> {
    let compression = match compression {
        Compression::None => ParquetCompression::UNCOMPRESSED,
        Compression::Gzip => ParquetCompression::GZIP(GzipLevel::default()),
        Compression::Zstd => ParquetCompression::ZSTD(ZstdLevel::try_new(ZSTD).map_err(broken)?),
    };
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_created_by(concat!("gluestream ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties));
    let writer = Box::new(writer.map_err(broken)?);
    Ok(Encoder::Rows(writer, Arc::clone(schema)))
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
        Format::Avro => Shape::Datums,
        Format::Ndjson => Shape::Lines,
    }
}
