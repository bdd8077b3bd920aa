//! Variants of the ablation and what a training step tells.

/// A column of the ablation (Table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// A0: the base model on unreduced items.
    NoCr,
    /// A1: the base model on reduced items.
    Cr,
    /// A2: trained on reduced items, tested on reduced items.
    CrDpo,
    /// A3: trained on unreduced items, tested on A2's test items.
    DpoOnly,
}

impl Variant {
    /// All variants, A0 to A3.
    pub const ALL: [Self; 4] = [Self::NoCr, Self::Cr, Self::CrDpo, Self::DpoOnly];

    /// Returns the word used on the command line and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoCr => "no-cr",
            Self::Cr => "cr",
            Self::CrDpo => "cr-dpo",
            Self::DpoOnly => "dpo-only",
        }
    }

    /// Reads [`Variant::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.code() == code)
    }

    /// Returns the short name: A0 to A3.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoCr => "A0",
            Self::Cr => "A1",
            Self::CrDpo => "A2",
            Self::DpoOnly => "A3",
        }
    }

    /// Says what it is in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoCr => "without reduction",
            Self::Cr => "reduced",
            Self::CrDpo => "reduced + DPO",
            Self::DpoOnly => "trained on unreduced",
        }
    }

    /// Tells whether something is trained for it.
    pub fn is_trained(self) -> bool {
        matches!(self, Self::CrDpo | Self::DpoOnly)
    }
}

/// What one optimizer step of a preference training tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrainingStep {
    /// Optimizer step, from 1.
    pub step: u32,
    /// Mean loss of the step's pairs, nats.
    pub loss_nats: f64,
    /// β times what training added to the log-probability of the chosen answers, mean.
    pub reward_chosen: f64,
    /// The same of the rejected answers.
    pub reward_rejected: f64,
    /// Share of pairs whose chosen reward is larger.
    pub accuracy_share: f64,
    /// ln π of the chosen answers, mean of sums, nats.
    pub chosen_logp_nats: f64,
    /// ln π of the rejected answers, mean of sums, nats.
    pub rejected_logp_nats: f64,
    /// Euclidean norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// Completion tokens the step has seen.
    pub n_tokens: u64,
}

impl TrainingStep {
    /// Returns the reward margin.
    pub fn margin(&self) -> f64 {
        self.reward_chosen - self.reward_rejected
    }
}

/// Settings of a preference training.
///
/// # Source
/// SPEC 9: the paper's learning rate, epochs and effective batch; `LLaMA-Factory`'s rank, alpha and
/// target layers where the paper is silent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingSettings {
    /// Peak learning rate.
    pub learning_rate: f64,
    /// DPO's β.
    pub beta: f64,
    /// Passes over the training pairs.
    pub n_epochs: u32,
    /// Pairs in an optimizer step.
    pub batch_pairs: usize,
    /// Rank of the adapter.
    pub rank: usize,
    /// Scale of the adapter: α / rank multiplies it.
    pub alpha: f64,
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self {
            learning_rate: 5e-5,
            beta: 0.1,
            n_epochs: 3,
            batch_pairs: 64,
            rank: 8,
            alpha: 16.0,
        }
    }
}
