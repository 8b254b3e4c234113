//! Differences, for the inverses of layers that are not linear.

use crate::Real;
use crate::cuda::differences::Unit;
use crate::cuda::{Cuda, Slice, SliceMut};
use crate::layers::Differentiate;

impl Differentiate for Cuda {
    type Unit = Unit;

    fn unit<T: Real>(&self, step: f64, x: Slice<'_, T>, u: Slice<'_, T>) -> Unit {
        self.unit_of_step(step, x, u)
    }

    fn shift<T: Real>(
        &self,
        x: Slice<'_, T>,
        u: Slice<'_, T>,
        places: f64,
        unit: Unit,
        to: SliceMut<'_, f64>,
    ) {
        self.step_along(x, u, places, unit, &to);
    }

    fn add_share(&self, share: f64, unit: Unit, term: Slice<'_, f64>, sum: SliceMut<'_, f64>) {
        self.add_share_of_unit(share, unit, term, &sum);
    }

    fn convert<S: Real, T: Real>(&self, from: Slice<'_, S>, to: SliceMut<'_, T>) {
        self.convert_values(from, &to);
    }

    fn clear<T: Real>(&self, values: SliceMut<'_, T>) {
        self.zero(&values);
    }
}
