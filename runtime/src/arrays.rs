//! One array, or several as a tuple: what goes into a network and comes out.

use ndarray::{Array, ArrayView, Dimension};

use crate::Real;

/// An array (batch, axes...), or a tuple of such arrays: of reals of type `T`, or of whole numbers (`i32`), which no
/// gradient is taken of. `()` stands in the place of a gradient that does not exist.
pub trait Arrays<T: Real>: Clone {
    /// A view of the array, or a tuple of views.
    type Views<'a>
    where
        Self: 'a;

    /// Views of the arrays.
    fn views(&self) -> Self::Views<'_>;

    /// Calls `visitor` with the elements of each array of reals in turn, to change them.
    fn visit_mut(&mut self, visitor: &mut dyn FnMut(&mut [T]));

    /// All elements, array by array; whole numbers are left out.
    fn elements(&self) -> Vec<T> {
        let mut all = Vec::new();
        self.clone().visit_mut(&mut |elements| all.extend_from_slice(elements));
        all
    }
}

impl<T: Real, R: Dimension> Arrays<T> for Array<T, R> {
    type Views<'a>
        = ArrayView<'a, T, R>
    where
        R: 'a;

    fn views(&self) -> ArrayView<'_, T, R> {
        self.view()
    }

    fn visit_mut(&mut self, visitor: &mut dyn FnMut(&mut [T])) {
        if !self.is_standard_layout() {
            *self = self.as_standard_layout().into_owned();
        }
        visitor(self.as_slice_mut().expect("standard layout"));
    }
}

impl<T: Real, R: Dimension> Arrays<T> for Array<i32, R> {
    type Views<'a>
        = ArrayView<'a, i32, R>
    where
        R: 'a;

    fn views(&self) -> ArrayView<'_, i32, R> {
        self.view()
    }

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut [T])) {}
}

impl<T: Real> Arrays<T> for () {
    type Views<'a> = ();

    fn views(&self) {}

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut [T])) {}
}

macro_rules! tuples {
    ($(($($array:ident $index:tt)*))*) => {$(
        impl<T: Real, $($array: Arrays<T>),*> Arrays<T> for ($($array,)*) {
            type Views<'a>
                = ($($array::Views<'a>,)*)
            where
                Self: 'a;

            fn views(&self) -> Self::Views<'_> {
                ($(self.$index.views(),)*)
            }

            fn visit_mut(&mut self, visitor: &mut dyn FnMut(&mut [T])) {
                $(self.$index.visit_mut(visitor);)*
            }
        }
    )*};
}

tuples! {
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
}
