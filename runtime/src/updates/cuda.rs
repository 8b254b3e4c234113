//! Updates on NVIDIA GPUs: each rule as CUDA C, from which one kernel is made.

use ndarray::IxDyn;

use super::{
    Adadelta, Adagrad, Adam, Adamax, Adamw, Amsgrad, ApplyMomentum, ApplyNesterovMomentum, MAX_STATES, Norms,
    Rmsprop, Rule, RuleOn, Sgd,
};
use crate::Real;
use crate::cuda::updates::{Settings, Squares, leak};
use crate::cuda::{Cuda, Slice, SliceMut, Source};

/// The text of a [`RuleCode`].
#[derive(Clone, Debug, Default)]
pub struct RuleText {
    /// Statements that run once a step, before any value changes, in `double`: `setting[i]` are the settings, `t` is the
    /// number of the step, from 1, and what is left in `derived[i]` the other statements may read.
    pub begin: String,
    /// Statements that run for each value, in the element type: from `change`, the gradient, they make what is added to
    /// the value. They read `setting[i]`, `derived[i]` and `value`, and read and write `state[i]`.
    pub change: String,
}

/// A rule that an NVIDIA GPU can follow: [`Rule::steps`] in CUDA C. Implement it for a rule of your own.
///
/// # Safety
/// The text becomes part of a kernel: it must only read and write what it is told of here, and end.
pub unsafe trait RuleCode: Rule + 'static {
    /// How many settings it has, at most 8.
    const SETTINGS: usize;

    /// Writes the settings.
    fn settings(&self, settings: &mut [f64]);

    /// The text; the same for every value of the type.
    fn text() -> RuleText;
}

impl<R: RuleCode> RuleOn<Cuda> for R {
    fn prepare(&self, device: &Cuda, steps: u64) {
        device.hold(settings(self, steps));
    }

    fn update<T: Real>(
        &self,
        device: &Cuda,
        step: u64,
        values: SliceMut<'_, T>,
        gradients: Slice<'_, T>,
        states: [SliceMut<'_, T>; MAX_STATES],
    ) -> bool {
        device.update(settings(self, step), &values, gradients, &states);
        true
    }
}

/// The settings of a rule's step, with the text that they belong to.
fn settings<R: RuleCode>(rule: &R, step: u64) -> Settings {
    const { assert!(R::SETTINGS <= 8, "a rule has at most 8 settings") };
    let mut settings = [0.0; 8];
    rule.settings(&mut settings[..R::SETTINGS]);
    Settings { source: source::<R>(), settings, step }
}

/// The kernels of a rule, made once.
fn source<R: RuleCode>() -> &'static Source {
    Source::of::<R>("rule", || {
        let RuleText { begin, change } = R::text();
        leak(R::STATES.len(), &begin, &change)
    })
}

macro_rules! rules {
    ($($rule:ident { $($setting:ident),* } $begin:literal $change:literal;)*) => {$(
        // SAFETY: the text reads and writes settings, states and values alone, and has no loops.
        unsafe impl RuleCode for $rule {
            const SETTINGS: usize = [$(stringify!($setting)),*].len();

            fn settings(&self, settings: &mut [f64]) {
                settings.copy_from_slice(&[$(self.$setting),*]);
            }

            fn text() -> RuleText {
                RuleText { begin: String::from($begin), change: String::from($change) }
            }
        }
    )*};
}

