//! What a view does by a key, as one table per view: its keys, the palette's lines and the list of all
//! keys are made from it, so that none of the three can forget what another has.

use egui::{Context, Key, Modifiers};

use super::Cx;

/// An action of a view with its key.
pub(crate) struct Binding<S: 'static> {
    /// What it does, as the palette lists it, e.g. `Select by a lasso`.
    pub name: &'static str,
    /// The key as people read it, e.g. `Ctrl Enter`.
    pub shown: &'static str,
    /// Keys held with it.
    pub modifiers: Modifiers,
    /// The key.
    pub key: Key,
    /// Does it.
    pub act: fn(&mut S, &Context, &mut Cx<'_>),
}

impl<S> Binding<S> {
    /// Binds a key that is pressed by itself.
    pub(crate) const fn plain(
        name: &'static str,
        shown: &'static str,
        key: Key,
        act: fn(&mut S, &Context, &mut Cx<'_>),
    ) -> Self {
        Self {
            name,
            shown,
            modifiers: Modifiers::NONE,
            key,
            act,
        }
    }
}

/// Does what the pressed keys are bound to.
pub(crate) fn hear<S>(bindings: &[Binding<S>], state: &mut S, ctx: &Context, cx: &mut Cx<'_>) {
    for binding in bindings {
        if ctx.input_mut(|i| i.consume_key(binding.modifiers, binding.key)) {
            (binding.act)(state, ctx, cx);
        }
    }
}
