//! What zstd has compressed, as bytes: frames one after another, as `cat` and parallel compressors leave them.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Decompresses frame by frame. A frame may ask for a window of up to [`ruzstd::decoding::DEFAULT_MAX_WINDOW_SIZE`] bytes, as
/// `zstd` itself allows.
pub(super) struct Frames<R> {
    compressed: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R: BufRead> Frames<R> {
    /// Decompresses `compressed`.
    pub(super) fn new(compressed: R) -> Self {
        Self { compressed, decoder: FrameDecoder::new(), is_in_frame: false }
    }

    /// Begins the next frame; `false` at the end.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.compressed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.compressed) {
                Ok(()) => {
                    self.is_in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.compressed).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(into);
            }
            if self.is_in_frame && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.compressed, one).map_err(io::Error::other)?;
                continue;
            }
            if self.is_in_frame {
                self.is_in_frame = false;
                is_whole(&self.decoder)?;
            }
            if !self.begin()? {
                return Ok(0);
            }
        }
    }
}

fn is_whole(frame: &FrameDecoder) -> io::Result<()> {
    match (frame.get_checksum_from_data(), frame.get_calculated_checksum()) {
        (Some(written), Some(found)) if written != found => {
            Err(io::Error::new(io::ErrorKind::InvalidData, "the compressed data are corrupt: their checksum differs"))
        }
        _ => Ok(()),
    }
}
