//! A column: many values of one plain kind, owned or lying in a mapped file, shared without copying.
//!
//! It knows no file; who maps one hands its bytes in.

use std::ops::Deref;
use std::sync::Arc;

use bytemuck::Pod;

/// Bytes that stay where they are as long as they are held, e.g. a mapped file.
pub trait Held: Send + Sync {
    /// Returns the bytes; always the same ones.
    fn bytes(&self) -> &[u8];
}

/// Values of one kind; a clone shares them.
#[derive(Clone)]
pub struct Column<T> {
    from: From<T>,
}

#[derive(Clone)]
enum From<T> {
    Owned(Arc<[T]>),
    Held {
        bytes: Arc<dyn Held>,
        start: usize,
        n_bytes: usize,
    },
}

impl<T: Pod> Column<T> {
    /// Takes a part of held bytes; `None` if it lies outside, is no whole number of values or is not
    /// aligned for them.
    pub fn held(bytes: Arc<dyn Held>, start: usize, n_bytes: usize) -> Option<Self> {
        let part = bytes.bytes().get(start..start.checked_add(n_bytes)?)?;
        bytemuck::try_cast_slice::<u8, T>(part).ok()?;
        Some(Self {
            from: From::Held {
                bytes,
                start,
                n_bytes,
            },
        })
    }

    /// Returns the values.
    pub fn values(&self) -> &[T] {
        match &self.from {
            From::Owned(values) => values,
            // `held` has checked place and alignment.
            From::Held {
                bytes,
                start,
                n_bytes,
            } => bytes
                .bytes()
                .get(*start..*start + *n_bytes)
                .and_then(|part| bytemuck::try_cast_slice(part).ok())
                .unwrap_or(&[]),
        }
    }
}

impl<T: Pod> std::convert::From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self {
            from: From::Owned(values.into()),
        }
    }
}

impl<T: Pod> Default for Column<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.values()
    }
}

impl<T: Pod> std::fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Column of {}", self.values().len())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    struct Block(Vec<u64>);

    impl Held for Block {
        fn bytes(&self) -> &[u8] {
            bytemuck::cast_slice(&self.0)
        }
    }

    #[test]
    fn a_part_of_held_bytes_is_read_in_place() {
        let block: Arc<dyn Held> = Arc::new(Block(vec![1, 2, 3]));
        let column = Column::<u32>::held(Arc::clone(&block), 8, 16).unwrap();
        assert_eq!(&*column, [2, 0, 3, 0]);
        assert!(Column::<u32>::held(Arc::clone(&block), 6, 8).is_none());
        assert!(Column::<u32>::held(Arc::clone(&block), 8, 6).is_none());
        assert!(Column::<u32>::held(Arc::clone(&block), 16, 16).is_none());
        assert!(Column::<u32>::held(block, usize::MAX, 4).is_none());
        assert_eq!(&*Column::from(vec![5u8, 6]), [5, 6]);
    }
}
