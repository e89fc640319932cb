//! A reader whose beginning can be looked at before it is read. Knows nothing of what is read.

use std::io::{self, BufRead, Read};

use super::kind::Verdict;

/// Reads `inner`, of which `head` has been looked at.
pub(super) struct Peek<R> {
    head: Vec<u8>,
    at: usize,
    inner: R,
}

impl<R: BufRead> Peek<R> {
    /// Nothing has been looked at yet.
    pub(super) fn new(inner: R) -> Self {
        Self { head: Vec::new(), at: 0, inner }
    }

    /// Looks at more and more of the beginning until `judge` can say something by it, at the latest by `bytes_max` bytes or
    /// by everything there is, of which it learns. Never waits for more than it takes.
    pub(super) fn look<T>(
        &mut self,
        bytes_max: usize,
        judge: impl Fn(&[u8], bool) -> Verdict<T>,
    ) -> io::Result<Verdict<T>> {
        let mut whole = false;
        loop {
            match judge(&self.head, whole) {
                Verdict::Unclear if !whole => {}
                verdict => return Ok(verdict),
            }
            let available = match self.inner.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            let more = available.len().min(bytes_max - self.head.len());
            self.head.extend_from_slice(&available[..more]);
            whole = more == 0 || self.head.len() == bytes_max;
            self.inner.consume(more);
        }
    }
}

impl<R: BufRead> Read for Peek<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Peek<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.head.len() { Ok(&self.head[self.at..]) } else { self.inner.fill_buf() }
    }

    fn consume(&mut self, bytes: usize) {
        if self.at < self.head.len() { self.at += bytes } else { self.inner.consume(bytes) }
    }
}
