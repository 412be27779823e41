//! The least that it can be: arrow-avro's decoder over datums in memory, and Parquet's writer over rows that are there.

use crate::bed::{ALL, ORDER, PARTITIONS};
use crate::cpu;
use arrow_array::RecordBatch;
use arrow_avro::reader::{Decoder, DecoderMode, ReaderBuilder};
use arrow_avro::schema::{AvroSchema, Fingerprint, FingerprintAlgorithm, SchemaStore};
use arrow_schema::ArrowError;
use common::wire::HEADER_LEN;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::hint::black_box;
use std::path::Path;

/// Rows that are made at once, as the daemon has them (`sink.batch_records`).
const BATCH: usize = 1000;
/// As the sink has them.
const ZSTD: i32 = 3;
const ROW_GROUP_BYTES: usize = 16 << 20;

/// Makes rows of the datums in frames; gives the nanoseconds a record.
pub(crate) fn decode(frames: &[Vec<u8>]) -> anyhow::Result<f64> {
    // They lie one behind the other, as in the daemon's batches, and no more of them in the processor's cache.
    let arena = frames.concat().repeat(PARTITIONS.unsigned_abs() as usize);
    let mut decoder = decoder()?;
    let before = cpu::own()?;
    let mut rest = &arena[..];
    while !rest.is_empty() {
        for batch in frames.chunks(BATCH) {
            for frame in batch {
                let (frame, behind) = rest.split_at(frame.len());
                let datum = &frame[HEADER_LEN..];
                anyhow::ensure!(
                    decoder.decode(datum)? == datum.len(),
                    "a datum is not whole"
                );
                rest = behind;
            }
            black_box(decoder.flush()?);
        }
    }
    Ok((cpu::own()? - before) / f64::from(ALL))
}

/// As the daemon makes it.
fn decoder() -> Result<Decoder, ArrowError> {
    let only = Fingerprint::Id(0);
    let mut store = SchemaStore::new_with_type(FingerprintAlgorithm::Id);
    store.set(only, AvroSchema::new(ORDER.to_owned()))?;
    ReaderBuilder::new()
        .with_writer_schema_store(store)
        .with_active_fingerprint(only)
        .with_decoder_mode(DecoderMode::UnframedDatum)
        .with_batch_size(BATCH)
        .build_decoder()
}

/// Writes the rows of the daemon's files once more, into memory; gives the nanoseconds a record.
pub(crate) fn write(folder: &Path) -> anyhow::Result<f64> {
    let mut took = 0.0;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let rows = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        let rows = rows.with_batch_size(BATCH).build()?;
        let rows = rows.collect::<Result<Vec<RecordBatch>, _>>()?;
        let before = cpu::own()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD)?))
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), rows[0].schema(), Some(properties))?;
        for batch in &rows {
            writer.write(batch)?;
            if writer.in_progress_size() >= ROW_GROUP_BYTES {
                writer.flush()?;
            }
        }
        black_box(writer.into_inner()?);
        took += cpu::own()? - before;
    }
    Ok(took / f64::from(ALL))
}
