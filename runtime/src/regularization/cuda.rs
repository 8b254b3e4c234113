//! Penalties on NVIDIA GPUs: each as CUDA C, from which one kernel is made.

use super::{L1, L2, Penalty, PenaltyOn};
use crate::cuda::penalties::leak;
use crate::cuda::{Cuda, Slice, SliceMut, Source};
use crate::{Real, SettingError};

/// The text of a [`PenaltyCode`]: expressions of `p`, a value of the element type, and of the penalty's settings.
#[derive(Clone, Debug)]
pub struct PenaltyText {
    /// What one value adds to the loss.
    pub value: String,
    /// Its derivative.
    pub derivative: String,
}

/// A penalty that an NVIDIA GPU can compute: [`Penalty`] in CUDA C. Implement it for one of your own.
///
/// # Safety
/// The text becomes part of a kernel: it must only read and write what it is told of here, and end.
pub unsafe trait PenaltyCode: Penalty + 'static {
    /// How many settings it has.
    const SETTINGS: usize;

    /// The settings.
    fn settings(&self, settings: &mut [f64]);

    /// The text, in which `setting(i)` is setting number `i - first`; the same for every value of the type.
    fn text(first: usize) -> PenaltyText;
}

impl<P: PenaltyCode> PenaltyOn<Cuda> for P {
    fn check(&self) -> Result<(), SettingError> {
        Penalty::check(self)
    }

    fn penalize<T: Real>(&self, device: &Cuda, values: Slice<'_, T>, gradients: SliceMut<'_, T>) -> f64 {
        let mut settings = [0.0; 4];
        const { assert!(P::SETTINGS <= 4, "a penalty has at most 4 settings") };
        self.settings(&mut settings[..P::SETTINGS]);
        device.penalize(source::<P>(), settings, values, &gradients);
        0.0
    }

    fn collect(&self, device: &Cuda) -> f64 {
        device.take_loss()
    }
}

/// The kernel of a penalty, made once.
fn source<P: PenaltyCode>() -> &'static Source {
    Source::of::<P>("penalty", || {
        let PenaltyText { value, derivative } = P::text(0);
        leak(&value, &derivative)
    })
}

macro_rules! penalties {
    ($($penalty:ident: $value:literal, $derivative:literal;)*) => {$(
        // SAFETY: an expression of the value and a setting.
        unsafe impl PenaltyCode for $penalty {
            const SETTINGS: usize = 1;

            fn settings(&self, settings: &mut [f64]) {
                settings[0] = self.0;
            }

            fn text(first: usize) -> PenaltyText {
                let number = |text: &str| text.replace("weight", &format!("setting({first})"));
                PenaltyText { value: number($value), derivative: number($derivative) }
            }
        }
    )*};
}

penalties! {
    L1: "weight * fabs(p)", "p == 0 ? real(0) : p < 0 ? -weight : weight";
    L2: "weight * p * p", "2 * weight * p";
}

// SAFETY: the sums of two such expressions.
unsafe impl<A: PenaltyCode, B: PenaltyCode> PenaltyCode for (A, B) {
    const SETTINGS: usize = A::SETTINGS + B::SETTINGS;

    fn settings(&self, settings: &mut [f64]) {
        let (first, second) = settings.split_at_mut(A::SETTINGS);
        self.0.settings(first);
        self.1.settings(second);
    }

    fn text(first: usize) -> PenaltyText {
        let (a, b) = (A::text(first), B::text(first + A::SETTINGS));
        let sum = |a: String, b: String| format!("({a}) + ({b})");
        PenaltyText { value: sum(a.value, b.value), derivative: sum(a.derivative, b.derivative) }
    }
}
