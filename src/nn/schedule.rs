//! How the learning rate rises and falls over a training.

/// Shape of a learning rate over its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Falls in a straight line to 0.
    Linear,
    /// Falls as half a cosine to 0.
    Cosine,
    /// Stays.
    Constant,
}

impl Schedule {
    /// All shapes.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Cosine, Self::Constant];

    /// Returns the word used on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Cosine => "cosine",
            Self::Constant => "constant",
        }
    }

    /// Reads [`Schedule::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Returns the factor on the peak rate at a step: rising over the warm-up, then its shape.
    ///
    /// # Shapes
    /// - `step`: from 0; `n_warmup`, `n_steps`: steps of the warm-up and in all.
    ///
    /// # Source
    /// transformers 4.57 `get_linear_schedule_with_warmup` and its siblings.
    pub fn factor(self, step: u32, n_warmup: u32, n_steps: u32) -> f64 {
        if step < n_warmup {
            return f64::from(step) / f64::from(n_warmup);
        }
        let done = f64::from(step - n_warmup) / f64::from(n_steps.saturating_sub(n_warmup).max(1));
        match self {
            Self::Linear => (1.0 - done).max(0.0),
            Self::Cosine => (0.5 * (1.0 + (std::f64::consts::PI * done).cos())).max(0.0),
            Self::Constant => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_then_falls_to_nothing() {
        for s in Schedule::ALL {
            assert_eq!(Schedule::parse(s.code()), Some(s));
            assert!(s.factor(0, 4, 20) < 1e-12);
            assert!((s.factor(2, 4, 20) - 0.5).abs() < 1e-12);
            assert!((s.factor(4, 4, 20) - 1.0).abs() < 1e-12);
        }
        assert!(Schedule::Linear.factor(20, 4, 20).abs() < 1e-12);
        assert!((Schedule::Linear.factor(12, 4, 20) - 0.5).abs() < 1e-12);
        assert!((Schedule::Cosine.factor(12, 4, 20) - 0.5).abs() < 1e-12);
        assert!((Schedule::Constant.factor(19, 4, 20) - 1.0).abs() < 1e-12);
    }
}
