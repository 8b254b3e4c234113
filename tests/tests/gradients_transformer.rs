//! Images seen through a grid: finite differences, and what the layers make.

use layercake::check;
use layercake::prelude::*;
use layercake_tests::training::values;
use ndarray::{Array2, Array4, array, s};

/// Checks a network made of the text, for an image and parameters of the given shapes (the batch axis included). The
/// grid's points must not lie on pixels, where the interpolation has kinks.
macro_rules! check {
    ($name:ident, $image:expr, $parameters:expr; $($network:tt)*) => {
        #[test]
        fn $name() {
            network! { struct Checked < $($network)* > }
            let parameters: Array2<f64> = values($parameters);
            check::gradients(&mut Checked::<f64>::new(5), &(values($image), 0.9 * parameters), 1e-6).unwrap();
        }
    };
}

check! { affine, (3, 2, 5, 6), (3, 6); let x = input(2, 5, 6); let p = input(6); spatial_transformer(x, p) }
check! { affine_mirrored, (3, 1, 4, 5), (3, 6);
    let x = input(1, 4, 5);
    let p = input(6);
    spatial_transformer(x, p, downsample_factor = (2, 1), border_mode = mirror) => dense(3)
}
check! { affine_wrapped, (3, 1, 4, 5), (3, 6);
    let x = input(1, 4, 5);
    let p = input(6);
    let theta = p => dense(6, linear);
    let seen = x => conv2d(2, 2, tanh);
    spatial_transformer(seen, theta, downsample_factor = 0.5, border_mode = wrap) => dense(3)
}
check! { thin_plate, (3, 2, 5, 6), (3, 18); let x = input(2, 5, 6); let p = input(18); tps_transformer(x, p, control_points = 9) }
check! { thin_plate_mirrored, (2, 1, 6, 5), (2, 32);
    let x = input(1, 6, 5);
    let p = input(32);
    tps_transformer(x, p, downsample_factor = 1.5, border_mode = mirror) => dense(3)
}
check! { thin_plate_without_radial_terms, (2, 1, 6, 5), (2, 8);
    let x = input(1, 6, 5);
    let p = input(8);
    tps_transformer(x, p, control_points = 4, precompute_grid = false, border_mode = wrap)
}

fn assert_near(found: &Array4<f64>, expected: &Array4<f64>) {
    assert_eq!(found.shape(), expected.shape());
    let largest = (found - expected).fold(0.0, |largest: f64, difference| largest.max(difference.abs()));
    assert!(largest < 1e-12, "{found} is not {expected}");
}

#[test]
fn known_transformations() {
    network! { struct Affine < let x = input(2, 4, 5); let p = input(6); spatial_transformer(x, p) > }
    let net = Affine::<f64>::new(1);
    assert_eq!(net.count_parameters(), 0);
    let x: Array4<f64> = values((1, 2, 4, 5));
    let seen = |theta: [f64; 6]| {
        let theta = Array2::from_shape_vec((1, 6), theta.to_vec()).unwrap();
        net.forward((x.view(), theta.view())).unwrap()
    };
    assert_near(&seen([1., 0., 0., 0., 1., 0.]), &x);
    assert_near(&seen([-1., 0., 0., 0., 1., 0.]), &x.slice(s![.., .., .., ..;-1]).to_owned());
    assert_near(&seen([1., 0., 0., 0., -1., 0.]), &x.slice(s![.., .., ..;-1, ..]).to_owned());
    // One column to the right: half the image's width is 2 columns.
    let moved = seen([1., 0., 0.5, 0., 1., 0.]);
    assert_near(&moved.slice(s![.., .., .., ..4]).to_owned(), &x.slice(s![.., .., .., 1..]).to_owned());
    assert_near(&moved.slice(s![.., .., .., 4..]).to_owned(), &x.slice(s![.., .., .., 4..]).to_owned());
}

#[test]
fn borders() {
    network! { struct Nearest < let x = input(1, 2, 3); let p = input(6); spatial_transformer(x, p) > }
    network! { struct Mirror < let x = input(1, 2, 3); let p = input(6); spatial_transformer(x, p, border_mode = mirror) > }
    network! { struct Wrap < let x = input(1, 2, 3); let p = input(6); spatial_transformer(x, p, border_mode = wrap) > }
    let x = Array4::from_shape_vec((1, 1, 2, 3), vec![1., 2., 3., 4., 5., 6.]).unwrap();
    // Two columns to the right.
    let theta = array![[1., 0., 2., 0., 1., 0.]];
    let expected = |values: [f64; 6]| Array4::from_shape_vec((1, 1, 2, 3), values.to_vec()).unwrap();
    let inputs = (x.view(), theta.view());
    assert_near(&Nearest::new(1).forward(inputs).unwrap(), &expected([3., 3., 3., 6., 6., 6.]));
    assert_near(&Mirror::new(1).forward(inputs).unwrap(), &expected([3., 2., 1., 6., 5., 4.]));
    assert_near(&Wrap::new(1).forward(inputs).unwrap(), &expected([3., 1., 2., 6., 4., 5.]));
}

#[test]
fn offsets_of_zero_leave_an_image_as_it_is() {
    network! { struct Spline < let x = input(2, 4, 5); let p = input(32); tps_transformer(x, p) > }
    let x: Array4<f64> = values((3, 2, 4, 5));
    let offsets = Array2::zeros((3, 32));
    assert_near(&Spline::new(1).forward((x.view(), offsets.view())).unwrap(), &x);
}

#[test]
fn no_parameter_leads_out_of_the_image() {
    network! { struct Wild < let x = input(1, 3, 4); let p = input(6); spatial_transformer(x, p, border_mode = mirror) > }
    let mut net = Wild::<f32>::new(1);
    let mut training = net.training(1);
    let x = Array4::ones((6, 1, 3, 4));
    let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e20];
    let theta = Array2::from_shape_fn((6, 6), |(item, _)| wild[item]);
    net.forward_training(&mut training, (x.view(), theta.view())).unwrap();
    training.outputs.set_gradient(x.view()).unwrap();
    net.backward_to_inputs(&mut training);
}
