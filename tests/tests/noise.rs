//! What noise does in training, and that it does nothing in inference.

use layercake::prelude::*;
use ndarray::{Array2, Array4, Axis};

/// The output in training for ones.
fn noisy<N>(ones: N::OwnedInputs) -> N::Outputs
where
    N: Network<Real = f64, Device = Cpu>,
{
    let mut net = N::on(&Cpu::default(), 1);
    let mut training = net.training(3);
    net.forward_training(&mut training, layercake::Arrays::<f64>::views(&ones)).unwrap();
    layercake::Heads::get(&training.outputs)
}

fn distinct(values: impl IntoIterator<Item = f64>) -> usize {
    values.into_iter().map(f64::to_bits).collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn channels_are_dropped_whole() {
    network! { struct Channels < input(8, 5, 4) => dropout_channels(0.25) > }
    network! { struct Spatial < input(8, 5, 4) => spatial_dropout(0.25) > }
    let ones = Array4::ones((50, 8, 5, 4));
    let y = noisy::<Channels<f64>>(ones.clone());
    assert_eq!(y, noisy::<Spatial<f64>>(ones.clone()));
    let mut dropped = 0;
    for item in y.outer_iter() {
        for channel in item.outer_iter() {
            assert_eq!(distinct(channel.iter().copied()), 1);
            assert!([0.0, 4.0 / 3.0].contains(&channel[[0, 0]]));
            dropped += usize::from(channel[[0, 0]] == 0.0);
        }
    }
    assert!((60..140).contains(&dropped), "{dropped} of 400");
    assert_eq!(Channels::<f64>::new(1).forward(&ones).unwrap(), ones);
}

#[test]
fn locations_are_dropped_in_all_channels() {
    network! { struct Locations < input(8, 5, 4) => dropout_locations(rescale = false) > }
    let y = noisy::<Locations<f64>>(Array4::ones((5, 8, 5, 4)));
    let first = y.index_axis(Axis(1), 0);
    assert!(y.axis_iter(Axis(1)).all(|channel| channel == first));
    assert_eq!(distinct(first.iter().copied()), 2);
}

#[test]
fn a_shared_batch_axis_drops_alike_in_all_items() {
    network! { struct Alike < input(90) => dropout(shared_axes = 0) > }
    let y = noisy::<Alike<f64>>(Array2::ones((5, 90)));
    assert!(y.outer_iter().all(|item| item == y.row(0)));
    assert_eq!(distinct(y.iter().copied()), 2);
}

#[test]
fn gaussian_noise_has_its_deviation() {
    network! { struct Noise < input(1000) => gaussian_noise(0.5) > }
    let ones = Array2::ones((30, 1000));
    let y = noisy::<Noise<f64>>(ones.clone());
    assert!((y.mean().unwrap() - 1.0).abs() < 0.02);
    assert!((y.std(0.0) - 0.5).abs() < 0.02);
    assert_eq!(Noise::<f64>::new(1).forward(&ones).unwrap(), ones);
}

#[test]
fn slopes_are_drawn_for_each_channel_or_element() {
    network! { struct Channels < input(6, 5, 4) => rrelu(0.2, 0.6) > }
    network! { struct Elements < input(6, 5, 4) => rrelu(0.2, 0.6, shared_axes = ()) > }
    let negative = -Array4::ones((7, 6, 5, 4));
    let (channels, elements) =
        (noisy::<Channels<f64>>(negative.clone()), noisy::<Elements<f64>>(negative.clone()));
    assert_eq!(distinct(channels.iter().copied()), 6);
    assert_eq!(distinct(elements.iter().copied()), 7 * 6 * 5 * 4);
    for y in channels.iter().chain(&elements) {
        assert!((-0.6..-0.2).contains(y));
    }
    let y = Channels::<f64>::new(1).forward(&negative).unwrap();
    assert!(y.iter().all(|&y| y == -0.4));
    let positive = Array4::ones((7, 6, 5, 4));
    assert_eq!(noisy::<Channels<f64>>(positive.clone()), positive);
}
