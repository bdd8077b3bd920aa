//! Content hashes: the same content gives the same text of 64 hexadecimal digits everywhere.

/// Collects fields into one content hash.
///
/// Every field is written with its length, so that `("ab", "c")` and `("a", "bc")` differ.
#[derive(Clone, Default)]
pub struct ContentHasher {
    inner: blake3::Hasher,
}

impl ContentHasher {
    /// Starts an empty hash.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes as one field.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.inner.update(&(bytes.len() as u64).to_le_bytes());
        self.inner.update(bytes);
        self
    }

    /// Adds text as one field.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a whole number as one field.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Adds a real number, by its bits, as one field.
    pub fn real(&mut self, value: f64) -> &mut Self {
        self.bytes(&value.to_bits().to_le_bytes())
    }

    /// Returns the hash as hexadecimal text.
    pub fn finish(&self) -> String {
        self.inner.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_together() {
        let a = ContentHasher::new().text("ab").text("c").finish();
        let b = ContentHasher::new().text("a").text("bc").finish();
        assert_ne!(a, b);
    }
}
