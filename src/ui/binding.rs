//! What can be done in a place of the window, as one table per place: its keys, the palette's lines and
//! the list of all keys are made from it, so that none of the three can forget what another has.

use egui::{Context, Event, Key, Modifiers};

use super::Cx;

/// An action of a place, with its key where it has one.
pub(crate) struct Binding<S: 'static> {
    /// What it does, as the palette lists it, e.g. `Select by a lasso`.
    name: &'static str,
    /// The key as people read it, e.g. `Ctrl Enter`; empty where there is none.
    shown: &'static str,
    key: Option<(Modifiers, Key)>,
    /// Another key that does the same.
    also: Option<(Modifiers, Key)>,
    /// Whether a key that is held does it again and again.
    repeats: bool,
    /// Whether it works now.
    when: fn(&S, &Cx<'_>) -> bool,
    /// Whether the palette lists it, where that is asked beside `when`.
    listed: fn(&S, &Cx<'_>) -> bool,
    /// A name that says more, where the project has one.
    named: Option<fn(&Cx<'_>) -> Option<String>>,
    act: fn(&mut S, &Context, &mut Cx<'_>),
}

/// Both held, as for doing a step again.
pub(crate) const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

fn always<S>(_: &S, _: &Cx<'_>) -> bool {
    true
}

impl<S> Binding<S> {
    /// Names an action that has no key.
    pub(crate) const fn unbound(
        name: &'static str,
        act: fn(&mut S, &Context, &mut Cx<'_>),
    ) -> Self {
        Self {
            name,
            shown: "",
            key: None,
            also: None,
            repeats: true,
            when: always::<S>,
            listed: always::<S>,
            named: None,
            act,
        }
    }

    /// Binds a key that is pressed by itself.
    pub(crate) const fn plain(
        name: &'static str,
        shown: &'static str,
        key: Key,
        act: fn(&mut S, &Context, &mut Cx<'_>),
    ) -> Self {
        Self::held(name, shown, Modifiers::NONE, key, act)
    }

    /// Binds a key that is pressed while others are held.
    pub(crate) const fn held(
        name: &'static str,
        shown: &'static str,
        modifiers: Modifiers,
        key: Key,
        act: fn(&mut S, &Context, &mut Cx<'_>),
    ) -> Self {
        Self {
            shown,
            key: Some((modifiers, key)),
            ..Self::unbound(name, act)
        }
    }

    /// Binds a further key to the same.
    #[must_use]
    pub(crate) const fn or(self, modifiers: Modifiers, key: Key) -> Self {
        Self {
            also: Some((modifiers, key)),
            ..self
        }
    }

    /// Says that a key that is held does it once: what is recorded is meant once.
    #[must_use]
    pub(crate) const fn once(self) -> Self {
        Self {
            repeats: false,
            ..self
        }
    }

    /// Says when it works; the palette lists it only then.
    #[must_use]
    pub(crate) const fn when(self, when: fn(&S, &Cx<'_>) -> bool) -> Self {
        Self { when, ..self }
    }

    /// Says when the palette lists it; its key is heard at any time, also while what the snapshot says
    /// is a moment old.
    #[must_use]
    pub(crate) const fn listed(self, listed: fn(&S, &Cx<'_>) -> bool) -> Self {
        Self { listed, ..self }
    }

    /// Says more in the palette, e.g. what would be undone.
    #[must_use]
    pub(crate) const fn named(self, named: fn(&Cx<'_>) -> Option<String>) -> Self {
        Self {
            named: Some(named),
            ..self
        }
    }

    /// Takes its key from the input, if it was pressed.
    ///
    /// What has the keyboard's focus keeps the keys that move it and press it. A key is taken also when
    /// the action does not work now, so that it never does what it means elsewhere.
    fn take_key(&self, ctx: &Context, has_focus: bool) -> bool {
        [self.key, self.also]
            .into_iter()
            .flatten()
            .filter(|(_, key)| !(has_focus && steers_focus(*key)))
            .any(|(held, key)| match take_press(ctx, held, key) {
                Some(Press::Fresh) => true,
                Some(Press::Repeated) => self.repeats,
                None => false,
            })
    }
}

/// How a key was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Press {
    /// By a finger.
    Fresh,
    /// By the keyboard, while the key is held.
    Repeated,
}

fn steers_focus(key: Key) -> bool {
    matches!(
        key,
        Key::ArrowDown
            | Key::ArrowUp
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::Enter
            | Key::Space
            | Key::Tab
    )
}

/// Takes a press of a key from the input. Shift may be held for a key by itself, since some keyboards
/// need it for the sign; keys held on purpose must be just these.
pub(super) fn take_key(ctx: &Context, held: Modifiers, key: Key) -> bool {
    take_press(ctx, held, key).is_some()
}

fn take_press(ctx: &Context, held: Modifiers, key: Key) -> Option<Press> {
    let fits = |now: &Modifiers| {
        if held == Modifiers::NONE {
            now.matches_logically(held)
        } else {
            now.matches_exact(held)
        }
    };
    ctx.input_mut(|i| {
        let mut found = None;
        i.events.retain(|event| match event {
            Event::Key {
                key: k,
                modifiers,
                pressed: true,
                repeat,
                ..
            } if *k == key && fits(modifiers) => {
                if !repeat {
                    found = Some(Press::Fresh);
                }
                found = found.or(Some(Press::Repeated));
                false
            }
            _ => true,
        });
        found
    })
}

/// Does what the pressed keys are bound to. Of several actions of one key the one that works now is meant.
pub(crate) fn hear<S>(bindings: &[Binding<S>], state: &mut S, ctx: &Context, cx: &mut Cx<'_>) {
    // Whether an action works may take a look at all topics: not in a frame without a key.
    let is_pressed = |event: &Event| matches!(event, Event::Key { pressed: true, .. });
    if !ctx.input(|i| i.events.iter().any(is_pressed)) {
        return;
    }
    let has_focus = ctx.memory(|m| m.focused().is_some());
    for binding in bindings {
        if (binding.when)(state, cx) && binding.take_key(ctx, has_focus) {
            (binding.act)(state, ctx, cx);
        }
    }
    // Those that do not work now are taken as well, but for the keys that steer what has the focus.
    for binding in bindings {
        if !binding.key.is_some_and(|(_, key)| steers_focus(key)) {
            binding.take_key(ctx, has_focus);
        }
    }
}

/// The state of a place with its table.
pub(crate) trait Bound: Sized + 'static {
    /// Its actions, in the order in which palette and list show them.
    const BINDINGS: &'static [Binding<Self>];

    /// Further lines of the palette that come from the project, e.g. `Evaluate Harbor`.
    fn choices(&self, _cx: &Cx<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Does what a line of [`Self::choices`] says.
    fn choose(&mut self, _name: &str, _cx: &mut Cx<'_>) {}
}

/// An action of a place: one of its table, or one of its choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// By its place in the table.
    Bound(usize),
    /// By its name.
    Choice(String),
}

/// An action as the palette lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it does.
    pub name: String,
    /// Its key, empty where there is none.
    pub key: &'static str,
    /// Which one it is.
    pub pick: Pick,
}

/// A [`Bound`] place without its type.
pub(crate) trait Actions {
    /// Lists name and key of every action that has a key.
    fn keys(&self) -> Vec<(&'static str, &'static str)>;

    /// Lists what works now.
    fn lines(&self, cx: &Cx<'_>) -> Vec<Line>;

    /// Does what the pressed keys are bound to.
    fn hear(&mut self, ctx: &Context, cx: &mut Cx<'_>);

    /// Does what was picked, if it works still.
    fn pick(&mut self, pick: &Pick, ctx: &Context, cx: &mut Cx<'_>);
}

impl<S: Bound> Actions for S {
    fn keys(&self) -> Vec<(&'static str, &'static str)> {
        S::BINDINGS
            .iter()
            .filter(|b| !b.shown.is_empty())
            .map(|b| (b.name, b.shown))
            .collect()
    }

    fn lines(&self, cx: &Cx<'_>) -> Vec<Line> {
        let bound = S::BINDINGS
            .iter()
            .enumerate()
            .filter(|(_, b)| (b.when)(self, cx) && (b.listed)(self, cx))
            .map(|(i, b)| Line {
                name: b
                    .named
                    .and_then(|named| named(cx))
                    .unwrap_or_else(|| b.name.to_owned()),
                key: b.shown,
                pick: Pick::Bound(i),
            });
        let chosen = self.choices(cx).into_iter().map(|name| Line {
            name: name.clone(),
            key: "",
            pick: Pick::Choice(name),
        });
        bound.chain(chosen).collect()
    }

    fn hear(&mut self, ctx: &Context, cx: &mut Cx<'_>) {
        hear(S::BINDINGS, self, ctx, cx);
    }

    fn pick(&mut self, pick: &Pick, ctx: &Context, cx: &mut Cx<'_>) {
        match pick {
            Pick::Bound(i) => {
                if let Some(binding) = S::BINDINGS.get(*i).filter(|b| (b.when)(self, cx)) {
                    (binding.act)(self, ctx, cx);
                }
            }
            Pick::Choice(name) => self.choose(name, cx),
        }
    }
}
