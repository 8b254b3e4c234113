//! One array, or several as a tuple: what goes into a network and comes out.

use ndarray::{Array, ArrayView, Dimension};

use crate::Real;

/// An array (batch, axes...), or a tuple of such arrays.
pub trait Arrays: Clone {
    /// The element type.
    type Real: Real;
    /// A view of the array, or a tuple of views.
    type Views<'a>
    where
        Self: 'a;

    /// Views of the arrays.
    fn views(&self) -> Self::Views<'_>;

    /// Calls `visitor` with the elements of each array in turn, to change them.
    fn visit_mut(&mut self, visitor: &mut dyn FnMut(&mut [Self::Real]));

    /// All elements, array by array.
    fn elements(&self) -> Vec<Self::Real> {
        let mut all = Vec::new();
        self.clone().visit_mut(&mut |elements| all.extend_from_slice(elements));
        all
    }
}

impl<T: Real, R: Dimension> Arrays for Array<T, R> {
    type Real = T;
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

macro_rules! tuples {
    ($(($first:ident $($array:ident $index:tt)*))*) => {$(
        impl<$first: Arrays, $($array: Arrays<Real = $first::Real>),*> Arrays for ($first, $($array,)*) {
            type Real = $first::Real;
            type Views<'a>
                = ($first::Views<'a>, $($array::Views<'a>,)*)
            where
                Self: 'a;

            fn views(&self) -> Self::Views<'_> {
                (self.0.views(), $(self.$index.views(),)*)
            }

            fn visit_mut(&mut self, visitor: &mut dyn FnMut(&mut [Self::Real])) {
                self.0.visit_mut(visitor);
                $(self.$index.visit_mut(visitor);)*
            }
        }
    )*};
}

tuples! {
    (A B 1)
    (A B 1 C 2)
    (A B 1 C 2 D 3)
    (A B 1 C 2 D 3 E 4)
    (A B 1 C 2 D 3 E 4 F 5)
}
