//! Repeated inference: the first pass of a size is computed, the second recorded, the others replayed.

use layercake::Inference;
use layercake_tests::training::words;
use ndarray::Array4;

use super::*;

network! {
    struct Images <
        let x = input(2, 8, 7);
        let seen = x => conv2d(5, 3, relu, norm = batch_norm) => max_pool2d(2) => dropout(0.5);
        (seen => dense(4, softmax), seen => global_pool => dense(2, linear))
    >
}

/// The outputs of a pass on the device are those of the processor.
fn agree<N, M>(on_cpu: &N, net: &M, inference: &mut Inference<M>, inputs: &N::OwnedInputs)
where
    N: Network<Real = f64, Device = Cpu>,
    M: Network<Real = f64, Device = Cuda, Outputs = N::Outputs>,
    M: for<'a> Network<Inputs<'a> = N::Inputs<'a>>,
{
    net.forward_with(inference, inputs.views()).unwrap();
    let [found, expected] = [inference.outputs.get(), on_cpu.forward(inputs.views()).unwrap()]
        .map(|outputs| ndarray::Array1::from_vec(outputs.elements()).into_dyn());
    assert_close("outputs", found.view(), expected.view(), 1e-12);
}

fn images(batch: usize, number: usize) -> Array4<f64> {
    training::values((batch, 2, 8, 7)).mapv(|value: f64| value + 0.1 * number as f64)
}

/// Other inputs, batches and parameters, and again memory that others gave back.
#[test]
fn replayed_passes_follow_inputs_batches_and_parameters() {
    for device in devices::cuda_with_products() {
        let mut on_cpu = Images::<f64>::new(3);
        let mut net = on_cpu.to(&device).unwrap();
        let mut inference = net.inference();
        for (number, batch) in [1, 1, 1, 1, 4, 4, 4, 1, 1, 1, 0, 0, 0, 1].into_iter().enumerate() {
            agree(&on_cpu, &net, &mut inference, &images(batch, number));
        }
        for number in 0..4 {
            let moved: Vec<_> = on_cpu.parameter_values().into_iter().map(|value| value * 0.9).collect();
            on_cpu.set_parameter_values(&moved).unwrap();
            net.set_parameter_values(&moved).unwrap();
            agree(&on_cpu, &net, &mut inference, &images(1, number));
            drop(net.clone());
        }
    }
}

/// An inference is for any network of its type, and its outputs may change places with those of another.
#[test]
fn replayed_passes_are_those_of_their_network_and_outputs() {
    for device in devices::cuda() {
        let both = [1, 2].map(Images::<f64>::new);
        let nets = both.each_ref().map(|net| net.to(&device).unwrap());
        let [mut first, mut second] = nets.each_ref().map(Network::inference);
        for number in 0..4 {
            agree(&both[0], &nets[0], &mut first, &images(1, number));
            agree(&both[1], &nets[1], &mut second, &images(1, number));
        }
        agree(&both[1], &nets[1], &mut first, &images(1, 4));
        std::mem::swap(&mut first.outputs, &mut second.outputs);
        for number in 5..8 {
            agree(&both[1], &nets[1], &mut first, &images(1, number));
            agree(&both[1], &nets[1], &mut second, &images(1, number));
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                (8..11).for_each(|number| agree(&both[1], &nets[1], &mut first, &images(1, number)))
            });
        });
    }
}

/// Numbers that are looked up, and axes of any length.
#[test]
fn replayed_passes_of_words_and_of_any_length_agree() {
    network! { struct Words < let words = input(..=6, dtype = i32); words => embedding(9, 3) => gru(4, only_return_final = true) => dense(2, softmax) > }
    for device in devices::cuda() {
        let on_cpu = Words::<f64>::new(1);
        let net = on_cpu.to(&device).unwrap();
        let mut inference = net.inference();
        for (number, length) in [3, 3, 3, 6, 6, 6, 3, 3].into_iter().enumerate() {
            let mut words = words((2, length), 9);
            words.mapv_inplace(|word| (word + number as i32) % 9);
            agree(&on_cpu, &net, &mut inference, &words);
        }
    }
}

/// The inverse of a normalization takes memory in each pass, which cannot be recorded.
#[test]
fn passes_that_cannot_be_recorded_agree() {
    network! { struct Inverted < input(2, 3) => a: batch_norm => nonlinearity(tanh) => inverse(a) => dense(2, tanh) > }
    for device in devices::cuda() {
        let on_cpu = Inverted::<f64>::new(1);
        let net = on_cpu.to(&device).unwrap();
        let mut inference = net.inference();
        for number in 0..4 {
            let x = training::values::<f64, _>((3, 2, 3)).mapv(|value| value + 0.1 * f64::from(number));
            agree(&on_cpu, &net, &mut inference, &x);
            device.status().unwrap();
        }
    }
}
