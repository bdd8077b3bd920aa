//! A dense row-major matrix. It does no algebra; `algo` does.

/// Dense values, row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    n_rows: usize,
    n_cols: usize,
    values: Vec<T>,
}

/// The number of values does not fit the shape.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a {n_rows} × {n_cols} matrix needs {} values, not {n_values}", n_rows * n_cols)]
pub struct ShapeError {
    /// Rows asked for.
    pub n_rows: usize,
    /// Columns asked for.
    pub n_cols: usize,
    /// Values given.
    pub n_values: usize,
}

impl<T: Copy> Matrix<T> {
    /// Makes a matrix of `value`.
    pub fn filled(n_rows: usize, n_cols: usize, value: T) -> Self {
        Self {
            n_rows,
            n_cols,
            values: vec![value; n_rows * n_cols],
        }
    }

    /// Takes values in row-major order.
    ///
    /// # Errors
    /// [`ShapeError`] if their number is not `n_rows × n_cols`.
    pub fn from_values(n_rows: usize, n_cols: usize, values: Vec<T>) -> Result<Self, ShapeError> {
        if n_rows.checked_mul(n_cols) == Some(values.len()) {
            Ok(Self {
                n_rows,
                n_cols,
                values,
            })
        } else {
            Err(ShapeError {
                n_rows,
                n_cols,
                n_values: values.len(),
            })
        }
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns the number of columns.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Returns row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, i: usize) -> &[T] {
        &self.values[i * self.n_cols..(i + 1) * self.n_cols]
    }

    /// Returns row `i` to be written.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.values[i * self.n_cols..(i + 1) * self.n_cols]
    }

    /// Returns all values, row after row.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Returns all values to be written, row after row.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Gives the values away.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// Copies the named rows into a new matrix, in that order.
    ///
    /// # Panics
    /// If a row does not exist.
    #[must_use]
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.n_cols);
        for &i in rows {
            values.extend_from_slice(self.row(i));
        }
        Self {
            n_rows: rows.len(),
            n_cols: self.n_cols,
            values,
        }
    }
}
