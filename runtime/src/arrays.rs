//! One array, or several as a tuple: what goes into a network and comes out.

use ndarray::{Array, ArrayBase, ArrayRef, ArrayView, Data, Dimension};

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

/// Where element `number` stands in an array with the axes `dims`, in row-major order.
pub(crate) fn place(mut number: usize, dims: &[usize]) -> Vec<usize> {
    let mut place = vec![0; dims.len()];
    for (place, &length) in place.iter_mut().zip(dims).rev() {
        (*place, number) = (number % length, number / length);
    }
    place
}

/// What can be given for the inputs `Views` of a network: an `ArrayView` or a reference to an array, with the batch
/// axis first, or a tuple of these for several inputs, in the order of the text.
///
/// ```
/// use layercake::prelude::*;
/// use ndarray::{Array2, s};
///
/// network! { struct Both < let a = input(3); let b = input(2); concat(a, b) => dense(1) > }
///
/// let (a, b) = (Array2::zeros((10, 3)), Array2::zeros((10, 2)));
/// let net = Both::<f32>::new(1);
/// assert_eq!(net.forward((&a, &b))?.dim(), (10, 1));
/// assert_eq!(net.forward((a.slice(s![..4, ..]), b.slice(s![..4, ..])))?.dim(), (4, 1));
/// # Ok::<(), layercake::InputError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what this network takes, which is `{Views}`",
    label = "not the network's inputs",
    note = "an input is an `ArrayView` or an `&Array`, with the batch axis first: (batch, 1, 28, 28) for \
            `input(1, 28, 28)`; of the network's element type, or of `i32` for `dtype = i32`",
    note = "several inputs are a tuple in the order of the text, `(&first, &second)`; minibatches have one, of real \
            numbers: with others, call `Trainer::step` for batches of your own in place of `Trainer::epoch`"
)]
pub trait IntoInputs<Views> {
    /// The views.
    fn into_inputs(self) -> Views;
}

impl<'a, A, R: Dimension> IntoInputs<ArrayView<'a, A, R>> for ArrayView<'a, A, R> {
    fn into_inputs(self) -> Self {
        self
    }
}

impl<'a, A, S: Data<Elem = A>, R: Dimension> IntoInputs<ArrayView<'a, A, R>> for &'a ArrayBase<S, R, A> {
    fn into_inputs(self) -> ArrayView<'a, A, R> {
        self.view()
    }
}

impl<'a, A, R: Dimension> IntoInputs<ArrayView<'a, A, R>> for &'a ArrayRef<A, R> {
    fn into_inputs(self) -> ArrayView<'a, A, R> {
        self.view()
    }
}

macro_rules! tuples {
    ($(($($array:ident $views:ident $index:tt)*))*) => {$(
        impl<$($array: IntoInputs<$views>, $views),*> IntoInputs<($($views,)*)> for ($($array,)*) {
            fn into_inputs(self) -> ($($views,)*) {
                ($(self.$index.into_inputs(),)*)
            }
        }

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
    (A VA 0 B VB 1)
    (A VA 0 B VB 1 C VC 2)
    (A VA 0 B VB 1 C VC 2 D VD 3)
    (A VA 0 B VB 1 C VC 2 D VD 3 E VE 4)
    (A VA 0 B VB 1 C VC 2 D VD 3 E VE 4 F VF 5)
}
