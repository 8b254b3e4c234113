//! The same values with other axes.

use super::affine::Affine;
use crate::layer::{Signal, SignalMut};
use crate::layers::{Flatten, Reshape};
use crate::nonlinearities::{Nonlinearity, linear};
use crate::{Real, Shape};

macro_rules! copies {
    ($($layer:ident)*) => {$(
        impl Affine for $layer {
            type Memory<T: Real> = ();

            fn nonlinearity(&self) -> Nonlinearity {
                linear()
            }

            fn row(&self, _: Shape) -> usize {
                1
            }

            fn sums<T: Real>(&self, (): &(), x: Signal<'_, T>, sums: SignalMut<'_, T>) {
                sums.values.copy_from_slice(x.values);
            }

            fn transposed<T: Real>(&self, (): &(), sums: Signal<'_, T>, x: SignalMut<'_, T>) {
                x.values.copy_from_slice(sums.values);
            }

            fn weights<T: Real>(&self, (): &(), (): &mut (), (): &mut (), _: Signal<'_, T>, _: Signal<'_, T>) {}
        }
    )*};
}

copies! { Flatten Reshape }
