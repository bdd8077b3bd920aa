//! Losses of preference training, from log-probabilities of chosen and rejected answers.

use candle_core::Tensor;

use super::error::NnError;
use super::ops;

/// A loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreferenceLoss {
    /// Direct preference optimization.
    Sigmoid,
    /// Identity preference optimization.
    Ipo,
    /// A margin of 1.
    Hinge,
    /// DPO that takes a tenth of the labels for wrong.
    Robust,
    /// Length-normalized, without reference.
    SimPo,
    /// Odds ratio beside the likelihood of the chosen answer, without reference.
    OrPo,
}

/// Share of labels that the robust loss takes for wrong; TRL's example value.
const WRONG_LABELS_SHARE: f64 = 0.1;

/// Target margin of `SimPO` over β, as its authors' code sets it (γ/β = 0.5).
const SIMPO_MARGIN_RATIO: f64 = 0.5;

impl PreferenceLoss {
    /// All losses.
    pub const ALL: [Self; 6] = [
        Self::Sigmoid,
        Self::Ipo,
        Self::Hinge,
        Self::Robust,
        Self::SimPo,
        Self::OrPo,
    ];

    /// Returns the word used on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Ipo => "ipo",
            Self::Hinge => "hinge",
            Self::Robust => "robust",
            Self::SimPo => "simpo",
            Self::OrPo => "orpo",
        }
    }

    /// Reads [`PreferenceLoss::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }
}

/// Log-probabilities of a batch of pairs, one entry per pair, nats.
pub struct PairLogps<'a> {
    /// Sums over the chosen answers' tokens under the model.
    pub chosen: &'a Tensor,
    /// The same of the rejected answers.
    pub rejected: &'a Tensor,
    /// Sums over the chosen answers under the reference.
    pub chosen_reference: &'a Tensor,
    /// The same of the rejected answers.
    pub rejected_reference: &'a Tensor,
    /// Tokens of the chosen answers.
    pub chosen_tokens: &'a Tensor,
    /// Tokens of the rejected answers.
    pub rejected_tokens: &'a Tensor,
}

/// Returns the loss of each pair.
///
/// # Shapes
/// All `b`; returns `b`, nats.
///
/// # Errors
/// [`NnError::Compute`].
///
/// # Source
/// Rafailov et al. 2023 (sigmoid); Azar et al. 2023 (ipo, lengths averaged as in TRL); Zhao et al. 2023
/// (hinge); Chowdhury et al. 2024 (robust); Meng et al. 2024 (simpo); Hong et al. 2024 (orpo).
pub fn pair_losses(kind: PreferenceLoss, beta: f64, p: &PairLogps<'_>) -> Result<Tensor, NnError> {
    let ratio = || -> candle_core::Result<Tensor> {
        (p.chosen - p.chosen_reference)?.sub(&(p.rejected - p.rejected_reference)?)
    };
    let out = match kind {
        PreferenceLoss::Sigmoid => ops::log_sigmoid(&(ratio()? * beta)?)?.neg(),
        PreferenceLoss::Ipo => {
            let chosen = (p.chosen - p.chosen_reference)?.div(p.chosen_tokens)?;
            let rejected = (p.rejected - p.rejected_reference)?.div(p.rejected_tokens)?;
            ((chosen - rejected)? - 1.0 / (2.0 * beta))?.sqr()
        }
        PreferenceLoss::Hinge => ((ratio()? * -beta)? + 1.0)?.relu(),
        PreferenceLoss::Robust => {
            let x = (ratio()? * beta)?;
            let right = (ops::log_sigmoid(&x)? * -(1.0 - WRONG_LABELS_SHARE))?;
            let wrong = (ops::log_sigmoid(&x.neg()?)? * WRONG_LABELS_SHARE)?;
            (right + wrong)? / (1.0 - 2.0 * WRONG_LABELS_SHARE)
        }
        PreferenceLoss::SimPo => {
            let chosen = p.chosen.div(p.chosen_tokens)?;
            let rejected = p.rejected.div(p.rejected_tokens)?;
            let x = (((chosen - rejected)? - SIMPO_MARGIN_RATIO)? * beta)?;
            ops::log_sigmoid(&x)?.neg()
        }
        PreferenceLoss::OrPo => {
            let chosen = p.chosen.div(p.chosen_tokens)?;
            let rejected = p.rejected.div(p.rejected_tokens)?;
            // ln odds = ln p − ln(1 − p).
            let odds = |logp: &Tensor| -> candle_core::Result<Tensor> {
                logp - (logp.exp()?.neg()? + 1.0)?.log()?
            };
            let ratio = ops::log_sigmoid(&(odds(&chosen)? - odds(&rejected)?)?)?;
            chosen.neg()? - (ratio * beta)?
        }
    };
    Ok(out?)
}
