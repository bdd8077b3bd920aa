//! `AdamW` with moments that can be stored and taken up again.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use super::error::NnError;

/// Settings of the optimizer; the learning rate comes with each step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamSettings {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Keeps the division finite.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Longest gradient; a longer one is shortened to it.
    pub max_gradient_norm: f64,
}

impl Default for AdamSettings {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            max_gradient_norm: 1.0,
        }
    }
}

/// Gradients summed over the parts of a batch, in the order of the variables.
pub struct GradientSum {
    sums: Vec<Option<Tensor>>,
}

impl GradientSum {
    /// Begins with nothing for `n` variables.
    pub fn new(n: usize) -> Self {
        Self {
            sums: (0..n).map(|_| None).collect(),
        }
    }

    /// Adds the gradients of one part.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub fn add(&mut self, vars: &[(String, &Var)], grads: &GradStore) -> Result<(), NnError> {
        for ((_, var), slot) in vars.iter().zip(&mut self.sums) {
            if let Some(grad) = grads.get(var.as_tensor()) {
                // Detached: the sum outlives the part's graph.
                let grad = grad.detach();
                *slot = Some(match slot.take() {
                    Some(sum) => (sum + grad)?.detach(),
                    None => grad,
                });
            }
        }
        Ok(())
    }

    /// Returns the summed gradient of each variable, `None` where none came.
    pub fn gradients(&self) -> &[Option<Tensor>] {
        &self.sums
    }
}

/// The optimizer: two moments per variable and the number of steps taken.
pub struct AdamW {
    settings: AdamSettings,
    n_steps: u32,
    moments: Vec<(Tensor, Tensor)>,
}

impl AdamW {
    /// Begins with empty moments for the variables.
    ///
    /// # Errors
    /// [`NnError::Compute`].
    pub fn new(vars: &[(String, &Var)], settings: AdamSettings) -> Result<Self, NnError> {
        let mut moments = Vec::with_capacity(vars.len());
        for (_, var) in vars {
            moments.push((var.zeros_like()?, var.zeros_like()?));
        }
        Ok(Self {
            settings,
            n_steps: 0,
            moments,
        })
    }

    /// Changes the variables by one step and returns the gradient's norm before it was shortened.
    ///
    /// # Errors
    /// [`NnError::Diverged`] if the gradient is not finite, before anything is changed.
    ///
    /// # Source
    /// Loshchilov and Hutter 2019; equals `PyTorch` 2.9 `AdamW` after `clip_grad_norm_`.
    pub fn step(
        &mut self,
        vars: &[(String, &Var)],
        gradients: &GradientSum,
        learning_rate: f64,
    ) -> Result<f64, NnError> {
        let s = self.settings;
        let mut square_sum = 0.0;
        for grad in gradients.gradients().iter().flatten() {
            square_sum += f64::from(grad.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        let norm = square_sum.sqrt();
        if !norm.is_finite() {
            return Err(NnError::Diverged {
                step: self.n_steps + 1,
            });
        }
        let shorten = if norm > s.max_gradient_norm {
            s.max_gradient_norm / (norm + 1e-6)
        } else {
            1.0
        };
        self.n_steps += 1;
        let t = f64::from(self.n_steps);
        let (fix1, fix2) = (1.0 - s.beta1.powf(t), 1.0 - s.beta2.powf(t));
        for (((_, var), grad), (first, second)) in vars
            .iter()
            .zip(gradients.gradients())
            .zip(&mut self.moments)
        {
            let Some(grad) = grad else { continue };
            let grad = (grad * shorten)?;
            let m = ((&*first * s.beta1)? + (&grad * (1.0 - s.beta1))?)?;
            let v = ((&*second * s.beta2)? + (grad.sqr()? * (1.0 - s.beta2))?)?;
            let step = (&m / fix1)?.div(&((&v / fix2)?.sqrt()? + s.epsilon)?)?;
            let kept = (var.as_tensor() * (1.0 - learning_rate * s.weight_decay))?;
            var.set(&(kept - (step * learning_rate)?)?.detach())?;
            *first = m.detach();
            *second = v.detach();
        }
        Ok(norm)
    }

    /// Returns the number of steps taken.
    pub fn n_steps(&self) -> u32 {
        self.n_steps
    }

    /// Returns the moments by name, for a checkpoint.
    pub(super) fn state(&self, vars: &[(String, &Var)]) -> BTreeMap<String, Tensor> {
        let mut out = BTreeMap::new();
        for ((name, _), (first, second)) in vars.iter().zip(&self.moments) {
            out.insert(format!("first.{name}"), first.clone());
            out.insert(format!("second.{name}"), second.clone());
        }
        out
    }

    /// Takes moments up again.
    ///
    /// # Errors
    /// That of `take`.
    pub(super) fn restore(
        &mut self,
        vars: &[(String, &Var)],
        n_steps: u32,
        mut take: impl FnMut(&str, &[usize]) -> Result<Tensor, NnError>,
    ) -> Result<(), NnError> {
        for ((name, var), (first, second)) in vars.iter().zip(&mut self.moments) {
            *first = take(&format!("first.{name}"), var.dims())?;
            *second = take(&format!("second.{name}"), var.dims())?;
        }
        self.n_steps = n_steps;
        Ok(())
    }
}