rules! {
    Sgd { learning_rate } "" "change *= -setting[0];";
    Adagrad { learning_rate, epsilon }
        ""
        "state[0] += change * change; \
         change = -setting[0] * change / sqrt(state[0] + setting[1]);";
    Rmsprop { learning_rate, rho, epsilon }
        ""
        "state[0] = setting[1] * state[0] + (1 - setting[1]) * change * change; \
         change = -setting[0] * change / sqrt(state[0] + setting[2]);";
    Adadelta { learning_rate, rho, epsilon }
        ""
        "state[0] = setting[1] * state[0] + (1 - setting[1]) * change * change; \
         change = change * sqrt(state[1] + setting[2]) / sqrt(state[0] + setting[2]); \
         state[1] = setting[1] * state[1] + (1 - setting[1]) * change * change; \
         change *= -setting[0];";
    Adam { learning_rate, beta1, beta2, epsilon }
        "derived[0] = setting[0] * sqrt(1 - pow(setting[2], t)) / (1 - pow(setting[1], t));"
        "state[0] = setting[1] * state[0] + (1 - setting[1]) * change; \
         state[1] = setting[2] * state[1] + (1 - setting[2]) * change * change; \
         change = -derived[0] * state[0] / (sqrt(state[1]) + setting[3]);";
    Adamax { learning_rate, beta1, beta2, epsilon }
        "derived[0] = setting[0] / (1 - pow(setting[1], t));"
        "state[0] = setting[1] * state[0] + (1 - setting[1]) * change; \
         { real size = fabs(change), decayed = setting[2] * state[1]; \
         state[1] = decayed > size ? decayed : size; \
         } change = -derived[0] * state[0] / (state[1] + setting[3]);";
    Amsgrad { learning_rate, beta1, beta2, epsilon }
        "derived[0] = setting[0] * sqrt(1 - pow(setting[2], t)) / (1 - pow(setting[1], t));"
        "state[0] = setting[1] * state[0] + (1 - setting[1]) * change; \
         state[1] = setting[2] * state[1] + (1 - setting[2]) * change * change; \
         if (state[1] > state[2]) state[2] = state[1]; \
         change = -derived[0] * state[0] / (sqrt(state[2]) + setting[3]);";
}

// SAFETY: Adam's text with one more expression of settings and values.
unsafe impl RuleCode for Adamw {
    const SETTINGS: usize = Adam::SETTINGS + 1;

    fn settings(&self, settings: &mut [f64]) {
        let (adam, own) = settings.split_at_mut(Adam::SETTINGS);
        self.adam.settings(adam);
        own[0] = self.weight_decay;
    }

    fn text() -> RuleText {
        around::<Adam>("change -= setting[0] * setting[S] * value;")
    }
}

/// Statements of a rule around another, whose settings and states come first: `S` is the first setting of its own, `V`
/// its first state.
fn around<R: RuleCode>(change: &str) -> RuleText {
    let RuleText { begin, change: inner } = R::text();
    let (settings, states) = (R::SETTINGS, R::STATES.len());
    let change = format!("{inner}\n    {{ const int S = {settings}, V = {states}; {change} }}");
    RuleText { begin, change }
}

macro_rules! momentum {
    ($($rule:ident: $change:literal;)*) => {$(
        // SAFETY: the inner rule's text, and assignments to the rule's own state and the change.
        unsafe impl<R: RuleCode> RuleCode for $rule<R> {
            const SETTINGS: usize = R::SETTINGS + 1;

            fn settings(&self, settings: &mut [f64]) {
                let (inner, own) = settings.split_at_mut(R::SETTINGS);
                self.rule.settings(inner);
                own[0] = self.momentum;
            }

            fn text() -> RuleText {
                around::<R>($change)
            }
        }
    )*};
}

momentum! {
    ApplyMomentum: "state[V] = setting[S] * state[V] + change; change = state[V];";
    ApplyNesterovMomentum: "state[V] = setting[S] * state[V] + change; change = setting[S] * state[V] + change;";
}

impl Norms for Cuda {
    type Squares = Squares;

    fn add_squares<T: Real>(&self, values: Slice<'_, T>, squares: &mut Squares) {
        self.add_squares_of(values, squares);
    }

    fn norm(&self, squares: &Squares) -> f64 {
        self.norm_of(squares)
    }

    fn scale_to_norm<T: Real>(&self, _: &Squares, max_norm: f64, values: SliceMut<'_, T>) {
        self.scale_to_norm_of(max_norm, &values);
    }

    fn constrain_norms<T: Real>(&self, shape: IxDyn, max_norm: f64, values: SliceMut<'_, T>) {
        self.constrain_norms_of(ndarray::Dimension::slice(&shape), max_norm, &values);
    }
}
